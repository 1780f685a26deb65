"""k-means++ (Arthur & Vassilvitskii 2007) with a look at all rows for every few picks only."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from strategies.contract import Picks, Positions, Scores
from strategies.geometry import Space, squared_distances

NOTHING = 1e-12  # of the squared length: what is nearer than that is the same
DRAWN = 64  # candidates looked at together
ANEW = 32  # picks after which all rows are looked at again


class Apart(Protocol):
    """Rows, and how far apart they are."""

    lengths: Scores  #: squared, (n,)

    def lower(self, nearest: Scores, picked: Positions, /) -> None:
        """Set *nearest*, (n,) squared distances, to the least of itself and those to *picked*."""

    def between(self, some: Positions, others: Positions, /) -> NDArray[np.float64]:
        """Squared distances between a few rows, (n_some, n_others); 0 between equal ones."""


class Rows:
    """The rows of a space themselves."""

    def __init__(self, space: Space) -> None:
        self.space, self.lengths = space, space.lengths

    def lower(self, nearest: Scores, picked: Positions) -> None:
        """Compare all rows with those picked."""
        self.space.lower(nearest, self.space.points(picked))
        nearest[picked] = 0

    def between(self, some: Positions, others: Positions) -> NDArray[np.float64]:
        """Squared distances between a few rows."""
        found = squared_distances(self.space.points(some), self.space.points(others))
        found[found < NOTHING * self.lengths[others]] = 0
        return found


def k_means_plus_plus(rows: Apart, first: int, n: int, rng: np.random.Generator) -> Picks:
    """*n* rows, each drawn with probability ∝ its squared distance to the nearest drawn before.

    Exact, with a look at all rows for every few picks only: a candidate is drawn by the distances
    as they were then, and kept with the probability by which its own has fallen since.
    """
    nearest = np.full(len(rows.lengths), np.inf)
    picked, fresh = [(first, float(rows.lengths[first]))], [first]
    while len(picked) < n:
        rows.lower(nearest, np.array(fresh))
        mass = np.cumsum(nearest)
        if mass[-1] <= 0:
            picked += [(row, 0.0) for row in _others(nearest, picked, n - len(picked), rng)]
            break
        fresh = []
        while len(fresh) < ANEW and len(picked) < n:
            most = min(n - len(picked), ANEW - len(fresh))
            kept = _kept(rows, nearest, mass, fresh, rng)[:most]
            picked += kept
            fresh += [row for row, _ in kept]
            if not kept and fresh:
                break
    positions, scores = zip(*picked, strict=True)
    return Picks(np.array(positions), np.array(scores))


def _kept(
    rows: Apart,
    nearest: Scores,
    mass: Scores,
    fresh: list[int],
    rng: np.random.Generator,
) -> list[tuple[int, float]]:
    """Of a batch of candidates those kept, one by one, and their squared distances then."""
    drawn = np.searchsorted(mass, rng.random(DRAWN) * mass[-1], side="right")
    drawn = np.minimum(drawn, len(mass) - 1)  # where a product was rounded up to the whole
    chances = rng.random(DRAWN) * nearest[drawn]
    now = nearest[drawn]
    if fresh:
        now = np.minimum(now, rows.between(drawn, np.array(fresh)).min(axis=1))
    among = rows.between(drawn, drawn)
    kept = []
    for place, row in enumerate(drawn.tolist()):
        if chances[place] < now[place]:
            kept.append((row, float(now[place])))
            np.minimum(now, among[place], out=now)
    return kept


def _others(
    nearest: Scores, picked: list[tuple[int, float]], n: int, rng: np.random.Generator
) -> list[int]:
    """*n* rows at random, where none differs from those picked."""
    left = np.setdiff1d(np.arange(len(nearest)), [row for row, _ in picked])
    found: list[int] = rng.permutation(left)[:n].tolist()
    return found
