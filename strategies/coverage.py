"""Coverage: pick the rows after which the most of the pool has something like it among them.

The worth of a set is the mean, over a fixed sample of the pool, of the likeness to the nearest row
that is labeled or picked: the facility-location function, which greedy picking maximises up to a
factor of 1 - 1/e (Nemhauser et al. 1978). The strategies differ in what is alike, and who counts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from strategies.contract import Memory, Picks, Positions, Query, Scores
from strategies.geometry import (
    Points,
    Space,
    joined,
    seen_points,
    space_of,
    squared_distances,
)
from strategies.going_on import Known, pick_on
from strategies.greedy import greedy
from strategies.registry import register
from strategies.uncertainty import margins

SAMPLE = 1_000  # rows that stand for the pool: a share of them is known to ±3 points or better
BLOCK = 1_024  # rows looked at together; each has a likeness to every row of the sample

Likeness = Callable[[Any], Any]  # 0 to 1, of squared distances


class Coverage:
    """What a row adds: the likeness, beyond what is there already, of the sample to it."""

    def __init__(
        self,
        space: Space,
        sample: Points,
        weights: Scores,
        likeness: Likeness,
        seen: Points,
        gains: Scores | None = None,
    ) -> None:
        self.space, self.likeness, self.sample = space, likeness, sample
        self.weights = np.asarray(weights, float) / max(float(np.sum(weights)), 1e-12)
        self.covered = np.zeros(sample.shape[0])
        self._cover_by(seen)
        self.gains = self._gains() if gains is None else gains
        self.block = np.empty((0, sample.shape[0]))

    def _gains(self) -> Scores:
        gains = np.empty(self.space.n)
        for part, found in self.space.apart(self.sample):
            gains[part] = self._gain(self.likeness(np.maximum(found, 0, out=found)))
        return gains

    def _cover_by(self, seen: Points) -> None:
        for start in range(0, seen.shape[0], BLOCK):
            found = squared_distances(self.sample, seen[start : start + BLOCK])
            np.maximum(self.covered, self.likeness(found).max(axis=1), out=self.covered)

    def _gain(self, alike: Any) -> Any:
        covered, weights = self.covered.astype(alike.dtype), self.weights.astype(alike.dtype)
        return np.maximum(alike - covered, 0) @ weights

    def bounds(self) -> Scores:
        """What each row would have added when it was last looked at."""
        return self.gains

    def exact(self, rows: Positions) -> NDArray[np.float64]:
        """What these rows would add now."""
        self.block = self.likeness(squared_distances(self.space.points(rows), self.sample))
        return self._gain(self.block)

    def lower(self, rows: Positions, worth: NDArray[np.float64], picked: int) -> None:
        """Cover the sample by the row picked too."""
        np.maximum(self.covered, self.block[rows == picked][0], out=self.covered)
        worth[:] = self._gain(self.block)

    def settle(self, _picked: Positions, rows: Positions, worth: NDArray[np.float64]) -> None:
        """Keep what was found; the other rows add no more than they did."""
        self.gains[rows] = worth


@dataclass(frozen=True)
class Looked:
    """What a look at all rows found: it stays an upper bound while labels only come in."""

    sample: Points
    likeness: Likeness
    gains: Scores  #: by row of the matrix
    seen_rows: Positions


def _cover(query: Query, n: int, name: str, likeness: Callable[[Points], Likeness]) -> Picks:
    """Cover the pool, every row of the same weight; a later query needs no look at all rows."""
    space, memory, seen = space_of(query), query.memory, seen_points(query)
    sample, alike, bounds = _remembered(memory, name) or _drawn(query, space, likeness)
    weights = np.ones(sample.shape[0])

    def walk(there: Picks, gains: Known | None, more: int) -> tuple[Picks, Known]:
        covering = joined(seen, space.points(there.positions))
        known = bounds if gains is None else gains
        worth = Coverage(space, sample, weights, alike, covering, known)
        if memory is not None and gains is None:
            looked = memory.spread(worth.gains, -1)
            memory.kept[name] = Looked(sample, alike, looked, memory.seen_rows)
        return greedy(worth, more, query.rng, taken=there.positions, block=BLOCK), worth.gains

    return pick_on(query, n, name, -1, walk)


def _drawn(
    query: Query, space: Space, likeness: Callable[[Points], Likeness]
) -> tuple[Points, Likeness, None]:
    sample = space.points(sample_of(query))
    return sample, likeness(sample), None


def _remembered(memory: Memory | None, name: str) -> tuple[Points, Likeness, Scores] | None:
    if memory is None or name not in memory.kept:
        return None
    looked: Looked = memory.kept[name]
    gains = memory.gathered(looked.gains, -1)
    if gains is None or not np.isin(looked.seen_rows, memory.seen_rows).all():
        return None  # rows came in, or a label was undone
    return looked.sample, looked.likeness, gains


def sample_of(query: Query) -> Positions:
    """The rows that stand for the pool, in their order."""
    return np.sort(query.rng.permutation(query.n_pool)[:SAMPLE])


def gaussian(points: Points) -> Likeness:
    """exp(-d²/2s²), where s² is half the median squared distance of two rows."""
    width = max(float(np.median(squared_distances(points, points))), 1e-12)
    return lambda found: np.exp(found / -width)


def nearness(points: Points) -> Likeness:
    """1 at the same place, falling by distance to 0 at the largest between two rows."""
    farthest = max(float(np.sqrt(squared_distances(points, points).max())), 1e-12)
    return lambda found: np.maximum(1 - np.sqrt(found) / farthest, 0)


@register(
    "max-herding",
    label="MaxHerding (smooth coverage)",
    cost="O(n·d)",
    formula="mean over y of max(0, k(x, y) - max_s k(s, y))",
    paper="Bae et al. 2024 (arXiv 2407.12212)",
    when="the first batches; no radius to choose",
)
def max_herding(query: Query, n: int) -> Picks:
    """Cover the pool, where likeness falls smoothly with distance (Bae et al. 2024).

    The score is the share of the pool that a pick covers anew. The likeness is Gaussian; rows as
    far apart as two usually are have one of 0.37.
    """
    return _cover(query, n, "max-herding", gaussian)


@register(
    "facility-location",
    label="Facility location (least mean distance)",
    cost="O(n·d)",
    formula="fall of the mean distance to the nearest pick / largest distance",
    paper="Nemhauser et al. 1978; Wei et al. 2015",
    when="a set of examples that stands for the pool",
)
def facility_location(query: Query, n: int) -> Picks:
    """Cover the pool, so that the mean distance to the nearest pick is small (k-medoids, greedily).

    The score is the fall of that mean, as a share of the largest distance.
    """
    return _cover(query, n, "facility-location", nearness)


@register(
    "uherding",
    label="UHerding (cover what is uncertain)",
    needs={"probabilities"},
    cost="O(n·d)",
    formula="mean over y of margin score(y) · max(0, k(x, y) - max_s k(s, y))",
    paper="Bae et al. 2025 (arXiv 2412.20644)",
    when="from the first batch to the last with one strategy",
)
def uherding(query: Query, n: int) -> Picks:
    """MaxHerding in which each row counts by how uncertain it is (Bae et al. 2025).

    Uncertain is a small margin. With few labels nearly all rows are, and it covers the pool; with
    many it stays near the border between the classes.
    """
    space, rows = space_of(query), sample_of(query)
    sample, doubt = space.points(rows), margins(query.proba()[rows])
    worth = Coverage(space, sample, doubt, gaussian(sample), seen_points(query))
    return greedy(worth, n, query.rng, block=BLOCK)
