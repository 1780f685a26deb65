"""ProbCover: pick the rows whose balls hold the most of the pool that no ball holds yet.

Many rows are worth the same, so upper bounds decide little; instead the worth of every row is kept
exact. The balls are bits, and those of a row of the sample are read once, when it is covered.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.contract import Memory, Picks, Positions, Query
from strategies.coverage import sample_of
from strategies.geometry import Points, Space, seen_points, space_of, squared_distances
from strategies.going_on import Known, pick_on
from strategies.k_means import centres_of, nearest_centre
from strategies.registry import register

PURITY = 0.95  # of the balls


@dataclass(frozen=True)
class Balls:
    """Which rows of a pool lie within a squared radius of each row of a sample."""

    sample: Points
    radius: float
    bits: NDArray[np.uint8]  #: (n_sample, n / 8)
    n: int

    def about(self, which: int) -> NDArray[np.int8]:
        """1 for the rows within the radius of a row of the sample, else 0, (n,)."""
        return np.unpackbits(self.bits[which], count=self.n).view(np.int8)

    def held_by_row(self, row: int) -> NDArray[np.bool_]:
        """The rows of the sample within the radius of a row, (n_sample,)."""
        return (self.bits[:, row // 8] >> (7 - row % 8)) & 1 > 0

    def held_by(self, points: Points) -> NDArray[np.bool_]:
        """The rows of the sample within the radius of one of *points*, (n_sample,)."""
        if not points.shape[0]:
            return np.zeros(len(self.bits), bool)
        bits = Space(points).within(self.sample, self.radius)
        return np.bitwise_or.reduce(bits, axis=1) > 0


@register(
    "prob-cover",
    label="ProbCover (balls of one class)",
    cost="O(n·d)",
    formula="share of the pool within the radius, not covered yet",
    paper="Yehuda et al. 2022 (arXiv 2205.11320)",
    when="the first batches of well-separated classes",
)
def prob_cover(query: Query, n: int) -> Picks:
    """Cover the pool with balls so large that they are just about pure (Yehuda et al. 2022).

    The radius is the largest at which 95 % of the balls hold one cluster only, of as many clusters
    as classes are known (10 before there are two).
    """
    balls, rows = _remembered(query.memory) or _looked(query)
    seen = balls.held_by(seen_points(query))

    def walk(there: Picks, known: Known | None, more: int) -> tuple[Picks, Known]:
        covered, is_open = seen.copy(), np.zeros(balls.n, bool)
        is_open[rows] = True
        for row in rows[there.positions]:
            is_open[row] = False
            covered |= balls.held_by_row(row)
        worth = np.zeros(balls.n, np.int16)
        if known is None:
            for which in np.flatnonzero(~covered):
                worth += balls.about(int(which))
        else:
            worth[rows] = known
        picked, counts = _most_each_time(balls, worth, covered, is_open, more, query.rng)
        positions = np.empty(balls.n, np.intp)
        positions[rows] = np.arange(len(rows))
        return Picks(positions[picked], counts / len(covered)), worth[rows]

    return pick_on(query, n, "prob-cover", -1, walk)


def _most_each_time(
    balls: Balls,
    worth: NDArray[np.int16],
    covered: NDArray[np.bool_],
    is_open: NDArray[np.bool_],
    n: int,
    rng: np.random.Generator,
) -> tuple[Positions, NDArray[np.float64]]:
    """*n* open rows, each the one worth most by then, ties in random order, and what it is worth.

    Brings *worth*, (n,) how many rows of the sample each ball holds and no other does, and which
    are *covered* up to date.
    """
    lot = rng.permutation(balls.n)
    picked, counts = np.empty(n, np.intp), np.empty(n)
    for i in range(n):
        most = worth.max(where=is_open, initial=-1)
        level = np.flatnonzero((worth == most) & is_open)
        picked[i], counts[i] = level[lot[level].argmax()], most
        is_open[picked[i]] = False
        fresh = balls.held_by_row(picked[i]) & ~covered
        covered |= fresh
        for which in np.flatnonzero(fresh):
            worth -= balls.about(int(which))
    return picked, counts


def _remembered(memory: Memory | None) -> tuple[Balls, Positions] | None:
    """What an earlier query looked at, and where the rows of this one stand in it."""
    if memory is None or "prob-cover" not in memory.kept:
        return None
    balls, places = memory.kept["prob-cover"]
    rows = memory.gathered(places, -1)
    return None if rows is None else (balls, rows)


def _looked(query: Query) -> tuple[Balls, Positions]:
    space, memory = space_of(query), query.memory
    sample = space.points(sample_of(query))
    known = 0 if query.labels is None else len(np.unique(query.labels))
    kinds = min(known if known > 1 else 10, sample.shape[0])
    radius = _pure_radius(sample, kinds, query.rng)
    balls = Balls(sample, radius, space.within(sample, radius), space.n)
    rows = np.arange(space.n)
    if memory is not None:
        memory.kept["prob-cover"] = balls, memory.spread(rows, -1)
    return balls, rows


def _pure_radius(points: Points, kinds: int, rng: np.random.Generator) -> float:
    """The largest squared radius, of 100 tried, at which enough balls about points are pure."""
    space = Space(points)
    kind = nearest_centre(space, centres_of(space, kinds, rng))
    apart = squared_distances(points, points)
    stranger = np.where(kind[:, None] == kind, np.inf, apart).min(axis=1)  # the nearest of another
    tried = np.quantile(apart, np.linspace(0, 0.5, 101)[1:])
    pure = [(stranger > radius).mean() >= PURITY for radius in tried]
    return float(tried[max(np.flatnonzero(pure), default=0)])
