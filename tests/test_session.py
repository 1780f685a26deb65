"""Answers in: once is once, nothing is lost, and a refusal says why."""

import time
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop import Answer, status
from loop.store import log
from loop.store.database import each

STEPS = st.lists(st.sampled_from(["sport", "money", "skip", "undo"]), min_size=1, max_size=12)


@pytest.fixture
def item(project):
    return project.next_items("ana", 1)[0]


def say(project, item, value="sport", who="ana", answer_id="answer-01", kind="label", **more):
    answer = Answer(answer_id, item.id, kind, value, **more)
    return project.session.submit(who, [answer])


def counted(project):
    return status(project)["answers"]


def test_an_answer_replayed_a_hundred_times_is_one_row(project, item):
    before = log.end(project.store.read)
    assert all(say(project, item).saved == ["answer-01"] for _ in range(100))
    assert log.end(project.store.read) == before + 1


def test_an_answer_id_used_for_another_answer_is_refused_and_changes_nothing(project, item):
    say(project, item, "sport")
    receipt = say(project, item, "money")
    assert "used before" in receipt.rejected[0][1]
    assert status(project)["classes"] == {"sport": 1, "money": 0}


def test_a_correction_is_a_new_row_and_the_newest_counts(project, item):
    say(project, item, "sport", answer_id="first-one")
    say(project, item, "money", answer_id="second-one")
    assert status(project)["classes"] == {"sport": 0, "money": 1}
    assert [row["value"] for row in log.of_kind(project.store.read, "label")][-2:] == [
        "sport",
        "money",
    ]


def test_undo_gives_the_item_back_for_the_reason_it_was_asked(project, item):
    say(project, item)
    back = Answer("undo-0001", item.id, "undo", target="answer-01")
    queue = project.session.submit("ana", [back], holding=[item.id], n=3).items
    assert queue[0].id == item.id
    assert counted(project) == {}
    say(project, item, "money", answer_id="again-0001")
    row = log.event(project.store.read, "again-0001")
    assert (row["strategy"], row["rank"]) == ("tail: random", 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"value": "weather"}, "there is no class 'weather': this project has sport, money"),
        ({"value": None}, "there is no class None"),
        ({"kind": "shout", "value": None}, "there is no kind of answer 'shout'"),
        ({"kind": "skip"}, "has no value, not 'sport'"),
        (
            {"kind": "undo", "value": None, "target": "not-mine-1"},
            "no answer 'not-mine-1' of yours",
        ),
        ({"kind": "undo", "value": None}, "no answer None of yours"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_with_the_reason(project, item, change, reason):
    before = log.end(project.store.read)
    receipt = say(project, item, **change)
    assert reason in receipt.rejected[0][1]
    assert receipt.saved == []
    assert log.end(project.store.read) == before


def test_one_bad_answer_does_not_take_the_good_ones_with_it(project):
    items = project.next_items("ana", 3)
    answers = [
        Answer("good-0001", items[0].id, "label", "sport"),
        Answer("bad-00001", "nowhere", "label", "sport"),
        Answer("good-0002", items[1].id, "label", "money"),
    ]
    receipt = project.session.submit("ana", answers)
    assert receipt.saved == ["good-0001", "good-0002"]
    assert receipt.rejected == [("bad-00001", "there is no item 'nowhere'")]


def test_nobody_can_take_an_event_id_that_the_loop_will_need(project, item):
    assert "one of our own" in say(project, item, answer_id="@round-1").rejected[0][1]


def test_who_skipped_an_item_cannot_label_it_over_somebody_elses_answer(project, item):
    say(project, item, None, kind="skip")
    project.session.submit("ana", [], holding=[], n=0)
    (other,) = [i for i in project.next_items("bo", 60) if i.id == item.id]
    say(project, other, who="bo", answer_id="of-bo-01")
    assert say(project, item, answer_id="too-late-1").rejected


def test_an_answer_after_the_lease_ran_out_counts_if_nobody_else_was_asked(make_project):
    project = make_project(lease_seconds=0.01)
    item = project.next_items("ana", 1)[0]
    time.sleep(0.02)
    assert say(project, item).saved


def test_an_answer_after_somebody_else_answered_is_refused(make_project):
    project = make_project(n=1, lease_seconds=0.01)
    item = project.next_items("ana", 1)[0]
    time.sleep(0.02)
    assert say(project, project.next_items("bo", 1)[0], who="bo", answer_id="of-bo-01").saved
    assert "ran out" in say(project, item).rejected[0][1]


def test_an_item_on_screen_that_somebody_flagged_still_takes_its_answer(make_project):
    project = make_project(n=1, overlap=2)
    item = project.next_items("ana", 1)[0]
    other = project.next_items("bo", 1)[0]
    say(project, other, None, who="bo", answer_id="flag-0001", kind="flag")
    assert say(project, item).saved


@pytest.mark.parametrize(
    ("hours", "kept"), [(0, True), (-20, True), (-30, False), (24 * 400, False)]
)
def test_a_clock_that_is_off_by_days_is_not_believed(project, item, hours, kept):
    when = time.time() + 3600 * hours
    say(project, item, shown_at=when - 2, answered_at=when)
    assert (log.event(project.store.read, "answer-01")["answered_at"] is not None) is kept


def test_who_when_and_why_stand_on_the_row(project, item):
    now = time.time()
    say(project, item, shown_at=now - 3, answered_at=now, comment="hm")
    row = log.event(project.store.read, "answer-01")
    assert (row["annotator"], row["comment"]) == ("ana", "hm")
    assert row["answered_at"] - row["shown_at"] == pytest.approx(3)
    assert row["received_at"] == pytest.approx(now, abs=5)


def test_however_answers_come_twice_the_state_is_that_of_the_log(make_project):
    @settings(max_examples=30, deadline=None)
    @given(STEPS, st.randoms(use_true_random=False))
    def holds(steps, chance):
        project = make_project(n=5, audit=0, name=f"p{uuid.uuid4().hex}")
        item = project.next_items("ana", 1)[0]
        given: list[str] = []
        for i, step in enumerate(steps):
            kind, value = (step, None) if step in {"skip", "undo"} else ("label", step)
            target = given.pop() if kind == "undo" and given else None
            sent = Answer(f"step-{i:04}", item.id, kind, value, target=target)
            if kind != "undo":
                given.append(sent.answer_id)
            for _ in range(chance.randint(1, 3)):
                project.session.submit("ana", [sent])
        read = project.store.read
        history = list(each(read, "SELECT * FROM log WHERE position = ?", [item.position]))
        standing = [row["seq"] for row in each(read, "SELECT seq FROM standing")]
        wanted = log.standing_of(history)
        assert standing == ([wanted["seq"]] if wanted else [])

    holds()


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ({"value": "sport"}, "has no value"),
        ({"guideline_version": 10**20}, "no guideline"),
        ({"target": "answer-99", "kind": "label", "value": "sport"}, "has no target"),
        ({"answer_id": "bulk-00000001-7"}, "one of our own"),
    ],
)
def test_an_undo_is_looked_at_as_closely_as_any_answer(project, item, odd, why):
    say(project, item)
    plain = {"kind": "undo", "value": None, "answer_id": "undo-0001", "target": "answer-01"}
    assert why in say(project, item, **plain | odd).rejected[0][1]
    assert counted(project) == {"label": 1}
