"""Records of Argilla 2, as its SDK writes them (`to_json`) and as askwell does."""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from loop.exports.argilla import ANSWERS, DISCARDED, GOLD, SETTINGS
from loop.exports.controls import mark
from loop.exports.raters import BITS
from loop.foreign.brought import LABEL, BadRow, Beginning, Brought, Gold, Said, an, lead, moment

TOOL, BESIDE = "argilla", SETTINGS
_TASKS = {
    "label_selection": "classify",
    "multi_label_selection": "multilabel",
    "rating": "rate",
    "ranking": "rank",
    "text": "write",
}
_DRAFT = "draft"


def is_one(element: Any) -> bool:
    """Whether an element of an array is a record."""
    return isinstance(element, dict) and "fields" in element and "responses" in element


def item(element: Mapping[str, Any], where: str) -> Brought:
    """A record as an item with what was said of it. Raises `BadRow`."""
    fields = an(dict, element["fields"], "fields")
    metadata = dict(an(dict, element.get("metadata") or {}, "metadata"))
    told = {one.get("user_id"): one for one in _unpacked(metadata.pop(ANSWERS, []))}
    gold = [_gold(one, where) for one in _unpacked([metadata.pop(GOLD, "null")]) if one]
    responses = an(dict, element["responses"] or {}, "responses")
    if len(responses) > 1:
        raise BadRow(f"it answers {len(responses)} questions; askwell asks one")
    said = [
        _said(one, told.get(one.get("user_id"), {}), where)
        for answers in responses.values()
        for one in an(list, answers, "responses")
        if one.get("status") != _DRAFT
    ]
    id_ = element.get("id")
    return Brought(
        where,
        None if id_ is None else str(id_),
        fields,
        metadata,
        said,
        gold[0] if gold else None,
    )


def _said(one: Mapping[str, Any], more: Mapping[str, Any], where: str) -> Said:
    is_skip = one.get("status") == DISCARDED
    value = None if is_skip else _value(one.get("value"))
    if more.get("mark") not in {mark(value), mark(str(value))}:
        more = {}  # somebody changed it there: another answer
    who = _who(one)
    if who == 0 and not more:  # the import's, of whom the metadata tells
        raise BadRow("user_id is that of nobody")
    return Said(
        where,
        more.get("kind", "skip") if is_skip else LABEL,
        who,
        value,
        more.get("id"),
        moment(more.get("created_at")),
        lead(more.get("lead_time")),
        **{
            name: more.get(name)
            for name in ("comment", "order", "suggestion", "suggestion_shown", "model_version")
        },
    )


def _gold(told: Mapping[str, Any], where: str) -> Gold:
    at = moment(told.get("created_at"))
    return Gold(where, _who(told), _value(told.get("value")), at, told.get("comment"))


def _who(one: Mapping[str, Any]) -> int | str:
    """A user by their number, where their UUID is one of ours, else by the UUID."""
    try:
        found = uuid.UUID(str(one.get("user_id")))
    except ValueError as why:
        raise BadRow(f"user_id is {one.get('user_id')!r:.60}, not a UUID") from why
    return found.int if found.int < 1 << BITS else str(found)


def _value(value: Any) -> Any:
    """A value; of a ranking the names alone, as the server has them with their ranks."""
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        places = sorted(value, key=lambda one: one.get("rank") or 0)
        return [one.get("value") for one in places]
    return value


def _unpacked(texts: Sequence[str]) -> list[Any]:
    try:
        return [json.loads(text) for text in texts]
    except (TypeError, ValueError) as why:
        raise BadRow(f"its metadata {ANSWERS!r} or {GOLD!r} is not askwell's: {why}") from why


def begin(elements: Sequence[Mapping[str, Any]]) -> Beginning:
    """By what is in the file."""
    columns = tuple(elements[0]["fields"]) if elements else ()
    values = [
        _value(one.get("value"))
        for element in elements
        for answers in (element.get("responses") or {}).values()
        for one in answers
        if one.get("value") is not None
    ]
    lists = [value for value in values if isinstance(value, list)]
    if lists:
        return Beginning(columns, task="multilabel", classes=_found(lists))
    if values and all(isinstance(value, int) for value in values):
        return Beginning(columns, task="rate")
    return Beginning(columns, task="classify", classes=_found([values]))


def _found(lists: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(name) for one in lists for name in one))


def begin_beside(text: str, _elements: Sequence[Mapping[str, Any]]) -> Beginning:
    """By the settings beside the file."""
    told = json.loads(text)
    question = told["questions"][0]["settings"]
    columns = tuple(one.get("title") or one["name"] for one in told["fields"])
    kinds = {one["settings"]["type"] for one in told["fields"]}
    modality = "image" if kinds == {"image"} else "text"
    options = tuple(one["value"] for one in question.get("options", []))
    task = _TASKS.get(question["type"])
    if task == "rate":
        return Beginning(columns, modality, task, scale=(min(options), max(options)))
    if set(options) == {"up", "down"}:
        return Beginning(columns, modality, "thumbs")
    if set(options) == {"a", "b", "tie", "both-bad"}:
        return Beginning(columns, modality, "compare")
    if task in {"rank", "write"}:
        is_correct = task == "write" and "output" in columns
        return Beginning(columns, modality, "correct" if is_correct else task)
    return Beginning(columns, modality, task, options)
