"""Figures with intervals by resampling items, where items with the same counts are drawn at once.

Items on which equally many people said each class are exchangeable. So a resample is one
multinomial draw over the patterns of counts, of which there are few, however many items there are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from loop.raters.answers import Matrix

RESAMPLES = 1_000
TAIL = 0.025
LEAST = 20  # items below which no interval is stated: it would be much too narrow
MOST_UNDEFINED = 0.05  # of the resamples
CELLS = 4_000_000  # of the weights made at once

# From counts, (n_patterns, n_classes), and how often each pattern occurs, (n, n_patterns), to a
# figure for each of the n; NaN where it is not defined.
Statistic = Callable[[Matrix, Matrix], Matrix]


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval; what is None is not known, and *why* says why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    why: str | None = None


@dataclass(frozen=True)
class Patterns:
    """Which counts occur, and how often."""

    counts: Matrix  #: (n_patterns, n_classes)
    times: Matrix  #: (n_patterns,)

    @property
    def n_items(self) -> int:
        """So many items have a pattern."""
        return int(self.times.sum())


def patterns(counts: Matrix) -> Patterns:
    """The different rows of the counts of items, (n_items, n_classes)."""
    base = counts.max(initial=0) + 1
    if base ** counts.shape[1] < 2**53:  # a row is a number: sorted ten times as fast
        key = counts @ base ** np.arange(counts.shape[1])
        _, first, times = np.unique(key, return_index=True, return_counts=True)
        return Patterns(counts[first], times.astype(float))
    rows, times = np.unique(counts, axis=0, return_counts=True)
    return Patterns(rows, times.astype(float))


def figure(statistic: Statistic, seen: Patterns, rng: np.random.Generator, why: str) -> Figure:
    """The figure with the percentile interval of its resamples; *why* it may be undefined."""
    value = float(statistic(seen.counts, seen.times[None])[0])
    if np.isnan(value):
        return Figure(None, why=why)
    if seen.n_items < LEAST:
        return Figure(value, why=f"No interval: {seen.n_items} items are fewer than {LEAST}.")
    resampled = _resampled(statistic, seen, rng)
    defined = resampled[~np.isnan(resampled)]
    if len(defined) < (1 - MOST_UNDEFINED) * RESAMPLES:
        return Figure(value, why="No interval: in too many resamples nearly all say the same.")
    low, high = np.quantile(defined, (TAIL, 1 - TAIL)).tolist()
    if low == high:
        return Figure(value, why="No interval: what never varies in resamples may yet vary.")
    return Figure(value, low, high)


def _resampled(statistic: Statistic, seen: Patterns, rng: np.random.Generator) -> Matrix:
    shares = seen.times / seen.times.sum()
    at_once = max(1, CELLS // len(shares))
    found = []
    for begin in range(0, RESAMPLES, at_once):
        n = min(at_once, RESAMPLES - begin)
        found.append(statistic(seen.counts, rng.multinomial(seen.n_items, shares, n).astype(float)))
    return np.concatenate(found)
