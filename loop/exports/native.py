"""The native record, version 1.0: a judgement a line, with all that is known of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from loop.exports import outgoing
from loop.exports.choice import rfc3339
from loop.exports.form import TIME, Format, Made, an_object, maybe
from loop.exports.outgoing import NOTHING, PEOPLE, Outgoing, Row
from loop.exports.sinks import Jsonl
from loop.tasks.judgement import SCHEMA_VERSION

MILLISECONDS = 3  # decimals of seconds
_ASKED = ("strategy", "score", "rank", "suggestion_shown")


def records(out: Outgoing) -> Iterator[Made]:
    """Every chosen judgement."""
    for row in outgoing.everything(out):
        yield Made(row.key, row.judgement.kind, record_of(out, row))


def record_of(out: Outgoing, row: Row) -> dict[str, Any]:
    """One judgement as the native record has it."""
    given = row.judgement
    return {
        "schema_version": SCHEMA_VERSION,
        **head(out, row),
        "payload": dict(given.payload),
        "comment": given.comment,
        "value": given.value,
        "fields": dict(row.fields),
        "meta": dict(row.meta),
        **tail(row),
        # An item's prompt and outputs are fields of it.
        "prompt": None if row.fields else given.prompt,
        "output": None if row.fields else given.output,
        "outputs": {} if row.fields else dict(given.outputs),
        "systems": dict(given.systems),
        "slices": dict(row.asked.get("slices") or NOTHING),
    }


def head(out: Outgoing, row: Row) -> dict[str, Any]:
    """Who said it of what, when, and under which conditions."""
    given, is_said = row.judgement, row.source == PEOPLE
    lead = given.lead_time
    return {
        "feedback_id": given.feedback_id or None,
        "kind": given.kind,
        "item_id": given.item_id,
        "interaction_id": given.interaction_id,
        "annotator_id": out.raters.called(given.annotator) if is_said else None,
        "created_at": rfc3339(given.created_at) if is_said else None,
        "task_id": out.settings.task if given.item_id is not None else None,
        "guideline_version": given.guideline_version,
        "model_version": row.model_version,
        "prediction": given.prediction,
        "lead_time_s": None if lead is None else round(lead, MILLISECONDS),
        "is_gold": given.is_gold,
    }


def tail(row: Row) -> dict[str, Any]:
    """How the row came about."""
    asked: Mapping[str, Any] = row.asked
    told = {name: asked.get(name) for name in _ASKED}
    if told["suggestion_shown"] is not None:
        told["suggestion_shown"] = bool(told["suggestion_shown"])
    return {
        "share": row.share,
        **told,
        "asked_by_model": asked.get("model_version") if row.judgement.item_id else None,
        "shown_at": rfc3339(asked.get("shown_at")),
        "answered_at": rfc3339(asked.get("answered_at")),
        "received_at": rfc3339(asked.get("received_at")),
        "source": row.source,
        "confidence": row.confidence,
    }


HEAD = {
    "feedback_id": maybe("string"),
    "kind": {"type": "string"},
    "item_id": maybe("string"),
    "interaction_id": maybe("string"),
    "annotator_id": maybe("string"),
    "created_at": maybe("string", **TIME),
    "task_id": maybe("string"),
    "guideline_version": maybe("integer"),
    "model_version": maybe("string"),
    "prediction": {},
    "lead_time_s": maybe("number"),
    "is_gold": {"type": "boolean"},
}
TAIL = {
    "share": maybe("string", enum=["pool", "audit", None]),
    "strategy": maybe("string"),
    "score": maybe("number"),
    "rank": maybe("integer"),
    "suggestion_shown": maybe("boolean"),
    "asked_by_model": maybe("integer"),
    "shown_at": maybe("string", **TIME),
    "answered_at": maybe("string", **TIME),
    "received_at": maybe("string", **TIME),
    "source": {"enum": ["people", "model"]},
    "confidence": maybe("number"),
}


def schema(_out: Outgoing) -> dict[str, Any]:
    """The JSON Schema of a line."""
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    return an_object(
        {
            "schema_version": {"const": SCHEMA_VERSION},
            **HEAD,
            "payload": {"type": "object"},
            "comment": maybe("string"),
            "value": {},
            "fields": {"type": "object"},
            "meta": {"type": "object"},
            **TAIL,
            "prompt": maybe("string"),
            "output": maybe("string"),
            "outputs": texts,
            "systems": texts,
            "slices": texts,
        }
    )


FORMAT = Format(
    name="jsonl",
    suffix=".jsonl",
    media_type="application/jsonl",
    what="the native record, a judgement a line",
    records=records,
    encoder=lambda _out: lambda file: Jsonl(file.write),
    schema=schema,
    has_pre_labels=True,
    loads="json",
)
