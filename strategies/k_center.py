"""Core-set selection: the rows farthest from everything seen or picked (Sener & Savarese 2018).

The greedy of Gonzalez (1985), exact. It looks at the pool in one matrix product for many picks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.contract import Picks, Positions, Query, Scores
from strategies.geometry import (
    Points,
    Space,
    central,
    joined,
    nearest_seen,
    seen_points,
    space_of,
    squared_distances,
)
from strategies.greedy import greedy
from strategies.registry import register

FEW = 4  # picks of a block; to look at all rows costs more than to look at another block


class Farness:
    """The distance of each row to the nearest point, where every pick is one more point."""

    def __init__(self, space: Space, points: Points, nearest: Scores) -> None:
        self.space, self.points, self.nearest = space, points, nearest
        self.pending = points[:0]

    def bounds(self) -> Scores:
        """The distances as they were after the last look at all rows."""
        return np.sqrt(self.nearest)

    def exact(self, rows: Positions) -> NDArray[np.float64]:
        """The distances of these rows to all points."""
        self.block = Space(self.space.points(rows))
        return np.sqrt(squared_distances(self.block.rows, self.points).min(axis=1))

    def lower(self, rows: Positions, worth: NDArray[np.float64], picked: int) -> None:
        """Compare these rows with the one picked."""
        nearest = worth**2
        self.block.lower(nearest, self.block.points(np.flatnonzero(rows == picked)))
        np.sqrt(nearest, out=worth)

    def settle(self, picked: Positions, rows: Positions, worth: NDArray[np.float64]) -> None:
        """Compare all rows with those picked once a block has brought only a few."""
        fresh = self.space.points(picked)
        self.points, self.pending = joined(self.points, fresh), joined(self.pending, fresh)
        if len(picked) < FEW:
            self.space.lower(self.nearest, self.pending)
            self.pending = self.pending[:0]
        self.nearest[rows] = worth**2


@register(
    "k-center",
    label="Core-set (k-center greedy)",
    cost="O(n·(seen + picks)·d)",
    formula="min_s d(x, s) over all labeled and picked s",
    paper="Gonzalez 1985; Sener & Savarese 2018 (arXiv 1708.00489)",
    when="to have no row far from a label; outliers come first",
)
def k_center(query: Query, n: int) -> Picks:
    """The row farthest from all that are labeled or picked before it, *n* times over.

    The score is that distance. Before the first label the row nearest the pool's mean is picked
    first, with the score of the one after it.
    """
    space, points = space_of(query), seen_points(query)
    if points.shape[0]:
        if (picks := _gone_on(query, space, n)) is not None:
            return picks
        worth = Farness(space, points, nearest_seen(query, space))
        return _noted(query, greedy(worth, n, query.rng), worth.nearest)
    start = np.array([central(space, query.rng)])
    if n == 1:
        return Picks(start, np.zeros(1))
    point = space.points(start)
    rest = greedy(Farness(space, point, space.nearest(point)), n - 1, query.rng, taken=start)
    return Picks(np.append(start, rest.positions), np.append(rest.scores[0], rest.scores))


@dataclass(frozen=True)
class Batch:
    """What was picked last, by row of the matrix, and what was known then."""

    rows: Positions
    scores: Scores
    seen_rows: Positions
    nearest: Scores


def _noted(query: Query, picks: Picks, nearest: Scores) -> Picks:
    if (memory := query.memory) is not None:
        rows, kept = memory.rows[picks.positions], memory.spread(nearest, np.inf)
        memory.kept["k-center"] = Batch(rows, picks.scores, memory.seen_rows, kept)
    return picks


def _gone_on(query: Query, space: Space, n: int) -> Picks | None:
    """The picks where what was labeled since is what the last query picked first.

    Its others are still the next ones then, and picking goes on after them. None where not so.
    """
    memory = query.memory
    if memory is None or "k-center" not in memory.kept:
        return None
    last: Batch = memory.kept["k-center"]
    new = np.setdiff1d(memory.seen_rows, last.seen_rows)
    undone = np.setdiff1d(last.seen_rows, memory.seen_rows)
    nearest = memory.gathered(last.nearest, np.inf)
    if len(undone) or nearest is None or set(new) != set(last.rows[: len(new)]):
        return None
    left, scores = last.rows[len(new) :], last.scores[len(new) :]
    if not np.isin(left, memory.rows).all():
        return None
    next_ones = memory.spread(np.arange(space.n), -1)[left]
    if len(left) >= n:
        _noted(query, Picks(next_ones, scores), nearest)  # all of them: `nearest` knows of all
        return Picks(next_ones[:n], scores[:n])
    points = joined(seen_points(query), space.points(next_ones))
    worth = Farness(space, points, nearest)
    more = greedy(worth, n - len(left), query.rng, taken=next_ones)
    positions = np.append(next_ones, more.positions)
    return _noted(query, Picks(positions, np.append(scores, more.scores)), worth.nearest)
