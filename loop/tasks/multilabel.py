"""Multi-label: each item is of any number of classes. None of them is an answer like any other."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop.tasks.classify import Label, payload, trains
from loop.tasks.task import Task

BETWEEN = "|"


def _misfit(value: Any, classes: Sequence[str]) -> str | None:
    if not isinstance(value, list):
        return f"this project wants a list of classes, which may be empty, not {value!r}"
    if unknown := [name for name in value if name not in classes]:
        return f"there is no class {unknown[0]!r}: this project has {', '.join(classes)}"
    if len(set(value)) < len(value):
        twice = next(name for i, name in enumerate(value) if name in value[:i])
        return f"the class {twice!r} is named twice"
    return None


def _ordered(value: Any, classes: Sequence[str]) -> Any:
    """The list in the project's order, so that the same answer is always the same value."""
    if _misfit(value, classes):
        return value
    return [name for name in classes if name in value]


def _read(cell: Any) -> list[str]:
    """Classes between `|`, or a list of them; a `|` alone is none of them."""
    parts = cell if isinstance(cell, list) else str(cell).split(BETWEEN)
    return [str(part).strip() for part in parts if str(part).strip()]


def _write(value: Any) -> Any:
    """The classes, joined by `|`; a `|` alone is none of them, as an empty cell is no answer."""
    return BETWEEN.join(value) or BETWEEN if isinstance(value, list) else value


def _targets(values: Sequence[Any], classes: Sequence[str]) -> NDArray[Any]:
    """The indicator matrix, shape (n, n_classes): 1 where the item is of the class."""
    return np.array([[name in value for name in classes] for value in values], dtype=np.int8)


TASK = Task(
    name="multilabel",
    kind="label",
    what="give each item any number of classes",
    shown_as="sets",
    feedback=Label,
    misfit=_misfit,
    named=tuple,
    trains=trains,
    ordered=_ordered,
    payload=payload,
    read=_read,
    write=_write,
    targets=_targets,
    # No probabilities: those are one distribution over the classes; here each has its own.
    gives=frozenset({"labels", "memory", "multi-label"}),
    start="typiclust",
    separator=BETWEEN,
)
