"""Label Studio: tasks with annotations and predictions, and the labeling interface for them.

The format: https://labelstud.io/guide/task_format. Who says what there has no place of its own
stands in the task's `meta`, by the id of the result, so that an import gets back what was exported:
numbers of annotations and of people are Label Studio's own once it has taken them in.
"""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from loop.exports import controls, outgoing
from loop.exports.choice import rfc3339
from loop.exports.form import TIME, Format, Made, maybe
from loop.exports.native import MILLISECONDS
from loop.exports.outgoing import Case, Outgoing, Row
from loop.exports.sinks import JsonArray
from loop.store.log import IMPORT
from loop.tasks.judgement import Judgement

CONFIG = "labeling_config.xml"
GOLD = "gold"  # the id of the result that is the right answer
SKIPS = "skip"  # the kind of an annotation that was cancelled, where none is told
_KEPT = ("suggestion", "suggestion_shown", "model_version")  # of how it came about


def records(out: Outgoing) -> Iterator[Made]:
    """A task of each item that has an answer, or is gold."""
    numbers, called = count(1), controls.names(out.settings.columns)
    for place, case in enumerate(outgoing.by_item(out), start=1):
        task = _task(out, place, case, called, numbers)
        yield Made(outgoing.key_of(case.fields), "task", task)


def _task(
    out: Outgoing, place: int, case: Case, called: Mapping[str, str], numbers: Iterator[int]
) -> dict[str, Any]:
    annotations, told = [], {}
    for row in case.rows:
        number = next(numbers)
        id_ = region(row.judgement)
        annotations.append(_annotation(out, number, row, id_ or ""))
        told[id_ or skipped(number)] = _told(out, row)
    if case.gold is not None:
        annotations.append(_gold(out, next(numbers), case.gold))
        told[GOLD] = _given(comment=case.gold["comment"])
    meta = _given(item_id=case.item_id, metadata=dict(case.meta) or None)
    return {
        "id": place,
        "data": _data(out, case, called),
        "meta": meta | {"answers": told},
        "annotations": annotations,
        "predictions": _predictions(out, case.rows),
    }


def region(given: Judgement) -> str | None:
    """The id of an answer's result, which Label Studio keeps; None of what has no result.

    Ids of what came with the data are made up anew by every project.
    """
    if given.value is None:
        return None
    return IMPORT if given.annotator == IMPORT else given.feedback_id


def skipped(number: int | str) -> str:
    """What is told of an annotation without a result goes by its number."""
    return f"#{number}"


def _data(out: Outgoing, case: Case, called: Mapping[str, str]) -> dict[str, Any]:
    """What people see."""
    data = {name: case.fields.get(column) for column, name in called.items()}
    if out.settings.task == "rank":
        data[controls.OUTPUTS] = controls.listed(out.settings, dict(case.fields))
    if out.settings.modality == "table":
        data[controls.ROW] = dict(case.fields)
    return data


def _annotation(out: Outgoing, number: int, row: Row, id_: str) -> dict[str, Any]:
    given = row.judgement
    is_answer = given.value is not None
    lead = None if given.lead_time is None else round(given.lead_time, MILLISECONDS)
    return {
        "id": number,
        "completed_by": out.raters.number(given.annotator),
        "result": controls.result(out.settings, given.value, id_) if is_answer else [],
        "was_cancelled": not is_answer,
        "ground_truth": False,
        "created_at": rfc3339(given.created_at),
        "updated_at": rfc3339(given.created_at),
        "lead_time": lead,
    }


def _gold(out: Outgoing, number: int, gold: Mapping[str, Any]) -> dict[str, Any]:
    at = rfc3339(gold["received_at"])
    return {
        "id": number,
        "completed_by": out.raters.number(gold["annotator"]),
        "result": controls.result(out.settings, out.settings.now(gold["value"]), GOLD),
        "was_cancelled": False,
        "ground_truth": True,
        "created_at": at,
        "updated_at": at,
        "lead_time": None,
    }


def _told(out: Outgoing, row: Row) -> dict[str, Any]:
    """What Label Studio has no place for, and what it may have changed when it comes back."""
    given, asked = row.judgement, row.asked
    kept = {name: asked[name] for name in _KEPT}
    kept["model_version"] = kept["model_version"] or None  # 0 is before the first model
    if kept["suggestion_shown"] is not None:
        kept["suggestion_shown"] = bool(kept["suggestion_shown"])
    return _given(
        who=out.raters.number(given.annotator),
        at=rfc3339(given.created_at),
        mark=controls.mark(given.value),
        id=given.feedback_id if given.annotator != IMPORT else None,
        kind=given.kind if given.value is None and given.kind != SKIPS else None,
        comment=given.comment,
        order=asked["shown_order"],
        **kept,
    )


def _given(**told: Any) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def _predictions(out: Outgoing, answers: Any) -> list[dict[str, Any]]:
    """What askwell's models suggested, each once."""
    found = {
        (str(row.asked["model_version"]), row.judgement.prediction): None
        for row in answers
        if row.judgement.prediction is not None
    }
    return [
        {
            "model_version": version,
            "result": controls.result(out.settings, suggestion, "suggestion"),
        }
        for version, suggestion in found
    ]


def _schema(out: Outgoing) -> dict[str, Any]:
    """The schema of a task."""
    results = {"type": "array", "items": {"type": "object"}}
    annotation = {
        "id": {"type": "integer"},
        "completed_by": {"type": "integer"},
        "result": results,
        "was_cancelled": {"type": "boolean"},
        "ground_truth": {"type": "boolean"},
        "created_at": {"type": "string", **TIME},
        "updated_at": {"type": "string", **TIME},
        "lead_time": maybe("number"),
    }
    prediction = {"model_version": {"type": "string"}, "result": results}
    return _object(
        {
            "id": {"type": "integer"},
            "data": {
                "type": "object",
                "required": [*controls.names(out.settings.columns).values()],
            },
            "meta": {"type": "object"},
            "annotations": {"type": "array", "items": _object(annotation)},
            "predictions": {"type": "array", "items": _object(prediction)},
        }
    )


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties]}


def _beside(out: Outgoing) -> dict[str, str]:
    """The labeling interface."""
    return {CONFIG: controls.labeling_config(out.settings)}


FORMAT = Format(
    name="label-studio",
    suffix=".json",
    media_type="application/json",
    what="tasks of Label Studio with their annotations",
    records=records,
    encoder=lambda _out: lambda file: JsonArray(file.write),
    schema=_schema,
    beside=_beside,
    stem="tasks",
    number_of=lambda raters, name: str(raters.number(name)),
)
