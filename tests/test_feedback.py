"""Feedback from running applications: stored once, or refused by its field, and nothing between."""

import json
import sqlite3
import uuid
from datetime import UTC, datetime, timedelta

import httpx
import jsonschema
import pytest
from conftest import project_in
from hypothesis import given
from hypothesis import strategies as st
from real_server import until

from loop import Project
from loop.client import Client, NotTaken
from loop.feedback import inbox, judgements, schema
from loop.store import feedback, insights

SHOWN = {"x": "one answer", "y": "another"}
EXAMPLES = {
    "label": "sport",
    "thumbs": True,
    "rating": 4,
    "preference": "x",
    "ranking": ["y", "x"],
    "correction": "what is right",
    "text": "how it struck me",
}


def record(kind="thumbs", **more):
    told = {"feedback_id": uuid.uuid4().hex, "kind": kind, "interaction_id": f"i-{uuid.uuid4()}"}
    if kind in {"preference", "ranking"}:
        told["outputs"] = SHOWN
    return told | {"value": EXAMPLES[kind]} | more


def refusal(project, **told):
    """By which field, and why, a record is refused; that nothing of it is stored."""
    before = rows(project)
    taken = inbox.take(project, [told], "app")
    assert taken.saved == []
    assert rows(project) == before
    (one,) = taken.rejected
    return one.field, one.reason


def rows(project):
    db = project.store.read
    return [
        db.execute(f"SELECT * FROM {table}").fetchall() for table in ("interactions", "feedback")
    ]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = project_in(tmp_path_factory.mktemp("feedback") / "reviews", n=5, audit=0)
    yield made
    made.close()


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_kind_is_stored_as_it_was_said(project, kind):
    told = record(kind, prompt="why?", model_version="v2", comment="so")
    assert inbox.take(project, [told], "app").saved == [told["feedback_id"]]
    row = feedback.one(project.store.read, told["feedback_id"])
    assert (row["interaction_id"], row["prompt"], row["comment"]) == (
        told["interaction_id"],
        "why?",
        "so",
    )
    jsonschema.validate(told, schema.of(kind))


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_published_schema_refuses_what_the_inbox_refuses(project, kind):
    told = record(kind, surprise=1)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told, schema.of(kind))
    assert refusal(project, **told)[0] == "surprise"


def test_the_same_record_a_hundred_times_is_one_row(project):
    told = record(comment="once")
    for _ in range(100):
        assert inbox.take(project, [told], "app") == inbox.Taken([told["feedback_id"]], [])
    sql = "SELECT count(*) FROM feedback WHERE feedback_id = ?"
    assert project.store.read.execute(sql, [told["feedback_id"]]).fetchone() == (1,)


def test_an_id_used_before_with_another_body_is_refused(project):
    told = record()
    inbox.take(project, [told], "app")
    field, reason = refusal(project, **told | {"value": False})
    assert field == "feedback_id"
    assert "another body" in reason


@pytest.mark.parametrize(
    ("told", "field", "words"),
    [
        (record() | {"kind": "thumb"}, "kind", "Did you mean 'thumbs'?"),
        (record() | {"kind": None}, "kind", "there is no kind null"),
        (record("rating", value=6), "value", "6 is outside the scale of 1 to 5"),
        (record("rating", value=0, scale=[1, 7]), "value", "outside the scale of 1 to 7"),
        (record("rating", value=3, scale=[5, 1]), "scale", "not 5 to 1"),
        (record("rating", value=3.5), "value", "valid integer"),
        (record("rating", value=True), "value", "valid integer"),
        (record("thumbs", value="sideways"), "value", "'up' or 'down'"),
        (record("preference", value="z"), "value", "no output 'z' was shown: there were x, y"),
        (record("preference", outputs={}), "outputs", "between two outputs, not none"),
        (record("preference", order=["x", "x"]), "order", "stood in one place"),
        (record("preference", systems={"z": "m"}), "systems", "no output is called 'z'"),
        (record("preference", outputs={"x": "1", "tie": "2"}), "outputs", "is an answer"),
        (record("ranking", value=["x"]), "value", "one place"),
        (record("ranking", value=["x", "q"]), "value", "no output 'q' was shown"),
        (record("label", value="weather"), "value", "this project has sport, money"),
        (record("correction", value=""), "value", "at least 1 character"),
        (record(comment="c" * 10_000_000), "comment", "at most 10000 characters"),
        (record(created_at="2026-03-01T12:00:00"), "created_at", "timezone"),
        (record(created_at="2926-03-01T12:00:00Z"), "created_at", "ahead of our clock"),
        (record(created_at="9999-12-31T23:59:59-12:00"), "created_at", "ahead of our clock"),
        (record(created_at="1970-01-01T00:00:00+02:00"), "created_at", "before 1970"),
        (record(annotator="owner"), "annotator", "no person's name here"),
        (record(feedback_id="a\0b"), "feedback_id", "match pattern"),
        (record(schema_version="2.0"), "schema_version", 'reads version 1.0, not "2.0"'),
        (record(schema_version=1), "schema_version", "reads version 1.0, not 1"),
        (record(prompt="\ud800"), "prompt", "unicode"),
        (record(feedback_id=""), "feedback_id", "at least 1 character"),
        (record(interaction_id=None), "interaction_id", "valid string"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_bad_input_is_refused_by_its_field(project, told, field, words):
    assert refusal(project, **told)[0] == field
    assert words in refusal(project, **told)[1]


def test_a_preference_for_an_output_of_an_earlier_record_needs_no_second_telling(project):
    first = record("preference")
    second = record("preference", interaction_id=first["interaction_id"], value="tie")
    del second["outputs"]
    assert len(inbox.take(project, [first, second], "app").saved) == 2
    third = second | {"feedback_id": "third", "value": "z"}
    assert refusal(project, **third) == ("value", "no output 'z' was shown: there were x, y")


def test_an_interaction_is_told_once_and_may_be_completed(project):
    first, second = record(prompt="why?"), record(output="because")
    second["interaction_id"] = first["interaction_id"]
    inbox.take(project, [first, second], "app")
    row = feedback.one(project.store.read, second["feedback_id"])
    assert (row["prompt"], row["output"]) == ("why?", "because")
    other = record(output="or not", interaction_id=first["interaction_id"])
    assert refusal(project, **other)[0] == "output"


def test_a_clock_of_another_zone_is_stored_in_utc(project):
    told = record(created_at="2026-03-01T12:00:00+05:30")
    inbox.take(project, [told], "app")
    at = feedback.one(project.store.read, told["feedback_id"])["created_at"]
    assert datetime.fromtimestamp(at, UTC).isoformat() == "2026-03-01T06:30:00+00:00"


def test_a_clock_a_little_ahead_is_believed(project):
    soon = datetime.now(UTC) + timedelta(minutes=5)
    assert inbox.take(project, [record(created_at=soon.isoformat())], "app").saved


def test_a_persons_newer_verdict_counts_and_every_comment_does(make_project):
    project = make_project(n=2, audit=0)
    thumbs = [record(interaction_id="i", value=up, annotator="ana") for up in (True, False)]
    texts = [record("text", interaction_id="i", value=words, annotator="ana") for words in "ab"]
    inbox.take(project, [*thumbs, *texts, record(interaction_id="i", annotator="bo")], "app")
    found = judgements.every(project.store.read, project.settings)
    assert [(one.annotator, one.value) for one in found] == [
        ("ana", "down"),
        ("ana", "a"),
        ("ana", "b"),
        ("bo", "up"),
    ]


def test_a_batch_keeps_what_is_right(project):
    good, bad = record(), record("rating", value=99)
    taken = inbox.take(project, [good, bad, "nonsense"], "app")
    assert taken.saved == [good["feedback_id"]]
    assert [one.field for one in taken.rejected] == ["feedback", "value"]


def test_what_was_said_cannot_be_changed_or_deleted(project):
    told = record(prompt="why?")
    inbox.take(project, [told], "app")
    db = project.store.read
    for sql in (
        "UPDATE feedback SET value = 'false'",
        "DELETE FROM feedback",
        "UPDATE interactions SET prompt = 'how?'",
        "DELETE FROM interactions",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(sql)


TEXTS = st.text(max_size=20)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(
    kind=st.sampled_from(sorted(EXAMPLES)),
    odd=st.dictionaries(
        st.sampled_from(["value", "comment", "outputs", "order", "scale", "slices", "created_at"]),
        ANYTHING,
        max_size=3,
    ),
)
def test_whatever_comes_is_stored_whole_or_refused(project, kind, odd):
    before = feedback.end(project.store.read)
    taken = inbox.take(project, [record(kind) | odd], "app")
    assert len(taken.saved) + len(taken.rejected) == 1
    assert feedback.end(project.store.read) - before == len(taken.saved)


def test_members_speak_for_themselves(make_project):
    project = make_project(n=2, audit=0)
    for name, role in (("ann", "annotator"), ("rea", "reviewer")):
        project.invite(name, role)
    as_rea = record(annotator="rea")
    (refused,) = inbox.take(project, [as_rea], "ann").rejected
    assert refused.field == "annotator"
    assert inbox.take(project, [record(annotator="a user of ours")], "ann").rejected == []
    assert inbox.take(project, [record(annotator="ann")], "rea").rejected == []


def test_the_same_record_with_its_keys_in_another_order_is_the_same(project):
    told = record(slices={"a": "1", "b": "2"})
    again = told | {"slices": {"b": "2", "a": "1"}}
    assert inbox.take(project, [told, again], "app").rejected == []


def test_the_client_sends_in_five_lines(served):
    with Project.open(served.folder) as project:
        token = project.invite("my-app")
    client = Client(served.url, token)
    id_ = client.send("thumbs", "chat-1", value=False, prompt="when?", output="1969")
    assert (
        client.send("thumbs", "chat-1", value=False, feedback_id=id_, prompt="when?", output="1969")
        == id_
    )
    with pytest.raises(NotTaken, match="409: feedback_id: it was used before"):
        client.send("thumbs", "chat-1", value=True, feedback_id=id_)
    with pytest.raises(NotTaken, match="422: value: 9 is outside the scale"):
        client.send("rating", "chat-1", value=9)
    with pytest.raises(NotTaken, match="401"):
        Client(served.url, "nobody").send("thumbs", "chat-1", value=True)
    with Project.open(served.folder) as project:
        assert feedback.one(project.store.read, id_)["annotator"] == "my-app"


def test_the_trainer_puts_it_together_while_it_waits(served):
    with served.client("my-app") as client, Project.open(served.folder) as project:
        client.post("feedback", json=record(value=False, prompt="where?", comment="late"))
        until(lambda: (insights.newest(project.store.read) or {}).get("complaints"), 60)


def test_a_batch_over_rest_names_what_was_refused(served):
    with served.client("my-app") as client:
        good, bad = record(), record("rating", value=99)
        reply = client.post("feedback", json={"feedback": [good, bad]})
        assert reply.status_code == 200
        assert reply.json()["saved"] == [good["feedback_id"]]
        assert reply.json()["rejected"][0]["field"] == "value"
        assert client.post("feedback", json=record()).status_code == 200
        assert client.get("schemas").json()["thumbs"] == schema.of("thumbs")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{", 422, "no JSON"),
        (b"[" * 100_000, 422, "no JSON"),
        (b'{"feedback": []}', 422, "1 to 1,000 records"),
        (b'{"feedback": 7}', 422, "1 to 1,000 records"),
        (json.dumps({"feedback": [record()] * 1001}).encode(), 422, "1 to 1,000 records"),
        (b'"' + b"x" * (33 * 2**20) + b'"', 413, "at most 32 MiB"),
    ],
    ids=["no JSON", "deep", "none", "no list", "too many", "too long"],
)
def test_a_body_of_another_shape_is_refused(served, body, status, words):
    with served.client("my-app") as client:
        reply = client.post("feedback", content=body)
        assert (reply.status_code, words in reply.json()["detail"]) == (status, True)


def test_a_stranger_sends_nothing(served):
    assert httpx.post(f"{served.url}/api/v1/feedback", json=record()).status_code == 401
