"""Slices: items that have something in common, by a name that people read and the pool is asked by.

A slice goes by metadata, by the length of the text, by cluster, or by what the model says.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

By = Literal["meta", "length", "cluster", "said"]

LEAST = 10  # items of each part that numbers are cut into
PARTS = 4  # of numbers, at most
FEW = 10  # different numbers, up to which each is a value of its own
LONGEST = 200  # characters of a value that still names a slice


@dataclass(frozen=True)
class Slice:
    """What its items have in common: one value, or numbers from `low` on and below `high`."""

    by: By
    column: str | None = None  #: of metadata
    value: str | None = None  #: a cell in words, the number of a cluster, a class
    low: float | None = None
    high: float | None = None

    def holds(self, cell: Any) -> bool:
        """Whether an item with this cell, or of this length, is in it."""
        if self.low is None and self.high is None:
            return written(cell) == self.value
        number = number_in(cell)
        if number is None:
            return False
        return (self.low is None or number >= self.low) and (
            self.high is None or number < self.high
        )


def of_column(column: str, cells: Sequence[Any]) -> list[Slice]:
    """The slices of a column of metadata: many numbers in parts, else one for each value."""
    blank = Slice("meta", column, "")
    known = [cell for cell in cells if written(cell)]
    numbers = [number for cell in known if (number := number_in(cell)) is not None]
    if len(numbers) == len(known) and len(set(numbers)) > FEW:
        parts = [Slice("meta", column, low=low, high=high) for low, high in parts_of(numbers)]
        return [*parts, blank] if len(known) < len(cells) else parts
    values = sorted({written(cell) for cell in cells})
    return [Slice("meta", column, value) for value in values if len(value) <= LONGEST]


def of_lengths(lengths: Sequence[float]) -> list[Slice]:
    """The slices of texts by their characters."""
    return [Slice("length", low=low, high=high) for low, high in parts_of(lengths)]


def parts_of(numbers: Sequence[float]) -> list[tuple[float | None, float | None]]:
    """Up to `PARTS` parts of about as many numbers each, open at both ends; none of too few.

    Equal numbers are in one part, so there may be fewer parts.
    """
    n = len(numbers)
    parts, ordered = min(PARTS, n // LEAST), sorted(numbers)
    if parts < 2:
        return []
    cuts = {ordered[n * i // parts] for i in range(1, parts)} - {ordered[0]}
    ends = [None, *sorted(cuts), None]
    return list(pairwise(ends)) if cuts else []


def written(cell: Any) -> str:
    """A cell in words; "" where it is blank."""
    return "" if cell is None else str(cell)


def number_in(cell: Any) -> float | None:
    """The number that a cell is or spells, or None."""
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def in_words(one: Slice, telling: Sequence[str] = ()) -> str:
    """What a slice is called; *telling* are the words of its cluster."""
    if one.by == "cluster":
        return ", ".join([f"cluster {int(one.value or 0) + 1}", *telling])
    if one.by == "said":
        return f"the model says {one.value}"
    if one.by == "length":
        return f"length: {_range(one, ',.0f')} characters"
    return f"{one.column}: {_range(one, '.12g') if one.value is None else one.value or 'blank'}"


def _range(one: Slice, form: str) -> str:
    low, high = (None if end is None else format(end, form) for end in (one.low, one.high))
    if low is None:
        return f"under {high}"
    return f"{low} or more" if high is None else f"{low} to {high}"
