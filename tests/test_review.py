"""Review: what people disagree on is decided, and the decision is what the next model learns."""

import uuid

import numpy as np
import pytest
from conftest import truth_of
from real_server import serving, until

from loop import LoopError, consensus, guesses, reviewing, snapshot
from loop.decisions import with_class, with_class_merged, with_values
from loop.guesses import Guesses
from loop.guideline_examples import IS, IS_NOT
from loop.reviewing import Verdict
from loop.session import Answer
from loop.store import decided, items, log, rounds, standings


def says(project, who, item, value="sport", kind="label", **more):
    """One answer, whoever was asked; returns its id."""
    answer = Answer(uuid.uuid4().hex, item, kind, value if kind == "label" else None, **more)
    receipt = project.session.submit(who, [answer])
    assert not receipt.rejected
    return answer.answer_id


def labels(project):
    """What the next model would be trained on, by id."""
    learned = dict(snapshot.of(project).labels)
    return {i.id: learned[i.position] for i in items.at(project.store.read, list(learned))}


@pytest.fixture
def three(make_project):
    """A project that wants three answers each."""
    return make_project(audit=0, audit_share=0, overlap=3)


def test_a_disagreement_waits_until_it_is_decided(three):
    for who, value in (("ana", "sport"), ("bo", "money"), ("cy", "sport")):
        says(three, who, "p1", value)
    (case,) = reviewing.queue(three, 10)
    assert (case.item.id, case.reasons) == ("p1", ["disagreement"])
    assert [(g.annotator, g.label) for g in case.given] == [
        ("ana", "sport"),
        ("bo", "money"),
        ("cy", "sport"),
    ]
    reviewing.decide(three, "rev", [Verdict("p1", "money", why="a price is named")])
    assert reviewing.queue(three, 10) == []
    assert labels(three) == {"p1": "money"}
    kept = [g.label for g in reviewing.case(three, "p1").given]
    assert kept == ["sport", "money", "sport"]


def test_the_most_pressing_comes_first_with_all_its_reasons(three):
    for who, value in (("ana", "sport"), ("bo", "money")):
        says(three, who, "p1", value)
    for who in ("ana", "bo"):
        says(three, who, "p2", kind="unsure")
    says(three, "cy", "p1", kind="flag", comment="two topics")
    says(three, "cy", "p3", kind="flag")
    found = [(case.item.id, case.reasons) for case in reviewing.queue(three, 10)]
    assert found == [
        ("p1", ["flagged", "disagreement"]),
        ("p3", ["flagged"]),
        ("p2", ["unsure"]),
    ]
    assert reviewing.waiting(three) == {"flagged": 2, "disagreement": 1, "unsure": 1}
    assert [c.item.id for c in reviewing.queue(three, 1, "unsure")] == ["p2"]
    assert reviewing.queue(three, 1)[0].given[-1].comment == "two topics"


def test_a_flag_after_the_decision_is_looked_at_again(three):
    says(three, "ana", "p1")
    reviewing.decide(three, "rev", [Verdict("p1", "money", is_gold=True)])
    assert reviewing.queue(three, 10) == []
    says(three, "bo", "p1", kind="flag", comment="that is sport")
    assert [case.reasons for case in reviewing.queue(three, 10)] == [["flagged"]]


def test_a_merged_class_is_no_disagreement(make_project):
    project = make_project(audit=0, audit_share=0, overlap=3)
    project.decide("owner", with_class("cash"))
    says(project, "ana", "p1", "money")
    says(project, "bo", "p1", "cash")
    assert len(reviewing.queue(project, 10)) == 1
    project.decide("owner", with_class_merged("cash", "money"))
    assert reviewing.queue(project, 10) == []


def test_a_decision_taken_back_leaves_what_the_answers_come_to(three):
    for who, value in (("ana", "sport"), ("bo", "sport"), ("cy", "money")):
        says(three, who, "p1", value)
    assert labels(three) == {"p1": "sport"}
    reviewing.decide(three, "rev", [Verdict("p1", "money")])
    assert reviewing.decide(three, "rev", [Verdict("p1", "money")]) == 0
    reviewing.decide(three, "rev", [Verdict("p1", None)])
    assert labels(three) == {"p1": "sport"}
    assert [case.reasons for case in reviewing.queue(three, 10)] == [["disagreement"]]


def test_a_decided_item_is_asked_of_nobody_any_more(three):
    for who in ("ana", "bo"):
        reviewing.decide(three, "rev", [Verdict("p1", "money")])
        assert "p1" not in {item.id for item in three.next_items(who, 60)}
    before = standings.closed_positions(three.store.read)
    reviewing.decide(three, "rev", [Verdict("p1", None)])
    assert len(standings.closed_positions(three.store.read)) == len(before) - 1


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        (Verdict("nobody", "sport"), "There is no item 'nobody' here"),
        (Verdict("p1", "art"), "'p1': there is no class 'art'"),
        (Verdict("p1", None, is_gold=True), "'p1' cannot be gold without a label"),
        (Verdict("p1", "sport", why="x" * 2_001), "'p1': the reason has 2,001 characters"),
    ],
)
def test_a_bad_verdict_is_refused_by_name_and_nothing_is_stored(three, verdict, told):
    before = log.end(three.store.read)
    with pytest.raises(LoopError, match=told):
        reviewing.decide(three, "rev", [Verdict("p2", "sport"), verdict])
    assert log.end(three.store.read) == before


def test_the_consensus_weighs_people_by_how_they_judge(make_project):
    """Three who say the same of everything outvote two who look, but tell nothing."""
    project = make_project(audit=0, audit_share=0, overlap=5)
    read = project.store.read
    right = {item.id: truth_of(item.fields["text"]) for item in items.every(read)}
    for id_, label in right.items():
        for who in ("ana", "bo"):
            says(project, who, id_, label)
        for who in ("cy", "di", "ed"):
            says(project, who, id_, "sport")
    assert labels(project) == right
    project.decide("owner", with_values(consensus="majority"))
    assert labels(project) == dict.fromkeys(right, "sport")


def test_a_label_counts_as_much_as_it_is_sure(make_project):
    project = make_project(audit=0, audit_share=0, overlap=3, consensus="majority")
    says(project, "ana", "p1", "sport")
    assert snapshot.of(project).weights is None
    for who, two, three in (("ana", "sport", "money"), ("bo", "money", "money")):
        says(project, who, "p2", two)
        says(project, who, "p3", three)
    now = snapshot.of(project)
    assert dict(zip([p for p, _ in now.labels], now.weights, strict=True)) == {1: 1, 2: 0.5, 3: 1}
    reviewing.decide(project, "rev", [Verdict("p2", "money")])
    assert snapshot.of(project).weights is None


def test_several_classes_are_put_together_class_by_class(make_project):
    project = make_project(audit=0, audit_share=0, overlap=3, task="multilabel")
    project.decide("owner", with_values(consensus="majority"))
    for who, value in (("ana", ["sport"]), ("bo", ["sport", "money"]), ("cy", [])):
        says(project, who, "p1", value)
    assert labels(project) == {"p1": ["sport"]}
    (one,) = consensus.every(project.store.read, project.settings, items.POOL)
    assert (one.answers, one.agree) == (3, 1)
    assert one.confidence == pytest.approx(2 / 3)


def test_a_disagreement_ends_in_the_next_model(make_project, come_in):
    """Two people label in the browser, a third decides where they differ, and a round learns it."""
    project = make_project(n=14, audit=0, audit_share=0, overlap=2)
    (split,) = items.at(project.store.read, [3])
    right = truth_of(split.fields["text"])
    other = "money" if right == "sport" else "sport"
    with serving(project.folder) as server:
        for said in (right, other):
            page = come_in(server)
            for n in range(14):
                item = page.locator(".item[data-item]")
                here = item.get_attribute("data-item")
                label = said if here == split.id else truth_of(item.inner_text())
                page.keyboard.press(project.settings.class_keys[label])
                if n < 13:
                    page.locator(f".item[data-item]:not([data-item='{here}'])").wait_for()
            page.get_by_text("saved").wait_for()
        until(lambda: rounds.latest(project.store.read), 20)
        page = come_in(server, "/review", role="reviewer")
        page.get_by_text("disagreement (1)").wait_for()
        page.get_by_label("Why").fill("the league pays")
        page.get_by_label("Why").press("Tab")
        page.get_by_role("button", name=other).click()
        page.get_by_text("Nothing now").wait_for()
        decided = reviewing.case(project, split.id).decided
        assert (decided.by, decided.label, decided.why) == (page.person, other, "the league pays")
        project.decide("owner", with_values(strategy="random"))  # a round follows at once
        until(lambda: rounds.latest(project.store.read)["log_seq"] > decided.seq, 20)
        told = log.latest(project.store.read, "round")["value"]
        assert told["labels"] == 14
        assert labels(project)[split.id] == other


def test_an_owner_makes_an_example_and_takes_a_decision_back(make_project, come_in):
    project = make_project(n=4, audit=0, audit_share=0, overlap=2)
    for who, value in (("ana", "sport"), ("bo", "money")):
        says(project, who, "p0", value)
    project.write_guideline("owner", "# How to judge")
    with serving(project.folder) as server:
        page = come_in(server, "/review", role="owner")
        page.get_by_label("Why").fill("*both*, but 1 counts")
        page.get_by_label("Why").press("Tab")
        page.get_by_text("Into the guidelines").click()
        page.get_by_text("as a counter-example").click()
        page.get_by_text("Gold: ask it").click()
        page.get_by_role("button", name="money").click()
        page.get_by_text("p0 is money, and gold now").wait_for()
        text = project.guideline().text
        heading, of_money, example, of_sport, counter = text.split("\n\n")
        assert (heading, of_money, of_sport) == ("# How to judge", "## money", "## sport")
        assert example.startswith(IS)
        assert counter.startswith(IS_NOT)
        assert example.endswith(r"(\*both\*, but 1 counts)")
        assert counter.endswith(r" → **money** (\*both\*, but 1 counts)")
        assert [one.label for one in decided.gold(project.store.read)] == ["money"]
        page.get_by_text("Nothing now").wait_for()
        page.keyboard.press("z")
        page.get_by_text("Nothing now").wait_for(state="detached")
        page.get_by_role("button", name="Later").wait_for()
        assert decided.gold(project.store.read) == []
        page.keyboard.press("l")
        page.get_by_text("The others you have put off").wait_for()


def test_many_classes_are_decided_from_a_list(make_project, come_in):
    project = make_project(n=4, audit=0, audit_share=0, overlap=2, task="multilabel")
    for who, value in (("ana", ["sport"]), ("bo", [])):
        says(project, who, "p0", value)
    with serving(project.folder) as server:
        page = come_in(server, "/review", role="reviewer")
        page.get_by_role("button", name="sport").click()
        page.get_by_role("button", name="money").click()
        page.get_by_role("button", name="Decide").click()
        page.get_by_text("p0 is sport, money now").wait_for()
    assert labels(project)["p0"] == ["sport", "money"]


def test_a_program_reviews_as_the_page_does(make_project):
    project = make_project(n=4, audit=0, audit_share=0, overlap=2)
    for who, value in (("ana", "sport"), ("bo", "money")):
        says(project, who, "p0", value)
    with serving(project.folder) as server, server.client("rev", "reviewer") as client:
        told = client.get("review").json()
        assert told["waiting"] == {"disagreement": 1}
        (case,) = told["cases"]
        assert [(one["annotator"], one["label"]) for one in case["given"]] == [
            ("ana", "sport"),
            ("bo", "money"),
        ]
        sent = {"decisions": [{"item_id": "p0", "label": "money", "gold": True, "why": "a price"}]}
        assert client.post("decisions", json=sent).json() == {"changed": 1}
        assert client.post("decisions", json=sent).json() == {"changed": 0}
        assert client.get("review").json() == {"waiting": {}, "cases": []}
        sent["decisions"][0]["label"] = "art"
        refused = client.post("decisions", json=sent)
        assert (refused.status_code, refused.json()["detail"][:20]) == (400, "'p0': there is no cl")
    assert decided.of(project.store.read, 0).by == "rev"


def test_an_annotator_does_not_review(steady, come_in):
    page = come_in(steady, "/review")
    page.get_by_text("This page is for: reviewer").wait_for()
    assert page.get_by_role("link", name="Review").count() == 0


def test_who_agree_but_are_often_wrong_together_are_looked_at_again(make_project):
    """Cy and Di say what they like; on p9 nobody else answered, and both say sport."""
    project = make_project(audit=0, audit_share=0, overlap=5)
    read = project.store.read
    right = {item.id: truth_of(item.fields["text"]) for item in items.every(read)}
    rest = [id_ for id_ in right if id_ != "p9"]
    for n, id_ in enumerate(rest):
        for who in ("ana", "bo", "ed"):
            says(project, who, id_, right[id_])
        says(project, "cy", id_, ("sport", "money")[n % 2])
        says(project, "di", id_, ("sport", "money")[n // 2 % 2])
    for who in ("cy", "di"):
        says(project, who, "p9", "sport")
    (case,) = reviewing.queue(project, 10, "low consensus")
    assert (case.item.id, case.reasons) == ("p9", ["low consensus"])
    assert case.consensus[1] < 0.95
    reviewing.decide(project, "rev", [Verdict("p9", "sport")])
    assert "low consensus" not in reviewing.waiting(project)
    reviewing.decide(project, "rev", [Verdict("p9", None)])
    assert reviewing.waiting(project)["low consensus"] == 1
    says(project, "ana", "p9", "sport")
    assert "low consensus" not in reviewing.waiting(project)


def test_what_the_newest_model_is_sure_is_something_else_is_looked_at_again(make_project):
    project = make_project(audit=0, audit_share=0, n=4)
    proba = np.array([[0.95, 0.05], [0.95, 0.05], [0.85, 0.15], [0.05, 0.95]])
    entries = guesses.likeliest(4, np.arange(4), proba)
    made = guesses.save(Guesses(("money", "sport"), entries, {}), project.guesses, 1)
    for n in range(3):
        says(project, "ana", f"p{n}", "money" if n == 1 else "sport")
    with project.store.write() as db:
        db.execute("UPDATE ranking SET guesses = ?", [made])
    (case,) = reviewing.queue(project, 10)
    assert (case.item.id, case.reasons) == ("p0", ["model against"])
    assert (case.doubt.label, case.doubt.said) == ("sport", "money")
    assert case.doubt.probability == pytest.approx(0.95, abs=1e-3)
    reviewing.decide(project, "rev", [Verdict("p0", "sport")])
    assert reviewing.queue(project, 10) == []
    project.decide("owner", with_class("art"))
    says(project, "ana", "p3", "money")
    assert [case.item.id for case in reviewing.queue(project, 10)] == ["p3"]
    project.decide("owner", with_class_merged("money", "sport"))
    assert reviewing.queue(project, 10) == []
