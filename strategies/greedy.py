"""Greedy picking without a pass over the pool for each pick.

What a row is worth falls as others are picked. So what it was worth earlier is an upper bound, and
the best of a few rows is the best of all as long as no other was ever worth more (lazy evaluation,
Minoux 1978, a block of rows at a time).
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from strategies.contract import Picks, Positions, Scores, steps_of

LEAST, MOST = 256, 2_048  # rows whose worth is kept exact at once: 1/64 of all, within these


class Worth(Protocol):
    """What each row is worth, given the picks so far."""

    def bounds(self) -> Scores:
        """At least the worth of every row, (n,), until `settle` is called next."""

    def exact(self, rows: Positions, /) -> NDArray[np.float64]:
        """The worth of these rows now."""

    def lower(self, rows: Positions, worth: NDArray[np.float64], picked: int, /) -> None:
        """Bring the *worth* of *rows* up to date in place, now that row *picked* is picked."""

    def settle(self, picked: Positions, rows: Positions, worth: NDArray[np.float64], /) -> None:
        """Let `bounds` be those after these picks; *rows* are known to be worth *worth* then."""


def greedy(
    worth: Worth,
    n: int,
    rng: np.random.Generator,
    *,
    taken: Positions | None = None,
    block: int = 0,
    at_once: int | None = None,
) -> Picks:
    """*n* rows, each the one worth most once those before it are picked; ties in random order.

    They are the rows that a look at every row before each pick would give. Rows *taken* are not
    among them; at least *n* others must be there. *at_once* limits the picks for which bounds hold.
    """
    bounds = worth.bounds()
    block = block or min(MOST, max(LEAST, len(bounds) // 64))
    lot = rng.permutation(len(bounds))  # of two rows worth the same, the higher lot goes first
    gone, looked_at = np.zeros((2, len(bounds)), bool)
    if taken is not None:
        gone[taken] = True
    positions: list[int] = []
    scores: list[float] = []
    while len(positions) < n:
        steps = np.where(gone, -np.inf, steps_of(bounds))
        rows, bar = _highest(steps, lot, block)
        now = worth.exact(rows)
        fresh: list[int] = []
        most = min(n - len(positions), len(rows), at_once or n)
        while len(fresh) < most:
            keys = np.where(gone[rows], -np.inf, steps_of(now))
            level = np.flatnonzero(keys == keys.max())
            best = level[np.argmax(lot[rows[level]])]
            is_sure = (keys[best], lot[rows[best]]) >= bar
            if not is_sure and (fresh or not looked_at[rows].all()):
                break  # a row elsewhere may be worth more: on to the next block
            picked = int(rows[best])
            gone[picked] = True
            fresh.append(picked)
            scores.append(float(now[best]))
            worth.lower(rows, now, picked)
        positions += fresh
        looked_at[rows] = True  # two looks without a pick: only rounding errors lie between
        if fresh:
            looked_at[:] = False
        if len(positions) < n:
            worth.settle(np.array(fresh, np.intp), rows, now)
            bounds = worth.bounds()
    return Picks(np.array(positions, np.intp), np.array(scores))


def _highest(
    steps: NDArray[np.float64], lot: NDArray[np.intp], block: int
) -> tuple[Positions, tuple[float, int]]:
    """The *block* rows of most steps, by lot among equals, and the steps and lot of the next."""
    left = np.flatnonzero(np.isfinite(steps))
    if len(left) <= block:
        return left, (-np.inf, -1)
    bar = np.partition(steps, len(steps) - block - 1)[len(steps) - block - 1]
    above, level = np.flatnonzero(steps > bar), np.flatnonzero(steps == bar)
    by_lot = level[np.argsort(-lot[level])]
    room = block - len(above)
    return np.concatenate([above, by_lot[:room]]), (float(bar), int(lot[by_lot[room]]))
