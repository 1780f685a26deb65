"""Core-set selection: the rows farthest from everything seen or picked (Sener & Savarese 2018).

The greedy of Gonzalez (1985), exact. It looks at the pool in one matrix product for many picks.
"""

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
from strategies.going_on import Known, pick_on
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
    if not points.shape[0]:
        return _from_the_middle(query, space, n)

    def walk(there: Picks, nearest: Known | None, more: int) -> tuple[Picks, Known]:
        known = nearest_seen(query, space) if nearest is None else nearest
        worth = Farness(space, joined(points, space.points(there.positions)), known)
        return greedy(worth, more, query.rng, taken=there.positions), worth.nearest

    return pick_on(query, n, "k-center", np.inf, walk)


def _from_the_middle(query: Query, space: Space, n: int) -> Picks:
    start = np.array([central(space, query.rng)])
    if n == 1:
        return Picks(start, np.zeros(1))
    point = space.points(start)
    rest = greedy(Farness(space, point, space.nearest(point)), n - 1, query.rng, taken=start)
    return Picks(np.append(start, rest.positions), np.append(rest.scores[0], rest.scores))
