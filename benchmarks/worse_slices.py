"""How often are slices named where none is worse, and how often is one that is? By simulation.

An audit's items have three columns of metadata with 2, 5 and 20 values, two of numbers cut into
quarters, one of 12 clusters and one of 4 classes: some 35 slices, a third of which have ten answers
in a small audit. Of each audit it is known which answers the model gets right.

- chance: the share of audits that name any slice though all have the same accuracy
- found: the share that names one value of five in which the accuracy is lower, by so much
- others: the share that names a slice which only shares its items with that one, or none
- holm: what the page states, adjusted by Holm; bh: by Benjamini and Hochberg; none: not at all
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop.quality.worse import CHANCE, Worse, worse
from loop.slices import Slice, of_lengths

RUNS = 500
ANSWERS = (50, 100, 200, 500)
ACCURACY = (0.7, 0.9)
LOWER = (0.1, 0.2, 0.3, 0.4)
VALUES = (2, 5, 20, 12, 4)
BAD = Slice("meta", "1", "2")  # one value of five

Members = dict[Slice, NDArray[np.bool_]]


def measure() -> dict[str, Any]:
    """The figures, by answers and accuracy."""
    return {
        "runs": RUNS,
        "slices": {str(n): _looked_at(n) for n in ANSWERS},
        "figures": [
            {"answers": n, "accuracy": accuracy} | _figures(n, accuracy)
            for n in ANSWERS
            for accuracy in ACCURACY
        ],
    }


def members(n: int, rng: np.random.Generator) -> Members:
    """Who is in which slice, of *n* answers."""
    found: Members = {}
    for column, k in enumerate(VALUES):
        values = rng.integers(0, k, n)
        found |= {Slice("meta", str(column), str(v)): values == v for v in range(k)}
    for column in range(2):
        numbers = rng.lognormal(size=n)
        for one in of_lengths(numbers.tolist()):
            part = Slice("meta", f"number {column}", low=one.low, high=one.high)
            found[part] = np.array([part.holds(number) for number in numbers])
    return found


def named(looked_at: int, slices: list[Worse]) -> dict[str, set[Slice]]:
    """The slices that each way to adjust would name; all p-values that count are in *slices*."""
    p = np.array([one.p for one in slices])
    below = np.flatnonzero(p <= CHANCE * np.arange(1, len(p) + 1) / max(looked_at, 1))
    return {
        "holm": {one.slice for one in slices if one.is_worse},
        "bh": {one.slice for one in slices[: below.max(initial=-1) + 1]},
        "none": {one.slice for one in slices if one.p < CHANCE},
    }


def _figures(n: int, accuracy: float) -> dict[str, Any]:
    by_chance = list(_audits(n, accuracy, 0))
    found = {str(lower): list(_audits(n, accuracy, lower)) for lower in LOWER}
    ways = by_chance[0].keys()
    return {
        "chance": {way: _share([bool(one[way]) for one in by_chance]) for way in ways},
        "found": {
            lower: {way: _share([BAD in one[way] for one in audits]) for way in ways}
            for lower, audits in found.items()
        },
        "others": {
            lower: {way: _share([bool(one[way] - {BAD}) for one in audits]) for way in ways}
            for lower, audits in found.items()
        },
    }


def _audits(n: int, accuracy: float, lower: float) -> Iterator[dict[str, set[Slice]]]:
    rng = np.random.default_rng([n, round(100 * accuracy), round(100 * lower)])
    for _ in range(RUNS):
        among = members(n, rng)
        right = rng.random(n) < accuracy - lower * among[BAD]
        found = worse(right, among)
        yield named(found.looked_at, found.slices)


def _looked_at(n: int) -> int:
    return worse(np.arange(n) % 3 > 0, members(n, np.random.default_rng(0))).looked_at


def _share(told: list[bool]) -> float:
    return round(float(np.mean(told)), 3)
