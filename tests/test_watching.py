"""Where similar interactions go wrong an alarm opens, once, and somebody closes it."""

import time

import pytest

from loop.answers import Answer
from loop.errors import LoopError
from loop.feedback import alarms, corrections, falling, inbox
from loop.feedback.lookout import Lookout
from loop.feedback.watching import Watch
from loop.store import log
from loop.store import webhooks as told
from loop.store.rounds import Point

GREETINGS = ["hello there", "good morning to you", "how are you today", "nice to meet you"]


@pytest.fixture
def project(make_project):
    return make_project(n=3, audit=0)


def thumbs(project, prompts, *, up, start=0, **more):
    records = [
        {
            "feedback_id": f"{start + i} {prompt}"[:200],
            "kind": "thumbs",
            "interaction_id": f"{start + i} {prompt}"[:200],
            "value": up,
            "prompt": prompt,
            "output": "so it is",
        }
        | more
        for i, prompt in enumerate(prompts)
    ]
    assert inbox.take(project, records, "app").rejected == []


def parcels(n, start=0):
    return [f"where is my parcel number {start + i}" for i in range(n)]


def usual(project, n=60):
    """So many interactions of all kinds that people liked."""
    thumbs(project, [f"{GREETINGS[i % 4]} {i}" for i in range(n)], up=True)


def test_bad_marks_on_similar_interactions_open_one_alarm(project):
    usual(project)
    watch = Watch(project)
    assert watch.keep_up() == []
    thumbs(project, parcels(8), up=False, start=100)
    assert len(watch.keep_up()) == 1
    (one,) = alarms.waiting(project)
    assert one.alarm.told["rule"] == "negative feedback"
    assert sum("parcel" in row["prompt"] for row in one.evidence) > len(one.evidence) / 2
    thumbs(project, parcels(8, start=8), up=False, start=200)
    assert watch.keep_up() == []


def test_each_by_itself_they_open_none(project):
    usual(project)
    thumbs(project, ["reset a password", "train to Rome", "weather in May"], up=False, start=100)
    assert Watch(project).keep_up() == []


def test_what_people_like_opens_none(project):
    usual(project)
    thumbs(project, parcels(20), up=True, start=100)
    assert Watch(project).keep_up() == []


def test_a_restarted_trainer_opens_nothing_twice(project):
    usual(project)
    thumbs(project, parcels(8), up=False, start=100)
    assert len(Watch(project).keep_up()) == 1
    assert Watch(project).keep_up() == []


def test_closed_it_is_quiet_for_a_while_and_then_watches_again(project):
    usual(project)
    watch = Watch(project)
    thumbs(project, parcels(8), up=False, start=100)
    (id_,) = watch.keep_up()
    alarms.close(project, "rea", id_, alarms.MENDED, "the index was stale")
    assert alarms.waiting(project) == []
    thumbs(project, parcels(8, start=8), up=False, start=200)
    assert watch.keep_up() == []
    later = time.time() + 3 * 86_400
    thumbs(project, parcels(25, start=16), up=False, start=300)
    assert len(watch.keep_up(now=later)) == 1


def test_a_new_version_that_alone_is_bad_is_named(project):
    usual(project)
    thumbs(project, parcels(3), up=True, start=100, model_version="v1")
    thumbs(project, parcels(7, start=3), up=False, start=200, model_version="v2")
    Watch(project).keep_up()
    (one,) = alarms.waiting(project)
    assert "that v2 answered were bad" in one.alarm.told["suggestion"]


def test_a_mind_that_was_changed_counts_as_it_is_now(project):
    usual(project)
    thumbs(project, parcels(8), up=False, start=100)
    records = [
        {"feedback_id": f"again {i}", "kind": "thumbs", "interaction_id": f"{100 + i} {prompt}"}
        | {"value": True}
        for i, prompt in enumerate(parcels(8))
    ]
    assert inbox.take(project, records, "app").rejected == []
    assert Watch(project).keep_up() == []


def test_who_is_told_of_alarms_is_told_when_one_opens_and_closes(project):
    with project.store.write() as db:
        told.add(db, "wh_1", "http://localhost/", ["alarm.opened", "alarm.closed"], time.time())
    usual(project)
    thumbs(project, parcels(8), up=False, start=100)
    (id_,) = Watch(project).keep_up()
    alarms.close(project, "rea", id_, alarms.FALSE)
    rows = project.store.read.execute("SELECT event FROM deliveries").fetchall()
    assert rows == [("alarm.opened",), ("alarm.closed",)]


def test_an_alarm_is_closed_once_and_in_a_known_way(project):
    usual(project)
    thumbs(project, parcels(8), up=False, start=100)
    (id_,) = Watch(project).keep_up()
    with pytest.raises(LoopError, match="mended or a false alarm, not 'ignored'"):
        alarms.close(project, "rea", id_, "ignored")
    alarms.close(project, "rea", id_, alarms.FALSE)
    with pytest.raises(LoopError, match="rea has closed it already: a false alarm"):
        alarms.close(project, "ana", id_, alarms.MENDED)
    with pytest.raises(LoopError, match="There is no alarm 'x' here"):
        alarms.close(project, "ana", "x", alarms.MENDED)
    assert log.latest(project.store.read, "alarm-closed")["target"] == id_


def test_among_many_the_topics_decide(project):
    usual(project, 320)
    watch = Watch(project)
    watch.keep_up()
    thumbs(project, parcels(10), up=False, start=400)
    assert len(watch.keep_up()) == 1


def test_corrections_of_what_was_bad_already_open_no_second_alarm(project):
    usual(project)
    watch = Watch(project)
    thumbs(project, parcels(8), up=False, start=100)
    (id_,) = watch.keep_up()
    alarms.close(project, "rea", id_, alarms.MENDED)
    for i, prompt in enumerate(parcels(8)):
        corrections.make(project, "rea", f"{100 + i} {prompt}", "tomorrow")
    assert watch.keep_up(now=time.time() + 3 * 86_400) == []


def test_a_bad_mark_that_comes_before_its_words_counts_with_them(project):
    usual(project)
    watch = Watch(project)
    for i, prompt in enumerate(parcels(8)):
        first = {"feedback_id": f"first {i}", "kind": "thumbs", "interaction_id": f"p{i}"}
        inbox.take(project, [first | {"value": False}], "app")
        assert watch.keep_up() == []
        words = {"feedback_id": f"words {i}", "kind": "text", "interaction_id": f"p{i}"}
        inbox.take(project, [words | {"value": "see above", "prompt": prompt}], "app")
    thumbs(project, parcels(1, start=9), up=False, start=300)
    assert len(watch.keep_up()) == 1


def test_more_bad_marks_than_are_looked_at_at_once_wait_for_nobody(project):
    usual(project)
    watch = Watch(project)
    thumbs(project, parcels(250), up=False, start=1_000)
    opened = [id_ for _ in range(3) for id_ in watch.keep_up()]
    assert len(opened) == 1
    assert watch.keep_up() == []


# ---------------------------------------------------------------- what else may go wrong


def point(version, correct, audit=100):
    return Point(version, 10 * version, audit, correct, correct / audit, 0, 1)


def test_accuracy_that_surely_falls_is_told_with_both_models():
    assert falling.accuracy([point(1, 80), point(2, 90), point(3, 85)]) is None
    assert falling.accuracy([point(1, 9, 10), point(2, 1, 10)]) is None
    told = falling.accuracy([point(1, 80), point(2, 90), point(3, 60)])
    assert "model 3 is right on 60% of 100 audit answers, model 2 was on 90%" in told.words


def test_agreement_that_surely_falls_is_told_with_both_shares():
    assert falling.agreement([True] * 19 + [False] * 19) is None
    assert falling.agreement([True, False] * 60) is None
    told = falling.agreement([True] * 90 + [False] * 20 + [True] * 10)
    assert "33% of the newest 30" in told.words


def test_a_drift_is_told_and_its_telling_interactions_named():
    usual_ = [f"{GREETINGS[i % 4]} {i % 7}" for i in range(800)]
    assert falling.drift([*usual_, *usual_[:200]], 0) is None
    told, places = falling.drift([*usual_, *usual_[:150], *parcels(50)], 0) or (None, [])
    assert told is None  # a quarter of the newest
    told, places = falling.drift([*usual_, *usual_[:80], *parcels(120)], 0)
    assert "AUC of 0." in told.words
    assert all(place >= 880 for place in places)


def test_one_alarm_of_a_sort_is_open_at_a_time(make_project):
    project = make_project(n=200, audit=0, overlap=2)
    items = [f"p{i}" for i in range(120)]
    for who in ("ana", "bo"):
        said = ["sport" if who == "ana" or i < 90 else "money" for i in range(120)]
        given = [
            Answer(f"{who} {item} {'x' * 8}", item, "label", value)
            for item, value in zip(items, said, strict=True)
        ]
        for start in range(0, 120, 40):
            project.session.submit(who, given[start : start + 40])
    lookout = Lookout(project)
    assert len(lookout.keep_up()) == 1
    assert alarms.waiting(project)[0].alarm.told["title"] == "People agree less than before."
    assert Lookout(project).keep_up() == []
