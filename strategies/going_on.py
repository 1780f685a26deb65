"""Going on where the last query ended, when what was labeled since is what it picked first.

The others of a greedy batch are still the next ones then, and picking goes on after them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from strategies.contract import Picks, Positions, Query, Scores

Known: TypeAlias = (
    Any  # an array: what a strategy knows of each row, (n_pool,), as its picks left it
)
Walk = Callable[[Picks, Known | None, int], tuple[Picks, Known]]


@dataclass(frozen=True)
class Batch:
    """What was picked last, by row of the matrix, and what was known after it."""

    rows: Positions
    scores: Scores
    seen_rows: Positions
    known: Known


def pick_on(query: Query, n: int, name: str, empty: float, walk: Walk) -> Picks:
    """*n* picks, of which `walk` makes those that the last batch does not hold already.

    It is given the picks that are there, what was known after them (None when nothing was), and how
    many more to make; it returns these, and what is known then. No row is known to be *empty*.
    """
    there, known = _left(query, name, empty)
    if (more := n - len(there.positions)) > 0:
        fresh, known = walk(there, known, more)
        there = Picks(
            np.append(there.positions, fresh.positions), np.append(there.scores, fresh.scores)
        )
    if (memory := query.memory) is not None and known is not None:
        rows = memory.rows[there.positions]
        memory.kept[_key(name)] = Batch(
            rows, there.scores, memory.seen_rows, memory.spread(known, empty)
        )
    return Picks(there.positions[:n], there.scores[:n])


def _left(query: Query, name: str, empty: float) -> tuple[Picks, Known | None]:
    """The picks of the last batch that are open still, if none of the pool may go before them."""
    memory, nothing = query.memory, Picks(np.empty(0, np.intp), np.empty(0))
    last: Batch | None = memory.kept.get(_key(name)) if memory else None
    if memory is None or last is None:
        return nothing, None
    new = np.setdiff1d(memory.seen_rows, last.seen_rows)
    undone = np.setdiff1d(last.seen_rows, memory.seen_rows)
    known, left = memory.gathered(last.known, empty), last.rows[len(new) :]
    is_first = set(new) == set(last.rows[: len(new)])
    if known is None or len(undone) or not is_first or not np.isin(left, memory.rows).all():
        return nothing, None
    positions = memory.spread(np.arange(query.n_pool), -1)[left]
    return Picks(positions, last.scores[len(new) :]), known


def _key(name: str) -> str:
    return f"the last batch of {name}"
