"""How people judge: on gold, beside the others, and with the model's suggestion before them."""

import json

import pytest
from conftest import truth_of
from real_server import serving
from test_review import says

from loop import crowd, judging, reviewing
from loop.decisions import with_values
from loop.errors import SettingsError
from loop.evidence import evidence
from loop.judging import Right, Swayed
from loop.quality.share import share
from loop.reviewing import Verdict
from loop.standing_out import questions
from loop.store import items, log
from loop.store.log import Event

OTHER = {"sport": "money", "money": "sport"}


def right_of(project):
    read = project.store.read
    return {item.id: truth_of(item.fields["text"]) for item in items.every(read)}


@pytest.fixture
def judged(make_project):
    """Gold asked of two people, of whom one is wrong on money; and what both say of other items."""
    project = make_project(audit=0, audit_share=0, overlap=2, gold_every=2)
    right = right_of(project)
    gold = [f"p{n}" for n in range(12)]
    reviewing.decide(project, "rev", [Verdict(id_, right[id_], is_gold=True) for id_ in gold])
    for who in ("ana", "bo"):
        for _ in range(40):
            item = project.next_items(who, 1)[0]
            is_wrong = who == "bo" and right[item.id] == "money"
            says(project, who, item.id, OTHER["money"] if is_wrong else right[item.id])
    return project


def test_gold_tells_who_is_right_and_on_which_class(judged):
    right = right_of(judged)
    money = sum(right[f"p{n}"] == "money" for n in range(12))
    by_name = {one.name: one for one in judging.team(judged).raters}
    assert by_name["ana"].gold == Right(12, 12)
    assert by_name["bo"].gold == Right(12 - money, 12)
    assert by_name["bo"].gold_by_class == {
        "sport": Right(12 - money, 12 - money),
        "money": Right(0, money),
    }
    assert by_name["bo"].said.keys() == {"sport"}
    assert by_name["ana"].gold.share == share(12, 12)


def test_who_is_surely_below_the_mark_is_warned(judged):
    assert judging.team(judged).warned == []
    judged.decide("owner", with_values(warn_below=1.0))
    (about,) = judging.team(judged).warned
    assert about.startswith("bo was right on ")
    assert judging.warning(judged, "bo").startswith("Of 10 answers of yours")
    assert judging.warning(judged, "ana") is None
    judged.invite("bo")
    judged.people.let_on("bo")  # counts anew, as who was held back does
    assert judging.team(judged).warned == []


def test_an_answer_that_was_not_asked_as_gold_is_no_gold_answer(make_project):
    """Who disagreed before the item was decided was not tested by it."""
    project = make_project(audit=0, audit_share=0, overlap=2)
    says(project, "ana", "p1", "sport")
    reviewing.decide(project, "rev", [Verdict("p1", "money", is_gold=True)])
    (ana,) = judging.team(project).raters
    assert ana.gold == Right(0, 0)
    assert ana.gold.share is None


def test_people_are_compared_with_the_label_where_others_label_too(make_project):
    project = make_project(audit=0, audit_share=0, overlap=3)
    for who, value in (("ana", "sport"), ("bo", "sport"), ("cy", "money")):
        says(project, who, "p1", value)
    says(project, "cy", "p2", "money")
    by_name = {one.name: one for one in judging.team(project).raters}
    assert by_name["ana"].agreement == Right(1, 1)
    assert by_name["cy"].agreement == Right(0, 1)
    assert by_name["cy"].labels == 2
    assert judging.team(project).shared_items == 1


def test_who_leans_on_suggestions_is_told_with_an_interval(make_project):
    """With the suggestion in sight 40 of 40 follow it, without it 20 of 40."""
    project = make_project(audit=0, audit_share=0, n=80)
    told = [
        Event(
            f"e{n}",
            "label",
            "ana",
            position=n,
            value="sport" if n < 40 or n % 2 else "money",
            suggestion="sport",
            suggestion_shown=n < 40,
        )
        for n in range(80)
    ]
    with project.store.write() as db:
        log.append(db, told)
        for n in range(80):
            log.settle(db, n, "ana", project.settings.usual)
    (ana,) = judging.team(project).raters
    assert ana.swayed == Swayed(Right(40, 40), Right(20, 40))
    assert ana.swayed.difference.value == 0.5
    assert ana.swayed.difference.low > 0.3


def test_too_few_suggestions_tell_nothing():
    assert Swayed(Right(19, 19), Right(3, 30)).difference is None


def test_one_answer_of_one_person_is_a_team(make_project):
    project = make_project(audit=0, audit_share=0, n=2)
    says(project, "ana", "p0", "sport")
    found = judging.team(project)
    (ana,) = found.raters
    assert (ana.labels, ana.gold, ana.agreement) == (1, Right(0, 0), Right(0, 0))
    assert [(one.asked, one.named) for one in questions(evidence(found))] == [(0, {})] * 5


def test_the_methods_are_judged_by_what_was_decided(judged, askwell_here):
    answers, truth = crowd.of(judged)
    assert (truth.codes >= 0).sum() == 12
    assert answers.answers.n_annotators == 2
    done = askwell_here("aggregate", judged.folder, "--methods", "majority", "--json")
    told = json.loads(done.stdout)
    assert told["methods"]["majority"]["truth_items"] == 12
    assert told["annotators"]["ana"]["accuracy"] == 1
    assert askwell_here("aggregate", judged.folder, "--truth", "x.csv").returncode == 2


def test_a_project_without_labels_says_so(make_project):
    with pytest.raises(SettingsError, match="Nobody has given a label here yet"):
        crowd.of(make_project())


def test_people_see_their_own_in_tens_and_nobody_elses(judged, come_in):
    judged.decide("owner", with_values(overlap=3))  # or gold ends with the other items, too soon
    with serving(judged.folder) as server:
        page = come_in(server)
        who = page.person
        right = right_of(judged)
        while found := judged.next_items(who, 1):
            says(judged, who, found[0].id, right[found[0].id])
        page.goto(f"{server.url}/you")
        page.get_by_text("Of your first 10 answers on items whose label is known").wait_for()
        page.get_by_text("were right: 100%").wait_for()


def test_reviewers_see_everybody_and_annotators_do_not(judged, come_in):
    judged.decide("owner", with_values(warn_below=1.0))
    with serving(judged.folder) as server:
        page = come_in(server, "/raters", role="reviewer")
        page.get_by_text("right on gold items, with its 95 % interval").wait_for()
        page.get_by_text("Two people's labels or more", exact=False).wait_for()
        page.get_by_text("bo was right on", exact=False).wait_for()
        page.get_by_text("Each at 5% for all people together").wait_for()
        page.get_by_text("What do they take for what?").wait_for()
        page.get_by_text("Who agrees with whom?").wait_for()
        page.get_by_text("Compare the methods").click()
        page.get_by_text("On 12 items that were decided").wait_for()
        page = come_in(server, "/raters")
        page.get_by_text("This page is for: reviewer").wait_for()


def test_the_page_waits_for_labels(steady, come_in):
    page = come_in(steady, "/raters", role="reviewer")
    page.get_by_text("Nobody has given a label yet").wait_for()
