"""Cells with all that it takes to run them, wherever that is."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from loop import recipes
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


def calls(missing: Mapping[Cell, DataSet], spent: Mapping[str, float]) -> Iterator[Call]:
    """Those of one split come one after the other; it is made for the first, and then let go.

    Splits that read the same stand together, as they may have their features in common. *spent*
    are the seconds of a cell of each strategy, as far as they are known: the slowest come first, so
    that at the very end no process waits for a long one.
    """
    for (*_, seed, share), of_split in groupby(sorted(missing, key=_read), key=_split_of):
        together = list(of_split)
        data = missing[together[0]]
        with threadpool_limits(1):  # as in a cell: features are the same on any machine
            split = data.split(seed, share, together[0].protocol.recipe)
        for cell in sorted(together, key=lambda one: -spent.get(one.strategy, math.inf)):
            name = f"{cell.strategy or 'all labels'} with seed {cell.seed} on {data.name}"
            yield Call(cell, split, name)


def _read(cell: Cell) -> tuple[str, str]:
    """Recipes that read the same of the same data have splits in common."""
    return cell.data, recipes.what_reads(cell.protocol.recipe)


def _split_of(cell: Cell) -> tuple[str, str, int, float]:
    return *_read(cell), cell.seed, cell.protocol.split
