"""Tasks of Label Studio, as it exports them (JSON) and as askwell does."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from loop.exports.controls import OUTPUTS, ROW, UNDECIDED, mark, value_of
from loop.exports.label_studio import CONFIG, GOLD, skipped
from loop.foreign.brought import LABEL, BadRow, Beginning, Brought, Gold, Said, an, lead, moment

TOOL, BESIDE = "label-studio", CONFIG
_OBJECTS = {"Text": "text", "Image": "image", "Audio": "audio", "Video": "video", "Table": "table"}
_TASKS = {"choices": "classify", "rating": "rate", "textarea": "write", "pairwise": "compare"}
_TASKS["ranker"] = "rank"


def is_one(element: Any) -> bool:
    """Whether an element of an array is a task."""
    return isinstance(element, dict) and isinstance(element.get("data"), dict)


def item(element: Mapping[str, Any], where: str) -> Brought:
    """A task as an item with what was said of it. Raises `BadRow`."""
    data = an(dict, element["data"], "data")
    meta = an(dict, element.get("meta") or {}, "meta")
    told = an(dict, meta.get("answers") or {}, "answers in meta")
    said, gold = [], None
    for one in an(list, element.get("annotations") or [], "annotations"):
        if one.get("ground_truth"):
            value, who, at = _value(one), _who(one), moment(one.get("created_at"))
            gold = Gold(where, who, value, at, (told.get(GOLD) or {}).get("comment"))
        else:
            said.append(_said(one, told, where))
    fields = data.get(ROW) if isinstance(data.get(ROW), dict) else data
    id_ = meta.get("item_id")
    return Brought(where, id_, fields or data, meta.get("metadata") or {}, said, gold)


def _said(one: Mapping[str, Any], told: Mapping[str, Any], where: str) -> Said:
    is_skip = bool(one.get("was_cancelled"))
    value = None if is_skip else _value(one)
    more = _known(one, told, value)
    changed = one.get("updated_at") or one.get("created_at")
    return Said(
        where,
        more.get("kind", "skip") if is_skip else LABEL,
        more["who"] if more else _who(one),
        value,
        more.get("id"),
        moment(more.get("at", changed)),
        lead(one.get("lead_time")),
        **{
            name: more.get(name)
            for name in ("comment", "order", "suggestion", "suggestion_shown", "model_version")
        },
    )


def _known(one: Mapping[str, Any], told: Mapping[str, Any], value: Any) -> Mapping[str, Any]:
    """What askwell told of an annotation; nothing where somebody changed it, or made it there."""
    results = one.get("result") or []
    key = results[0].get("id") if results else skipped(one.get("id") or "")
    more = told.get(key) or {}
    # One choice is a text to askwell, and a list of one to Label Studio; a point is a number.
    same = [value, str(value), *(value if isinstance(value, list) and len(value) == 1 else ())]
    is_same = more.get("mark") in [mark(said) for said in same]
    return more if is_same and (results or more["at"] == one.get("created_at")) else {}


def _who(one: Mapping[str, Any]) -> int | str:
    """Its annotator: by number if they have one, which is no name."""
    who = one.get("completed_by")
    if isinstance(who, dict):
        who = who.get("id", who.get("email"))
    if isinstance(who, bool) or not isinstance(who, int | str):
        raise BadRow(f"completed_by is {who!r:.60}, neither a number nor a text")
    if who == 0:  # it is the import's, of whom `meta` tells
        raise BadRow("completed_by is 0, which nobody is")
    return who


def _value(one: Mapping[str, Any]) -> Any:
    """What an annotation answers: one result, of a kind that a task here has."""
    results = [part for part in an(list, one.get("result"), "result") if "value" in part]
    if not results:
        return []  # nothing chosen
    if len(results) > 1:
        raise BadRow(f"an annotation has {len(results)} results; askwell asks one question")
    try:
        return value_of(results[0])
    except (KeyError, TypeError, ValueError, StopIteration) as why:
        raise BadRow(f"a result cannot be read: {why}") from why


def begin(elements: Sequence[Mapping[str, Any]]) -> Beginning:
    """By what is in the file."""
    results = [
        part
        for element in elements
        for one in element.get("annotations") or []
        for part in one.get("result") or []
    ]
    kinds = {part.get("type") for part in results}
    columns = _columns(elements)
    if "pairwise" in kinds:
        return Beginning(columns, task="compare")
    kind = next((one for one in _TASKS if one in kinds), None)
    chosen = [part["value"]["choices"] for part in results if part.get("type") == "choices"]
    task = "multilabel" if any(len(one) > 1 for one in chosen) else _TASKS.get(kind or "")
    classes = tuple(dict.fromkeys(name for one in chosen for name in one))
    return Beginning(columns, task=task, classes=classes)


def _columns(elements: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What the first task shows in words."""
    data = elements[0]["data"] if elements else {}
    if isinstance(data.get(ROW), dict):
        return tuple(data[ROW])
    return tuple(name for name, value in data.items() if isinstance(value, str))


def begin_beside(text: str, elements: Sequence[Mapping[str, Any]]) -> Beginning:
    """By the labeling interface beside the file."""
    # Not defusedxml: since 2.4.1 expat itself refuses entities that grow without end.
    tags = list(ET.fromstring(text).iter())  # noqa: S314
    objects = [tag for tag in tags if tag.tag in _OBJECTS and tag.get("value", "").startswith("$")]
    columns = tuple(tag.get("value", "")[1:] for tag in objects)
    modality = _OBJECTS[objects[0].tag] if objects else "text"
    if modality == "table":
        columns = _columns(elements)
    choices = [tag for tag in tags if tag.tag == "Choice"]
    classes = tuple(tag.get("alias") or tag.get("value") or "" for tag in choices)
    control = next((tag for tag in tags if tag.tag.lower() in _TASKS), None)
    task = None if control is None else _TASKS[control.tag.lower()]
    if task == "classify" and control is not None and control.get("choice") == "multiple":
        task = "multilabel"
    if any(tag.get("name") == UNDECIDED for tag in tags) or task == "compare":
        return Beginning(columns, modality, "compare")
    if task == "write" and control is not None and control.get("value"):
        task = "correct"  # its text is there from the start
    if task == "rate" and control is not None:
        return Beginning(columns, modality, task, scale=(1, int(control.get("maxRating", "5"))))
    if task == "rank":
        return Beginning(tuple(c for c in columns if c != OUTPUTS), modality, task)
    if set(classes) == {"up", "down"}:
        return Beginning(columns, modality, "thumbs")
    return Beginning(columns, modality, task, classes if task != "write" else ())
