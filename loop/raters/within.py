"""Each person beside themselves: their newest answers and the rest, their fastest and the rest.

What is asked changes, too: a model asks harder items at some times than at others, and easy ones
are answered fast. So a difference counts for as much as the items leave of it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import hypergeom

from loop.quality.share import Estimate, difference, share
from loop.raters.answers import Codes, Matrix

PART = 4  # one in so many of a person's answers is held against the rest
LEAST = 20  # answers in the part, and in the rest


@dataclass(frozen=True)
class Halves:
    """How many are right among some answers of a person, and among their others."""

    right: int
    n: int
    rest_right: int
    rest_n: int
    p: float  #: of so large a difference by chance, two-sided

    @property
    def difference(self) -> Estimate:
        """Of the two shares right, with its 95 % interval (Newcombe 1998, method 10)."""
        return difference(share(self.right, self.n), share(self.rest_right, self.rest_n))


def newest(
    annotators: Codes, right: NDArray[np.bool_], expected: Matrix | None = None
) -> dict[int, Halves]:
    """The newest `PART` beside all before, of whoever has enough; answers are oldest first.

    *expected* is how often the others are right on the item of each answer, where there are others.
    """
    return _halves(annotators, right, np.arange(len(right), 0, -1.0), expected)


def fastest(
    annotators: Codes,
    right: NDArray[np.bool_],
    seconds: Matrix,
    expected: Matrix | None = None,
) -> dict[int, Halves]:
    """The fastest `PART` beside all slower ones; answers whose seconds are NaN are left out."""
    told = ~np.isnan(seconds)
    of_told = None if expected is None else expected[told]
    return _halves(annotators[told], right[told], seconds[told], of_told)


def _halves(
    annotators: Codes, right: NDArray[np.bool_], key: Matrix, expected: Matrix | None
) -> dict[int, Halves]:
    """The part has the lowest *key*; `LEAST` at least, as far as the rest is no smaller."""
    order = np.lexsort((key, annotators))
    who, start, every = np.unique(annotators[order], return_index=True, return_counts=True)
    part = np.maximum(every // PART, LEAST)
    enough = every - part >= LEAST
    who, start, part, every = who[enough], start[enough], part[enough], every[enough]
    if not len(who):
        return {}
    beyond = right.astype(float) if expected is None else right - expected
    n, rest_n = part, every - part
    hits, rest_hits = _sums(right[order].astype(float), start, n, rest_n)
    p = np.maximum(_fisher(hits, n, rest_hits, rest_n), _of_means(beyond[order], start, n, rest_n))
    counts = (one.astype(int).tolist() for one in (hits, n, rest_hits, rest_n))
    return dict(zip(who.tolist(), map(Halves, *counts, p.tolist()), strict=True))


def _sums(values: Matrix, start: Codes, n: Codes, rest_n: Codes) -> tuple[Matrix, Matrix]:
    """Of the *n* values from *start* on, and of the *rest_n* after them."""
    so_far = np.concatenate([[0.0], values.cumsum()])
    middle = start + n
    return so_far[middle] - so_far[start], so_far[middle + rest_n] - so_far[middle]


def _fisher(right: Matrix, n: Codes, rest_right: Matrix, rest_n: Codes) -> Matrix:
    """Fisher's exact test: twice the smaller tail."""
    law = hypergeom(n + rest_n, right + rest_right, n)
    return np.minimum(1, 2 * np.minimum(law.cdf(right), law.sf(right - 1)))


def _of_means(values: Matrix, start: Codes, n: Codes, rest_n: Codes) -> Matrix:
    """That two means differ, by the normal law (Welch 1947)."""
    one, other = _sums(values, start, n, rest_n)
    squares, others = _sums(values**2, start, n, rest_n)
    one, other = one / n, other / rest_n
    spread = (squares / n - one**2) / (n - 1) + (others / rest_n - other**2) / (rest_n - 1)
    apart = np.abs(one - other)
    z = apart / np.sqrt(np.maximum(spread, 1e-12))  # where nothing varies the exact test tells
    return 2 * ndtr(-z)
