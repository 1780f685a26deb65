"""Answers as Label Studio and Argilla have them, by kind of task; `loop.foreign` reads them back.

Each task is one question, `answer`. Pairwise has no tie, so ties are a question beside it.
"""

import json
import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any
from xml.sax.saxutils import quoteattr

from loop import sides
from loop.settings import Settings
from loop.tasks import compare

ANSWER, UNDECIDED, OUTPUTS, ROW = "answer", "undecided", "outputs", "row"
MOST_STARS = 10  # more are no rating in these tools, but choices
_LEFT, _RIGHT = "left", "right"
_OBJECTS = {"text": "Text", "image": "Image", "audio": "Audio", "video": "Video"}


def names(columns: Sequence[str]) -> dict[str, str]:
    """Each column's name in tools that take letters, digits and underscores only."""
    found: dict[str, str] = {}
    taken = {ANSWER, UNDECIDED, OUTPUTS, ROW}
    for column in columns:
        name = re.sub(r"\W", "_", column, flags=re.ASCII) or "_"
        while name in taken:
            name += "_"
        found[column] = name
        taken.add(name)
    return found


def is_stars(settings: Settings) -> bool:
    """Whether the scale is one that can be shown as stars: from 1."""
    low, high = settings.scale
    return settings.task == "rate" and low == 1 and high <= MOST_STARS


def labeling_config(settings: Settings) -> str:
    """The labeling interface of a Label Studio project that takes the tasks of an export."""
    called = names(settings.columns)
    if settings.modality == "table":
        objects, about = [_tag("Table", name=ROW, value=f"${ROW}")], ROW
    else:
        objects = [
            _tag(_OBJECTS[settings.kinds[column]], name=name, value=f"${name}")
            for column, name in called.items()
        ]
        about = called[settings.columns[0]]
    if settings.task == "rank":
        objects.append(_tag("List", name=OUTPUTS, value=f"${OUTPUTS}", title="Outputs"))
    controls = _controls(settings, about, called)
    return "\n".join(["<View>", *(f"  {line}" for line in [*objects, *controls]), "</View>\n"])


def _controls(settings: Settings, about: str, called: dict[str, str]) -> list[str]:
    task = settings.task
    if task == compare.TASK.name:
        both = f"{called[compare.A]},{called[compare.B]}"
        pair = _tag("Pairwise", name=ANSWER, toName=both)
        return [pair, *_choices(compare.UNDECIDED, UNDECIDED, called[compare.A])]
    if task == "rank":
        return [_tag("Ranker", name=ANSWER, toName=OUTPUTS)]
    if task in {"correct", "write"}:
        start = {"value": f"${about}"} if task == "correct" else {}
        return [_tag("TextArea", name=ANSWER, toName=about, maxSubmissions="1", **start)]
    if is_stars(settings):
        return [_tag("Rating", name=ANSWER, toName=about, maxRating=str(settings.scale[1]))]
    several = {"choice": "multiple"} if task == "multilabel" else {"choice": "single"}
    return _choices(settings.classes, ANSWER, about, **several)


def _choices(classes: Sequence[str], name: str, about: str, **more: str) -> list[str]:
    lines = [f"  {_tag('Choice', value=one)}" for one in classes]
    head = _tag("Choices", name=name, toName=about, **more).replace("/>", ">")
    return [head, *lines, "</Choices>"]


def _tag(tag: str, **attributes: str) -> str:
    told = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag} {told}/>"


def mark(value: Any) -> str:
    """What an answer is known again by: whether somebody changed it in the other tool."""
    return blake2b(json.dumps(value).encode(), digest_size=6).hexdigest()


def result(settings: Settings, value: Any, id_: str) -> list[dict[str, Any]]:
    """An answer as the result of an annotation; its id stays what it is in Label Studio."""
    called, task, name = names(settings.columns), settings.task, ANSWER
    about = ROW if settings.modality == "table" else called[settings.columns[0]]
    told: dict[str, Any]
    if task == compare.TASK.name:
        about = called[compare.A]
        if value in compare.UNDECIDED:
            name, kind, told = UNDECIDED, "choices", {"choices": [value]}
        else:
            kind, told = "pairwise", {"selected": _LEFT if value == compare.A else _RIGHT}
    elif task == "rank":
        about, kind, told = OUTPUTS, "ranker", {"ranker": {ANSWER: value}}
    elif task in {"correct", "write"}:
        kind, told = "textarea", {"text": [value]}
    elif is_stars(settings):
        kind, told = "rating", {"rating": int(value)}
    else:
        kind, told = "choices", {"choices": value if isinstance(value, list) else [value]}
    return [{"id": id_, "from_name": name, "to_name": about, "type": kind, "value": told}]


def value_of(result: dict[str, Any]) -> Any:
    """An answer from one result, of any labeling interface: a text, a number or a list.

    Raises `ValueError` for a kind of result that is no answer of any task here.
    """
    kind, told = result["type"], result["value"]
    if kind == "choices":
        return list(told["choices"])
    if kind == "rating":
        if told["rating"] != int(told["rating"]):
            raise ValueError(f"{told['rating']!r:.60} is no whole number of stars")
        return int(told["rating"])
    if kind == "textarea":
        text = told["text"]
        return text if isinstance(text, str) else "\n".join(text)
    if kind == "pairwise":
        return {_LEFT: compare.A, _RIGHT: compare.B}[told["selected"]]
    if kind == "ranker":
        ranker = told["ranker"]
        return list(ranker if isinstance(ranker, list) else next(iter(ranker.values())))
    raise ValueError(f"results of the type {kind!r} are of no task of askwell")


def listed(settings: Settings, fields: dict[str, Any]) -> list[dict[str, Any]]:
    """The outputs to rank, as Label Studio lists them."""
    return [
        {"id": name, "title": name, "body": str(fields.get(name) or "")}
        for name in sides.outputs(settings)
    ]
