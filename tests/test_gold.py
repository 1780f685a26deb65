"""Gold items: asked silently among others, so that nobody can tell, and everybody is measured."""

import time
import uuid

import pytest
from conftest import project_in, write_csv
from real_server import serving
from test_review import labels, says

from loop import reviewing
from loop.reviewing import Verdict
from loop.session import Answer
from loop.store import decided, items, leases
from loop.store.database import rows

GOLD = [f"p{i}" for i in range(8)]


def with_gold(make_project, **options):
    project = make_project(audit=0, audit_share=0, gold_every=2, **options)
    reviewing.decide(project, "rev", [Verdict(id_, "sport", is_gold=True) for id_ in GOLD])
    return project


def work(project, who, n):
    """What this person is asked, one item after the other, with what is left before each."""
    asked = []
    for _ in range(n):
        found, left = project.session.next_items(who, 1)
        asked.append((found[0].id, left))
        says(project, who, found[0].id)
    return asked


def test_everybody_is_asked_each_gold_item_once_in_an_order_of_their_own(make_project):
    project = with_gold(make_project)
    orders = []
    for who in ("ana", "bo"):
        asked = [id_ for id_, _ in work(project, who, 26)]
        assert len(set(asked)) == 26
        orders.append([id_ for id_ in asked if id_ in GOLD])
        assert sorted(orders[-1]) == GOLD
    assert orders[0] != orders[1]


def test_what_is_left_goes_down_by_one_whatever_is_answered(make_project):
    asked = work(with_gold(make_project), "ana", 40)
    assert {id_ for id_, _ in asked} >= set(GOLD)
    assert [left.left for _, left in asked] == list(range(60, 20, -1))


def test_nothing_is_left_when_nothing_but_gold_is(make_project):
    project = with_gold(make_project, n=12)
    work(project, "bo", 4)
    found = [item.id for item in project.next_items("ana", 12)]
    assert {*found} - {*GOLD}
    while found:
        says(project, "ana", found[0])
        found, left = project.session.next_items("ana", 1)
        found = [item.id for item in found]
    assert left.left == 0


def test_who_decided_a_gold_item_is_not_asked_it(make_project):
    project = with_gold(make_project)
    assert not {id_ for id_, _ in work(project, "rev", 30)} & {*GOLD}


def test_an_undone_gold_answer_comes_back_like_any_other(make_project):
    project = with_gold(make_project)
    for _ in range(30):
        item = project.next_items("ana", 1)[0]
        answer = Answer(uuid.uuid4().hex, item.id, "label", "money")
        project.session.submit("ana", [answer])
        undo = Answer(uuid.uuid4().hex, item.id, "undo", target=answer.answer_id)
        assert project.session.submit("ana", [undo]).saved
        assert project.next_items("ana", 1)[0].id == item.id
        says(project, "ana", item.id)


def test_a_gold_answer_says_so_in_the_log_and_never_changes_the_label(make_project):
    project = with_gold(make_project)
    for _ in range(26):
        (item,) = project.next_items("ana", 1)
        says(project, "ana", item.id, "money")
    found = rows(
        project.store.read,
        "SELECT i.id, l.strategy FROM log l JOIN items i USING (position) WHERE l.kind = 'label'",
    )
    assert {row["id"] for row in found if row["strategy"] == "gold"} == {*GOLD}
    assert reviewing.queue(project, 10) == []
    assert {labels(project)[id_] for id_ in GOLD} == {"sport"}


def test_a_gold_answer_counts_also_when_its_time_ran_out(make_project):
    project = with_gold(make_project, lease_seconds=0.001)
    for _ in range(26):
        says(project, "ana", project.next_items("ana", 1)[0].id)
    assert leases.gold_held(project.store.read, "ana") == []


def test_a_file_of_right_answers_makes_gold_of_items_new_and_old(
    make_project, askwell_here, tmp_path
):
    project = make_project(audit=0, audit_share=0)
    known = items.at(project.store.read, [3])[0].fields["text"]
    rows = [["g1", "the goal of the league", "sport"], ["p3", known, "money"]]
    file = write_csv(tmp_path / "gold.csv", ["id", "text", "right"], rows)
    words = ["import", project.folder, file, "--id", "id", "--label", "right", "--gold"]
    assert "1 items would be added" in askwell_here(*words, "--preview").stdout
    assert decided.gold(project.store.read) == []
    assert "2 are gold" in askwell_here(*words).stdout
    assert [one.label for one in decided.gold(project.store.read)] == ["money", "sport"]
    assert labels(project) == {"g1": "sport", "p3": "money"}
    bad = write_csv(tmp_path / "bad.csv", ["id", "text", "right"], [["g2", "no answer", ""]])
    refused = askwell_here(*(bad if word == file else word for word in words))
    assert refused.returncode == 1
    assert "row 1 (line 2) has no label, and gold items need one" in refused.stderr
    assert project.item_count() == 61
    assert askwell_here("import", project.folder, file, "--gold").returncode == 2


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Two hundred questions over REST: what each looked like, and what its answer brought back."""
    project = project_in(
        tmp_path_factory.mktemp("told") / "reviews",
        n=260,
        audit=0,
        audit_share=0.2,
        gold_every=3,
        suggestions="prefilled",
    )
    pool = items.positions(project.store.read, items.POOL)[:50]
    gold = [Verdict(f"p{position}", "sport", is_gold=True) for position in pool]
    reviewing.decide(project, "rev", gold)
    told = []
    with serving(project.folder) as server, server.client() as client:
        (item,) = client.get("next?n=1").json()["items"]
        for _ in range(200):
            why = client.get(f"why/{item['id']}").json()
            made = {"answer_id": uuid.uuid4().hex, "item_id": item["id"], "value": "sport"}
            began = time.perf_counter()
            reply = client.post(
                "annotations", json={"annotations": [made], "holding": [], "next": 1}
            ).json()
            seconds = time.perf_counter() - began
            told.append((item, why, reply, seconds))
            (item,) = reply["items"]
    project.close()
    ids = {verdict.item_id for verdict in gold}
    return [one for one in told if one[0]["id"] in ids], [o for o in told if o[0]["id"] not in ids]


def test_nothing_in_a_payload_tells_a_gold_item(asked):
    gold, others = asked
    assert len(gold) > 30
    assert len(others) > 100
    looks = [
        {
            (
                tuple(item),
                tuple(item["fields"]),
                item["task"],
                item["guideline_version"],
                tuple(reply),
                len(reply["saved"]),
                str(reply["lessons"]),
                reply["held_back"],
            )
            for item, _, reply, _ in part
        }
        for part in asked
    ]
    assert looks[0] == looks[1]
    assert len(looks[0]) == 1


def test_what_gold_items_do_not_show_others_do_not_show_either_at_times(asked):
    """No suggestion, and no why before the answer: as on a share of the ordinary ones."""
    gold, others = asked
    assert {item["suggestion"] for item, *_ in gold} == {None}
    assert {why["after_answer"] for _, why, *_ in gold} == {True}
    without = [why["after_answer"] for item, why, *_ in others if item["suggestion"] is None]
    assert sum(without) > 10


def test_every_answer_takes_one_off_what_is_left(asked):
    left = [reply["left"] for part in asked for _, _, reply, _ in part]
    assert len(set(left)) == len(left)
    assert max(left) - min(left) == len(left) - 1


def test_a_gold_answer_takes_no_longer(asked):
    """How likely it is that one takes longer than another is within chance of a half."""
    gold, others = ([seconds for *_, seconds in part] for part in asked)
    longer = sum(a > b for a in gold for b in others) / (len(gold) * len(others))
    assert 0.3 < longer < 0.7


def test_a_second_annotator_sees_no_trace_of_the_first(make_project, come_in):
    project = make_project(n=6, audit=0, audit_share=0, overlap=2)
    for n in range(6):
        says(project, "zenobia", f"p{n}", "money", comment="quite certain")
    with serving(project.folder) as server:
        replies = []
        page = come_in(server)
        page.on("response", lambda reply: "/api/" in reply.url and replies.append(reply.text()))
        page.reload()
        page.wait_for_selector(".item[data-item]")
        page.keyboard.press("1")
        page.wait_for_timeout(500)
        page.keyboard.press("w")
        page.locator(".drawer p").first.wait_for()
        seen = [page.content(), *replies]
    assert len(replies) >= 3
    for trace in ("zenobia", "quite certain"):
        assert not any(trace in text for text in seen)
