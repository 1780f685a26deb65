"""askwell's own records: version 1.0, and `askwell-annotations-1` of exports before it."""

from collections.abc import Iterable, Mapping
from typing import Any

from loop import tasks
from loop.exports.outgoing import PRE_LABEL
from loop.foreign.brought import LABEL, BadRow, Beginning, Brought, Said, an, lead, moment
from loop.store.log import JUDGEMENTS
from loop.tasks.judgement import SCHEMA_VERSION

TOOL = "askwell"
BEFORE = "askwell-annotations-1"
_OF_ITEM, _OF_META = "field_", "meta_"
_SENT = ("prompt", "output", "outputs", "systems", "slices", "model_version", "comment")


def is_one(element: Any) -> bool:
    """Whether a line is a judgement of ours."""
    if not isinstance(element, dict):
        return False
    is_new = {"schema_version", "feedback_id", "payload", "item_id"} <= element.keys()
    return is_new or element.get("schema") == BEFORE


def is_judgement(element: Mapping[str, Any]) -> bool:
    """Whether it is a person's, about an item or an interaction."""
    return element.get("kind") != PRE_LABEL


def item(element: Mapping[str, Any], where: str) -> Brought:
    """A line about an item, as the item with what was said of it. Raises `BadRow`."""
    given = _renamed(element) if element.get("schema") == BEFORE else element
    if (version := given.get("schema_version")) != SCHEMA_VERSION:
        raise BadRow(f"this askwell reads version {SCHEMA_VERSION}, not {version!r}")
    if given["item_id"] is None:
        raise BadRow("it names neither an item nor an interaction")
    kind = given["kind"]
    said = Said(
        where,
        kind if kind in JUDGEMENTS[1:] else LABEL,
        given["annotator_id"],
        given["value"],
        given["feedback_id"],
        moment(given.get("answered_at") or given.get("created_at")),
        lead(given.get("lead_time_s")),
        given.get("comment"),
        an(dict, given.get("payload") or {}, "payload").get("order"),
        given.get("prediction"),
        given.get("suggestion_shown"),
        given.get("asked_by_model"),
    )
    return Brought(where, given["item_id"], given["fields"], given["meta"], [said])


def sent(element: Mapping[str, Any], _where: str) -> dict[str, Any]:
    """A line about an interaction, as an application would send it. Raises `BadRow`."""
    payload = an(dict, element.get("payload") or {}, "payload")
    moment(element.get("created_at"))
    known = {name: element[name] for name in _SENT if element.get(name)}
    options = {name: payload[name] for name in ("scale", "changes", "order") if name in payload}
    value = element.get("value")
    if element.get("kind") == "rating" and isinstance(value, str):
        value = payload.get("rating", value)
    if not element.get("outputs"):
        options.pop("order", None)
    return (
        known
        | options
        | {
            "schema_version": element.get("schema_version"),
            "feedback_id": element.get("feedback_id"),
            "kind": element.get("kind"),
            "interaction_id": element.get("interaction_id"),
            "annotator": element.get("annotator_id"),
            "created_at": element.get("created_at"),
            "value": value,
        }
    )


def grouped(items: Iterable[Brought]) -> list[Brought]:
    """One of each item, with all that was said of it."""
    found: dict[str | None, Brought] = {}
    for one in items:
        before = found.get(one.id)
        found[one.id] = one if before is None else _joined(before, one)
    return list(found.values())


def _joined(one: Brought, two: Brought) -> Brought:
    return Brought(one.where, one.id, one.fields, one.meta, [*one.said, *two.said])


def begin(elements: Iterable[Mapping[str, Any]]) -> Beginning:
    """By its first item, and the classes that are named."""
    of_items = [_plain(one) for one in elements if one.get("item_id") is not None]
    if not of_items:
        return Beginning(())
    name = of_items[0].get("task_id") or "classify"
    task = tasks.get(name)
    values = [one["value"] for one in of_items if one["value"] is not None]
    classes = tuple(dict.fromkeys(c for value in values for c in task.named(value)))
    scales = [one["payload"].get("scale") for one in of_items if one.get("payload")]
    scale = next((tuple(scale) for scale in scales if scale), None)
    return Beginning(
        tuple(of_items[0]["fields"]),
        task=name,
        classes=classes if task.classes is None else (),
        scale=scale,
    )


def _plain(one: Mapping[str, Any]) -> Mapping[str, Any]:
    return _renamed(one) if one.get("schema") == BEFORE else one


def _renamed(one: Mapping[str, Any]) -> dict[str, Any]:
    """A record of before as one of now."""
    at, shown = moment(one.get("answered_at")), moment(one.get("shown_at"))
    value = one.get("value")
    return {
        "schema_version": SCHEMA_VERSION,
        "feedback_id": one.get("answer_id"),
        "item_id": one.get("item_id"),
        "kind": one.get("kind"),
        "task_id": "multilabel" if isinstance(value, list) else None,
        "annotator_id": one.get("annotator"),
        "value": value,
        "payload": {},
        "created_at": one.get("answered_at") or one.get("received_at"),
        "lead_time_s": None if at is None or shown is None else at - shown,
        "comment": one.get("comment"),
        "prediction": one.get("suggestion"),
        "suggestion_shown": one.get("suggestion_shown"),
        "asked_by_model": one.get("model_version"),
        "fields": _part(one, _OF_ITEM),
        "meta": _part(one, _OF_META),
    }


def _part(one: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): cell for name, cell in one.items() if name.startswith(prefix)
    }
