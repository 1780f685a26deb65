"""Ranked batch: uncertain, and unlike what is labeled or picked already (Cardoso et al. 2017)."""

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

BLOCK = 256  # rows looked at together: the balance moves with each pick, and so do the bounds


class Balance:
    """a·(1 - likeness to the nearest) + (1 - a)·uncertainty, where a is the share still open."""

    def __init__(
        self, space: Space, points: Points, nearest: Scores, uncertainty: Scores, n_seen: int
    ) -> None:
        self.space, self.points, self.nearest = space, points, nearest
        self.uncertainty = uncertainty
        self.open, self.all = space.n, space.n + n_seen
        self.pending = points[:0]

    def _worth(self, nearest: Scores, uncertainty: Scores) -> NDArray[np.float64]:
        share = self.open / self.all
        unlike = 1 - 1 / (1 + np.sqrt(nearest))
        return share * unlike + (1 - share) * uncertainty

    def bounds(self) -> Scores:
        """The balance as it is now, with likenesses of the last look at all rows."""
        return self._worth(self.nearest, self.uncertainty)

    def exact(self, rows: Positions) -> NDArray[np.float64]:
        """The balance of these rows, compared with all points."""
        self.now = squared_distances(self.space.points(rows), self.points).min(axis=1)
        return self._worth(self.now, self.uncertainty[rows])

    def lower(self, rows: Positions, worth: NDArray[np.float64], picked: int) -> None:
        """A pick ends the block: the balance is another after it."""

    def settle(self, picked: Positions, rows: Positions, _worth: NDArray[np.float64]) -> None:
        """One more point; all rows are compared with those picked where a block decided nothing."""
        fresh = self.space.points(picked)
        self.points, self.pending = joined(self.points, fresh), joined(self.pending, fresh)
        self.open -= len(picked)
        if not len(picked):
            self.space.lower(self.nearest, self.pending)
            self.pending = self.pending[:0]
        self.nearest[rows] = self.now


@register(
    "ranked-batch",
    label="Ranked batch (uncertain and unlike)",
    needs={"probabilities"},
    cost="O(n·(seen + picks)·d)",
    formula="a (1 - 1/(1 + d)) + (1 - a)(1 - max_c p_c), a the share still open",
    paper="Cardoso et al. 2017; as modAL has it",
    when="batches that should differ from what is labeled as well",
)
def ranked_batch(query: Query, n: int) -> Picks:
    """Each pick balances unlikeness to all labeled or picked against its uncertainty.

    Likeness is 1/(1 + distance), uncertainty one minus the highest probability. While most is
    open, unlikeness counts most; with every label uncertainty counts more. Before the first label
    the row nearest the pool's mean comes first.
    """
    space, seen = space_of(query), seen_points(query)
    uncertainty = 1 - query.proba().max(axis=1)
    if seen.shape[0]:
        worth = Balance(space, seen, nearest_seen(query, space), uncertainty, seen.shape[0])
        return greedy(worth, n, query.rng, block=BLOCK, at_once=1)
    start = central(space, query.rng)
    if n == 1:
        return Picks(np.array([start]), np.ones(1))
    point = space.points(np.array([start]))
    worth = Balance(space, point, space.nearest(point), uncertainty, 0)
    worth.open -= 1
    rest = greedy(worth, n - 1, query.rng, taken=np.array([start]), block=BLOCK, at_once=1)
    return Picks(np.append(start, rest.positions), np.append(1.0, rest.scores))
