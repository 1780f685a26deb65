"""Every answer that counts as one stream, wherever it was given: on the label page or elsewhere."""

from collections.abc import Iterator, Mapping
from typing import Any

from loop import sides, tasks
from loop.settings import Settings
from loop.store import Database, feedback, standings
from loop.tasks import compare, correct, rank, rate
from loop.tasks.judgement import Judgement
from loop.tasks.task import OUTPUT, PROMPT


def every(db: Database, settings: Settings, since: float = 0) -> Iterator[Judgement]:
    """All of them since a time (seconds since 1970): those about items first, oldest first."""
    for row in standings.judgements(db):
        if row["received_at"] >= since:
            yield of_item(settings, row)
    for row in feedback.standing(db, since):
        yield of_interaction(settings, row)


def of_item(settings: Settings, row: Mapping[str, Any]) -> Judgement:
    """A row of `standings.judgements`: an answer about an item."""
    task, fields, meta = tasks.get(settings.task), row["fields"], row["meta"] or {}
    is_answer = row["kind"] == "label"
    value = settings.now(row["value"]) if is_answer else None
    output = _output(settings, fields)
    made_by = {name: meta.get(column) for name, column in settings.systems.items()}
    systems = {name: str(made) for name, made in made_by.items() if made is not None}
    told = row["answered_at"] is not None and row["shown_at"] is not None
    return Judgement(
        feedback_id=row["event_id"],
        kind=task.kind if is_answer else row["kind"],
        item_id=row["item_id"],
        interaction_id=None,
        annotator=row["annotator"],
        created_at=row["answered_at"] or row["received_at"],
        value=value,
        payload=task.payload(value) | _options(settings, row, output) if is_answer else {},
        comment=row["comment"],
        prompt=None if fields.get(PROMPT) is None else str(fields[PROMPT]),
        output=output,
        outputs={name: str(fields.get(name) or "") for name in sides.outputs(settings)},
        systems={name: made for name, made in systems.items() if name != OUTPUT},
        model_version=systems.get(OUTPUT),
        guideline_version=row["guideline_version"],
        lead_time=row["answered_at"] - row["shown_at"] if told else None,
        prediction=settings.now(row["suggestion"]),
        is_gold=bool(row.get("is_gold")),
    )


def of_interaction(settings: Settings, row: Mapping[str, Any]) -> Judgement:
    """A row of `feedback.standing`: what somebody said of an interaction."""
    value, options = row["value"], row["options"]
    payload = tasks.of_kind(row["kind"]).payload(value) | options
    if row["kind"] == correct.TASK.kind and row["output"] is not None:
        payload["before"] = row["output"]
    return Judgement(
        feedback_id=row["feedback_id"],
        kind=row["kind"],
        item_id=None,
        interaction_id=row["interaction_id"],
        annotator=row["annotator"],
        created_at=row["created_at"],
        value=settings.now(value) if row["kind"] == "label" else value,
        payload=payload,
        comment=row["comment"],
        prompt=row["prompt"],
        output=row["output"],
        outputs=row["outputs"] or {},
        systems=row["systems"] or {},
        model_version=row["model_version"],
        slices=row["slices"] or {},
    )


def _output(settings: Settings, fields: Mapping[str, Any]) -> str | None:
    """What is judged, where it is one text: the field of that name, or the only one there is."""
    if settings.task in {compare.TASK.name, rank.TASK.name}:
        return None
    if OUTPUT in fields:
        return str(fields[OUTPUT])
    is_text = settings.modality == "text" and len(settings.columns) == 1
    return str(fields[settings.columns[0]]) if is_text else None


def _options(settings: Settings, row: Mapping[str, Any], output: str | None) -> dict[str, Any]:
    """What a payload has beside the value."""
    if settings.task == rate.TASK.name:
        return {"scale": list(settings.scale)}
    if settings.task == correct.TASK.name:
        return {"before": output}
    return {"order": row["shown_order"]} if row["shown_order"] else {}
