"""Multi-label: each item is of any number of classes. None of them is an answer like any other."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# No probabilities: those are one distribution over the classes; here every class has its own.
GIVES = frozenset({"labels", "memory", "multi-label"})
STRATEGY = "random"
START = "typiclust"
TAIL = "random"
SEPARATOR: str | None = "|"


def misfit(value: Any, classes: Sequence[str]) -> str | None:
    """Why *value* is no list of distinct classes, or None."""
    if not isinstance(value, list):
        return f"this project wants a list of classes, which may be empty, not {value!r}"
    if unknown := [name for name in value if name not in classes]:
        return f"there is no class {unknown[0]!r}: this project has {', '.join(classes)}"
    if len(set(value)) < len(value):
        twice = next(name for i, name in enumerate(value) if name in value[:i])
        return f"the class {twice!r} is named twice"
    return None


def ordered(value: Any, classes: Sequence[str]) -> Any:
    """The list in the project's order, so that the same answer is always the same value."""
    if misfit(value, classes):
        return value
    return [name for name in classes if name in value]


def read(cell: Any) -> list[str]:
    """Classes between `|`, or a list of them; a `|` alone is none of them."""
    parts = cell if isinstance(cell, list) else str(cell).split("|")
    return [str(part).strip() for part in parts if str(part).strip()]


def write(value: Any) -> Any:
    """The classes, joined by `|`; a `|` alone is none of them, as an empty cell is no answer."""
    return "|".join(value) or "|" if isinstance(value, list) else value


def named(value: Any) -> tuple[str, ...]:
    """All classes of the list."""
    return tuple(value)


def targets(values: Sequence[Any], classes: Sequence[str]) -> NDArray[Any]:
    """The indicator matrix, shape (n, n_classes): 1 where the item is of the class."""
    return np.array([[name in value for name in classes] for value in values], dtype=np.int8)
