"""Argilla 2: records with responses and suggestions, and the settings of a data set for them.

As `Record.to_dict` of argilla writes them (argilla-io/argilla, `records/_resource.py`). What has no
place there (when, how long, a comment) stands in the metadata `answers`, JSON in a text each.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from loop.exports import controls, outgoing
from loop.exports.choice import rfc3339
from loop.exports.form import Format, Made, maybe
from loop.exports.native import MILLISECONDS
from loop.exports.outgoing import Case, Outgoing, Row
from loop.exports.raters import Raters
from loop.exports.sinks import JsonArray
from loop.settings import Settings
from loop.store.log import IMPORT

SETTINGS = "settings.json"
ANSWERS, GOLD = "answers", "gold"  # metadata of ours
SUBMITTED, DISCARDED = "submitted", "discarded"


def user_id(raters: Raters, name: str) -> str:
    """A person as Argilla knows them: a UUID, here their number."""
    return str(uuid.UUID(int=raters.number(name)))


def records(out: Outgoing) -> Iterator[Made]:
    """A record of each item that has an answer, or is gold."""
    called = controls.names(out.settings.columns)
    for case in outgoing.by_item(out):
        yield Made(outgoing.key_of(case.fields), "record", _record(out, case, called))


def _record(out: Outgoing, case: Case, called: Mapping[str, str]) -> dict[str, Any]:
    responses = [_response(out, row) for row in case.rows]
    metadata = {name: value for name, value in case.meta.items() if value is not None}
    metadata[ANSWERS] = [_packed(_told(out, row)) for row in case.rows]
    if case.gold is not None:
        metadata[GOLD] = _packed(_decided(out, case.gold))
    return {
        "id": case.item_id,
        "fields": {
            name: _text(case.fields[column])
            for column, name in called.items()
            if case.fields.get(column) is not None
        },
        "metadata": metadata,
        "suggestions": _suggestions(out, case.rows),
        "responses": {controls.ANSWER: responses} if responses else {},
        "vectors": {},
        "status": "completed" if responses else "pending",
        "_server_id": None,
    }


def _response(out: Outgoing, row: Row) -> dict[str, Any]:
    given = row.judgement
    return {
        "value": None if given.value is None else written(out.settings, given.value),
        "user_id": user_id(out.raters, given.annotator),
        "status": DISCARDED if given.value is None else SUBMITTED,
    }


def _suggestions(out: Outgoing, answers: Any) -> dict[str, Any]:
    """The newest that a model of askwell's had: Argilla keeps one."""
    for row in reversed(answers):
        if (said := row.judgement.prediction) is not None:
            agent = f"askwell model {row.asked['model_version']}"
            told = {"value": written(out.settings, said), "score": None, "agent": agent}
            return {controls.ANSWER: told}
    return {}


def _told(out: Outgoing, row: Row) -> dict[str, Any]:
    given, asked = row.judgement, row.asked
    lead = None if given.lead_time is None else round(given.lead_time, MILLISECONDS)
    shown = asked["suggestion_shown"]
    told = {
        "user_id": user_id(out.raters, given.annotator),
        "mark": controls.mark(given.value),
        # Ids of what came with the data are made up anew by every project.
        "id": given.feedback_id if given.annotator != IMPORT else None,
        "kind": given.kind if given.value is None else None,
        "created_at": rfc3339(given.created_at),
        "lead_time": lead,
        "comment": given.comment,
        "order": asked["shown_order"],
        "suggestion": asked["suggestion"],
        "suggestion_shown": None if shown is None else bool(shown),
        "model_version": asked["model_version"] or None,  # 0 is before the first
    }
    return {name: value for name, value in told.items() if value is not None}


def _decided(out: Outgoing, gold: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        "value": written(out.settings, out.settings.now(gold["value"])),
        "user_id": user_id(out.raters, gold["annotator"]),
        "created_at": rfc3339(gold["received_at"]),
        "comment": gold["comment"],
    }
    return {name: value for name, value in told.items() if value is not None}


def written(settings: Settings, value: Any) -> Any:
    """An answer as the value of a response."""
    return int(value) if controls.is_stars(settings) else value


def question(settings: Settings) -> dict[str, Any]:
    """The question of the task."""
    options = [{"value": name, "text": name, "description": None} for name in settings.classes]
    told: dict[str, Any] = {"type": "label_selection", "options": options}
    if settings.task == "multilabel":
        told = {"type": "multi_label_selection", "options": options, "options_order": "natural"}
    elif settings.task == "rank":
        told = {"type": "ranking", "options": options}
    elif settings.task in {"correct", "write"}:
        told = {"type": "text", "use_markdown": False}
    elif controls.is_stars(settings):
        told = {"type": "rating", "options": [{"value": int(name)} for name in settings.classes]}
    what = {"name": controls.ANSWER, "title": "Answer", "description": None, "required": False}
    return what | {"settings": told}


def _settings(out: Outgoing) -> dict[str, Any]:
    """What `argilla.Settings.from_json` reads."""
    settings = out.settings
    fields = [
        {
            "name": name,
            "title": column,
            "required": False,
            "description": None,
            "settings": {"type": "image"}
            if settings.kinds[column] == "image"
            else {"type": "text", "use_markdown": False},
        }
        for column, name in controls.names(settings.columns).items()
    ]
    return {
        "guidelines": None,
        "questions": [question(settings)],
        "fields": fields,
        "vectors": [],
        "metadata": [],
        "allow_extra_metadata": True,
        "distribution": {"strategy": "overlap", "min_submitted": settings.overlap},
        "mapping": None,
    }


def _text(cell: Any) -> str:
    return cell if isinstance(cell, str) else json.dumps(cell)


def _packed(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False)


def _schema(_out: Outgoing) -> dict[str, Any]:
    """The schema of a record."""
    response = {
        "type": "object",
        "required": ["value", "user_id"],
        "properties": {"user_id": {"type": "string", "format": "uuid"}},
    }
    properties = {
        "id": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
        "metadata": {"type": "object"},
        "suggestions": {"type": "object"},
        "responses": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": response},
        },
        "vectors": {"type": "object"},
        "status": {"enum": ["pending", "completed"]},
        "_server_id": maybe("string"),
    }
    return {"type": "object", "properties": properties, "required": [*properties]}


FORMAT = Format(
    name="argilla",
    suffix=".json",
    media_type="application/json",
    what="records of Argilla with their responses",
    records=records,
    encoder=lambda _out: lambda file: JsonArray(file.write),
    schema=_schema,
    beside=lambda out: {SETTINGS: json.dumps(_settings(out), indent=2, ensure_ascii=False) + "\n"},
    stem="records",
    number_of=user_id,
)
