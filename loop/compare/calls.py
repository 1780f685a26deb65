"""Cells with all that it takes to run them, wherever that is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from loop.compare.cell import Cell, Split
from loop.compare.sets import DataSet

if TYPE_CHECKING:
    from loop.compare.engine import Outcome

AHEAD = 2  # cells that wait for each job: so many splits are in memory

# Of a cell, the versions that it wants, and the arrays of its split, in their order.
Attempt = Callable[..., "Outcome"]


@dataclass(frozen=True)
class Call:
    """A cell to run, its split, and what to call it before people."""

    cell: Cell
    split: Split
    name: str


def calls(missing: Mapping[Cell, DataSet]) -> Iterator[Call]:
    """Those of one split come one after the other; it is made for the first, and then let go."""
    made_for: tuple[str, int, float] | None = None
    for cell, data in missing.items():
        wanted = cell.data, cell.seed, cell.protocol.split
        if made_for != wanted:
            with threadpool_limits(1):  # as in a cell: features are the same on any machine
                split = data.split(cell.seed, cell.protocol.split)
            made_for = wanted
        name = f"{cell.strategy or 'all labels'} with seed {cell.seed} on {data.name}"
        yield Call(cell, split, name)
