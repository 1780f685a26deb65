"""Classify: each item is of exactly one class."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

GIVES = frozenset({"labels", "memory", "probabilities"})
STRATEGY = "uherding"
START = "typiclust"
TAIL = "margin"
SEPARATOR: str | None = None


def misfit(value: Any, classes: Sequence[str]) -> str | None:
    """Why *value* is none of the classes, or None."""
    if value in classes:
        return None
    return f"there is no class {value!r}: this project has {', '.join(classes)}"


def ordered(value: Any, _classes: Sequence[str]) -> Any:
    """One class has no order."""
    return value


def read(cell: Any) -> str:
    """The cell is the class."""
    return str(cell).strip()


def write(value: Any) -> Any:
    """The class as it is."""
    return value


def named(value: Any) -> tuple[str, ...]:
    """The one class."""
    return (value,)


def targets(values: Sequence[Any], _classes: Sequence[str]) -> NDArray[Any]:
    """The classes by name, shape (n,)."""
    return np.array(values)
