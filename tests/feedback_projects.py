"""A small project of each kind of task with answers of two people, and feedback from outside."""

import time

from conftest import write_csv

from loop import tasks
from loop.answers import Answer
from loop.creation import Source, create
from loop.dataset import Columns
from loop.feedback import inbox

TEXT = ("text",)
PAIR = ("prompt", "output")
ASKED = {  # task → its columns, and what people say one after the other
    "classify": (TEXT, ["sport", "money"]),
    "multilabel": (TEXT, [["sport"], ["sport", "money"], []]),
    "thumbs": (PAIR, ["up", "down"]),
    "rate": (PAIR, ["1", "3", "5"]),
    "compare": (("prompt", "a", "b"), ["a", "b", "tie", "both-bad"]),
    "rank": (("prompt", "x", "y", "z"), [["x", "y", "z"], ["z", "x", "y"]]),
    "correct": (PAIR, ["right <text>"]),
    "write": (("prompt",), ['their "words"\nin two lines']),
}
NAMED = {"classify", "multilabel"}


def items_of(task, n=8):
    columns = ASKED[task][0]
    return [[f"i{k}", "de" if k % 2 else "en", *(f"{c} {k} ©" for c in columns)] for k in range(n)]


def empty(folder, task, n=8, **settings):
    """A project with these items and no answer."""
    columns = ASKED[task][0]
    data = write_csv(folder.with_suffix(".csv"), ["id", "lang", *columns], items_of(task, n))
    if task in NAMED:
        settings["classes"] = ("sport", "money")
    source = Source(data, Columns("text", columns, id="id", meta=("lang",)))
    return create(folder, source, task=task, overlap=2, audit_share=0.0, **settings)


def answered(folder, task, n=8):
    """The same, answered by two people, the last items passed over."""
    project = empty(folder, task, n)
    said = ASKED[task][1]
    for who in ("ana", "bo"):
        for i, item in enumerate(project.next_items(who, n)):
            kind = {n - 2: "skip", n - 1: "unsure"}.get(i, "label")
            now = time.time()
            answer = Answer(
                f"answer-{who}-{item.id}",
                item.id,
                kind,
                said[i % len(said)] if kind == "label" else None,
                shown_at=now - 2.5,
                answered_at=now,
                comment="not sure" if i == 0 else None,
            )
            assert not project.session.submit(who, [answer]).rejected
    return project


def sent(project):
    """Feedback about interactions, one of each kind that there is."""
    about = {"interaction_id": "x1", "prompt": "Hello?", "output": "hi", "model_version": "m1"}
    pair = {"interaction_id": "x2", "prompt": "Why?", "outputs": {"m": "one", "n": "two"}}
    order = {"interaction_id": "x3", "prompt": "How?", "outputs": {"p": "1", "q": "2", "r": "3"}}
    records = [
        about | {"feedback_id": "f-thumbs", "kind": "thumbs", "value": True},
        about | {"feedback_id": "f-rating", "kind": "rating", "value": 3},
        about | {"feedback_id": "f-correction", "kind": "correction", "value": "Hi there"},
        about | {"feedback_id": "f-text", "kind": "text", "value": "too short", "annotator": "zoe"},
        pair | {"feedback_id": "f-preference", "kind": "preference", "value": "m"},
        order | {"feedback_id": "f-ranking", "kind": "ranking", "value": ["q", "p", "r"]},
    ]
    taken = inbox.take(project, records, "app")
    assert not taken.rejected
    assert {record["kind"] for record in records} == {*tasks.KINDS} - {"label"}
    return records
