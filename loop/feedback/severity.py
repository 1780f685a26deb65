"""Mean ratings of items, as raters of average severity would have given them.

A rating is what its item deserves, less how severe its rater is, plus noise. Items are fixed
effects; raters are random ones, drawn to 0 the more, the less raters differ (Henderson's mixed
model equations, as in Searle, Casella and McCulloch 1992, chapter 7). Both variances are those of
REML (Patterson and Thompson 1971). Where raters do not differ, the means are the plain ones.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from loop.evaluation import Z95
from loop.feedback.rater_effects import Effects, Ratings, effects_of
from loop.raters.answers import Matrix, codes
from loop.raters.resampling import CELLS

LEAST = 20  # ratings beyond those that it takes to tell items and raters, for any correction
MOST_RATERS = 3_000  # of items that others rated, too: their equations are a full matrix


@dataclass(frozen=True)
class Item:
    """One item; what is None is not known."""

    name: Hashable
    n: int
    plain: float  #: the mean of its ratings
    corrected: float  #: within the scale
    se: float | None
    low: float | None  #: ends of the 95 % interval
    high: float | None
    part: int  #: nobody rated items of two parts


@dataclass(frozen=True)
class Rater:
    """One rater; what is None is not known."""

    name: Hashable
    n: int
    severity: float | None  #: how much lower than others they rate the same items
    low: float | None
    high: float | None
    part: int


@dataclass(frozen=True)
class Severity:
    """All that ratings say of items and raters."""

    items: list[Item]
    raters: list[Rater]
    rater_sd: float | None  #: of severities; None where there is no correction
    noise_sd: float | None  #: of the rest, of ratings of one item
    why: str | None  #: there is no correction, or what it leaves open


def severity(
    items: Sequence[Hashable],
    raters: Sequence[Hashable],
    ratings: Sequence[float],
    scale: tuple[float, float],
) -> Severity:
    """Of every item and every rater, in the order in which they first come.

    Severities are beside all raters that there might be; within a part they add up to 0. What is
    corrected beyond an end of the *scale* becomes that end: what an item deserves is within, so no
    error grows. Raises `ValueError` on a rating outside of the scale, on two by one rater of one
    item, and on unequal lengths.
    """
    item_names, rater_names = list(dict.fromkeys(items)), list(dict.fromkeys(raters))
    told = Ratings(codes(items, item_names), codes(raters, rater_names), np.asarray(ratings, float))
    _check(told, scale)
    if not len(told.values):
        return Severity([], [], None, None, "There are no ratings.")
    why = _why_not(told)
    effects = None if why else effects_of(told)
    noise = _noise(told, effects)
    return Severity(
        _items(told, item_names, effects, scale),
        _raters(told, rater_names, effects),
        None if effects is None else effects.rater_variance**0.5,
        None if noise is None else noise**0.5,
        why or _left_open(told),
    )


def _check(told: Ratings, scale: tuple[float, float]) -> None:
    if not len(told.items) == len(told.raters) == len(told.values):
        counts = f"{len(told.items)}, {len(told.raters)} and {len(told.values)}"
        raise ValueError(f"Items, raters and ratings are not equally many: {counts}.")
    low, high = scale
    outside = told.values[~((told.values >= low) & (told.values <= high))]
    if len(outside):
        raise ValueError(f"A rating of {outside[0]:g} is not from {low:g} to {high:g}.")
    if len(told.values) and told.given.max() > 1:
        raise ValueError("A rater rates an item twice; keep one of the two ratings.")


def _why_not(told: Ratings) -> str | None:
    """Why the plain means are all that there is."""
    if told.given.shape[1] == 1:
        return "No correction: one rater gave all ratings, and nobody to compare them with."
    if not len(told.linked):
        return "No correction: no item was rated by two, so nobody can be compared."
    if len(told.linked) > MOST_RATERS:
        return (
            f"No correction: {len(told.linked):,} raters have items in common, and severities are "
            f"told of {MOST_RATERS:,} at most."
        )
    if not told.beside.any():
        return "No correction: all who rated an item rated it alike."
    if told.spare < LEAST:
        return (
            f"No correction: beyond what it takes to tell items and raters, {told.spare} ratings "
            f"are left, fewer than {LEAST}."
        )
    return None


def _left_open(told: Ratings) -> str | None:
    n_parts = told.parts.max() + 1
    if n_parts == 1:
        return None
    return (
        f"Nobody rated items of two of the {n_parts:,} parts: how severe the raters of one are "
        "beside those of another is not known, and nothing is corrected between parts."
    )


def _noise(told: Ratings, effects: Effects | None) -> float | None:
    """Its variance; without a correction that within items, which holds the raters', too."""
    if effects is not None:
        return effects.noise_variance
    n = len(told.values) - len(told.n)
    return float(told.beside @ told.beside) / n if n and told.beside.any() else None


def _items(
    told: Ratings, names: Sequence[Hashable], effects: Effects | None, scale: tuple[float, float]
) -> list[Item]:
    corrected, variance = told.plain, np.full(len(names), np.nan)
    if (noise := _noise(told, effects)) is not None:
        variance = noise / told.n
    if effects is not None:
        corrected = told.plain - told.means @ effects.values
        variance = variance + _of_raters(told, effects)
    se = np.sqrt(variance)
    low, high = (_known(np.clip(corrected + z * se, *scale)) for z in (-Z95, Z95))
    within = np.clip(corrected, *scale).tolist()
    columns = names, told.n.tolist(), told.plain.tolist(), within, _known(se), low, high
    return list(map(Item, *columns, told.parts[: len(names)].tolist()))


def _of_raters(told: Ratings, effects: Effects) -> Matrix:
    """The variance that the errors of raters bring to the mean of each item."""
    means = told.means[:, told.linked]
    found = np.empty(len(told.n))
    at_once = max(1, CELLS // len(told.linked))
    for begin in range(0, len(found), at_once):
        rows = slice(begin, begin + at_once)
        found[rows] = ((means[rows] @ effects.root) ** 2).sum(axis=1)
    # An item of a rater who cannot be compared has that one rating.
    return np.where(means.sum(axis=1) > 0, found, effects.rater_variance)


def _raters(told: Ratings, names: Sequence[Hashable], effects: Effects | None) -> list[Rater]:
    value = se = np.full(len(names), np.nan)
    if effects is not None:
        value, se = 0.0 - effects.values, np.full(len(names), effects.rater_variance**0.5)
        se[told.linked] = np.sqrt((effects.root**2).sum(axis=1))
    figures = (_known(value + z * se) for z in (0, -Z95, Z95))
    n = np.bincount(told.raters).tolist()
    return list(map(Rater, names, n, *figures, told.parts[len(told.n) :].tolist()))


def _known(values: Matrix) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]
