"""The lowest confidence from which on a model is right often enough, by its audit answers."""

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRID = tuple(step / 100 for step in range(100, 0, -1))  # confidences tried, in this order
RISK = 0.05  # that the precision wanted is missed, at most


@dataclass(frozen=True)
class Audited:
    """Answered audit items that a model guessed at."""

    sure: NDArray[np.float64]  #: (n,) probability of the class that it says
    right: NDArray[np.bool_]  #: (n,) whether people say so, too


def lowest(precision: float, audited: Audited, pool: NDArray[np.float64]) -> float | None:
    """The lowest confidence of `GRID` from which on the model is right so often; None if none is.

    *pool* is how sure it is of what is to be labeled. Fixed-sequence testing (Angelopoulos et al.
    2021, "Learn then test"): from the highest down, each is tested by the exact binomial test at
    level `RISK`, until one fails. So the choice, though made on the answers that speak of it,
    misses what is wanted with a chance of `RISK` at most. The first one tried is where the pool,
    not the answers, says that enough of them are to be expected to forgive one error: further up,
    tests would fail for lack of answers.
    """
    share = 1 - np.searchsorted(np.sort(pool), GRID) / max(1, len(pool))
    enough, passed = least_answers(precision), None
    for confidence, n in zip(GRID, len(audited.sure) * share, strict=True):
        if n < enough:
            continue
        right = audited.right[audited.sure >= confidence]
        if not passes(int(right.sum()), len(right), precision):
            break
        passed = confidence
    return passed


def passes(right: int, n: int, precision: float) -> bool:
    """Whether so many right answers of *n* have a chance of `RISK` at most with less *precision*.

    The exact binomial test.
    """
    of_right, of_wrong = math.log(precision), math.log1p(-precision)
    chance = sum(
        math.exp(
            math.lgamma(n + 1)
            - math.lgamma(errors + 1)
            - math.lgamma(n - errors + 1)
            + errors * of_wrong
            + (n - errors) * of_right
        )
        for errors in range(n - right + 1)
    )
    return chance <= RISK


def least_answers(precision: float) -> int:
    """How many answers pass where one of them is wrong."""
    most = math.ceil(5 / (1 - precision)) + 2  # more than Poisson's 4.74 errors to be expected
    return bisect_left(range(most), x=True, key=lambda n: passes(max(0, n - 1), n, precision))
