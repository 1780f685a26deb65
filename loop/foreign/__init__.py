"""Files of other labeling tools, and our own, with what people said: known by their content."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from loop.dataset import MOST_PROBLEMS
from loop.errors import DataError
from loop.foreign import argilla, label_studio, native
from loop.foreign.brought import BadRow, Beginning, ForeignFile
from loop.formats.json_lines import rows as lines
from loop.formats.row import text_of

__all__ = ["ForeignFile", "read"]

_ARRAYS = {module.TOOL: module for module in (label_studio, argilla)}
Element = Mapping[str, Any]
T = TypeVar("T")


def read(path: Path) -> ForeignFile | None:
    """All of a file that says what people said; None of any other. Raises `DataError`."""
    if not path.is_file():
        return None
    if path.suffix.lower() == ".json":
        return _array(path)
    if path.suffix.lower() in {".jsonl", ".ndjson"} and native.is_one(_first(path)):
        return _native(path)
    return None


def _first(path: Path) -> Any:
    return next((row.values for row in lines(path)), None)


def _array(path: Path) -> ForeignFile:
    with text_of(path) as text:
        try:
            elements = json.load(text)
        except UnicodeDecodeError:
            raise  # which `text_of` puts in words
        except (ValueError, RecursionError) as why:  # numbers or brackets without end, too
            raise DataError(path, [f"not JSON: {why}"]) from why
    known = "tasks of Label Studio, or records of Argilla"
    if not isinstance(elements, list) or not elements:
        raise DataError(path, [f"not an array of {known}"])
    for tool, module in _ARRAYS.items():
        if module.is_one(elements[0]):
            items = _each(path, enumerate(elements, start=1), module.is_one, module.item)
            return ForeignFile(path, tool, items, lambda: _begun(path, module, elements))  # noqa: B023 - of the tool that it returns
    raise DataError(path, [f"its first element is none of the {known}: {elements[0]!r:.80}"])


def _begun(path: Path, tool: Any, elements: Sequence[Element]) -> Beginning:
    """What a new project would be, by the settings beside the file, else by what is in it."""
    beside = path.parent / tool.BESIDE
    told = beside if beside.is_file() else path
    try:
        if told == path:
            return tool.begin(elements)
        return tool.begin_beside(beside.read_text("utf-8"), elements)
    except (AttributeError, LookupError, SyntaxError, TypeError, ValueError) as why:
        raise DataError(
            told, [f"it does not tell what is asked as {tool.TOOL} has it: {why}"]
        ) from why


def _native(path: Path) -> ForeignFile:
    rows = [(int(row.where.removeprefix("line ")), row.values) for row in lines(path)]
    given = [(n, one) for n, one in rows if native.is_judgement(one)]
    of_items = [(n, one) for n, one in given if one.get("interaction_id") is None]
    others = [(n, one) for n, one in given if one.get("interaction_id") is not None]
    items = _each(path, of_items, native.is_one, native.item, "line")
    feedback = _each(path, others, native.is_one, native.sent, "line")
    return ForeignFile(
        path,
        native.TOOL,
        native.grouped(items),
        lambda: native.begin(one for _, one in of_items),
        feedback,
        names=True,
        not_taken=len(rows) - len(given),
    )


def _each(
    path: Path,
    elements: Any,
    is_one: Callable[[Any], bool],
    item: Callable[[Element, str], T],
    called: str = "element",
) -> list[T]:
    """What the elements of a file are. Raises `DataError` naming everything that is none."""
    found: list[T] = []
    problems: list[str] = []
    for n, element in elements:
        where = f"{called} {n}"
        try:
            found.append(item(_one(is_one, element), where))
        except BadRow as why:
            problems.append(f"{where}: {why}")
        except (AttributeError, KeyError, RecursionError, TypeError) as why:
            problems.append(f"{where}: it is not as the format has it: {why!r}")
        if len(problems) >= MOST_PROBLEMS:
            break
    if problems:
        raise DataError(path, problems)
    return found


def _one(is_one: Callable[[Any], bool], element: Any) -> Any:
    if not is_one(element):
        raise BadRow(f"it is not like the first: {element!r:.60}")
    try:
        json.dumps(element, ensure_ascii=False).encode()
    except UnicodeEncodeError as why:
        raise BadRow("it holds half of a character, which is no text") from why
    return element
