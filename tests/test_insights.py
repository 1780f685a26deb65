"""What feedback comes to: figures with intervals, issues with samples, of the last days."""

import time

import pytest

from loop import withdrawal
from loop.feedback import corrections, inbox, insights
from loop.store import insights as stored

DAYS = 86_400


def thumb(id_, prompt, *, up, days_ago=0.0, **more):
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days_ago * DAYS))
    told = {"feedback_id": id_, "kind": "thumbs", "interaction_id": id_, "value": up}
    return told | {"prompt": prompt, "output": "so", "created_at": when} | more


@pytest.fixture
def project(make_project):
    project = make_project(n=3, audit=0)
    late = [
        thumb(f"late{i}", f"where is parcel {i}", up=False, comment="late again") for i in range(6)
    ]
    bills = [thumb(f"bill{i}", f"explain invoice number {i}", up=False) for i in range(3)]
    fine = [
        thumb(f"fine{i}", f"hello {i}", up=True, model_version="v2", slices={"lang": "en"})
        for i in range(20)
    ]
    old = [thumb("old", "where is parcel 9", up=False, days_ago=40)]
    assert inbox.take(project, [*late, *bills, *fine, *old], "app").rejected == []
    return project


def test_shares_have_intervals_by_version_slice_and_time(project):
    liked = insights.look(project)["summary"]["liked"]
    assert (liked["n"], liked["liked"]) == (29, 20)
    assert liked["share"]["low"] < 20 / 29 < liked["share"]["high"]
    assert {one["group"]: one["n"] for one in liked["by_version"]} == {"v2": 20, "not told": 9}
    assert {one["group"]: one["n"] for one in liked["by_slice"]["lang"]} == {
        "en": 20,
        "not told": 9,
    }
    assert liked["over_time"]["unit"] == "day"


def test_what_is_older_than_the_window_does_not_count(project):
    told = insights.look(project)
    assert (told["days"], told["summary"]["judgements"], told["complaints"]) == (30, 29, 9)


def test_issues_are_groups_of_what_is_alike_with_samples(project):
    first, second = insights.look(project)["issues"]
    assert (first["n"], second["n"]) == (6, 3)
    assert {"parcel", "late"} <= set(first["words"])
    assert "invoice" in second["words"]
    assert len(first["samples"]) == 3
    assert first["samples"][0]["comment"] == "late again"


def test_without_feedback_there_is_nothing_to_tell(make_project):
    told = insights.look(make_project(n=3, audit=0))
    assert told["issues"] == []
    assert told["summary"]["liked"] is None
    assert told["summary"]["preferences"] is None


def test_ratings_are_corrected_for_who_rates_severely(make_project):
    project = make_project(n=3, audit=0)
    harsh = {"ana": 0, "bo": 0, "eve": -1}
    rated = [
        {
            "feedback_id": f"{who} {i}",
            "kind": "rating",
            "interaction_id": f"i{i}",
            "value": 2 + i % 3 + harsh[who],
            "annotator": who,
            "model_version": f"v{i % 2}",
        }
        for i in range(30)
        for who in harsh
    ]
    inbox.take(project, rated, "app")
    told = insights.look(project)["summary"]["ratings"]
    severity = {one["name"]: one["severity"] for one in told["raters"]}
    assert severity["eve"] - severity["ana"] == pytest.approx(1, abs=0.1)
    assert {one["group"] for one in told["by_version"]} == {"v0", "v1"}


def test_preferences_rank_the_systems(make_project):
    project = make_project(n=3, audit=0)
    wins = {("new", "old"): 20, ("old", "new"): 5}
    said = [
        {
            "feedback_id": f"{better} {worse} {i}",
            "kind": "preference",
            "interaction_id": f"{better} {worse} {i}",
            "outputs": {"l": f"{i}", "r": f"other {i}"},
            "systems": {"l": better, "r": worse},
            "order": ["l", "r"],
            "value": "l",
        }
        for (better, worse), n in wins.items()
        for i in range(n)
    ]
    inbox.take(project, said, "app")
    told = insights.look(project)["summary"]["preferences"]
    assert [one["name"] for one in told["systems"]] == ["new", "old"]
    assert told["position"]["first_won"]["value"] == 1


def test_erased_words_leave_the_document(project):
    insights.look(project)
    withdrawal.erase_interaction(project, "late0")
    assert stored.newest(project.store.read) is None


def test_an_erased_preference_counts_without_its_outputs(make_project):
    project = make_project(n=3, audit=0)
    told = {"feedback_id": "f", "kind": "preference", "interaction_id": "i", "value": "x"}
    inbox.take(project, [told | {"outputs": {"x": "one", "y": "two"}}], "app")
    withdrawal.erase_interaction(project, "i")
    assert insights.look(project)["summary"]["preferences"]["systems"] == []


def test_names_that_are_met_once_are_no_systems(make_project):
    project = make_project(n=3, audit=0)
    once = [
        {"feedback_id": f"f{i}", "kind": "preference", "interaction_id": f"i{i}", "value": f"a{i}"}
        | {"outputs": {f"a{i}": "one", f"b{i}": "two"}}
        for i in range(5)
    ]
    inbox.take(project, once, "app")
    told = insights.look(project)["summary"]["preferences"]
    assert (told["systems"], told["unnamed"]) == ([], 5)


def test_a_thumb_and_a_correction_of_one_answer_are_one_complaint(make_project):
    project = make_project(n=3, audit=0)
    about = {"interaction_id": "chat", "prompt": "when?", "output": "1968"}
    inbox.take(
        project,
        [
            {"feedback_id": "t", "kind": "thumbs", "value": False, "comment": "no"} | about,
            {"feedback_id": "c", "kind": "correction", "value": "1969"} | about,
        ],
        "app",
    )
    assert insights.look(project)["complaints"] == 1
    corrections.accept(project, "rea", "c", text="in 1969")
    assert insights.look(project)["complaints"] == 1
