"""The cells of a comparison in processes of this machine."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

from loop.compare.calls import AHEAD, Attempt, Call, calls
from loop.compare.cell import Cell
from loop.compare.sets import DataSet
from loop.errors import LoopError

if TYPE_CHECKING:
    from loop.compare.engine import Outcome

DEATHS = 3  # of processes with a cell, after which it is not tried again


def run(
    attempt: Attempt,
    missing: Mapping[Cell, DataSet],
    wanted: Mapping[str, str],
    spent: Mapping[str, float],
    jobs: int,
) -> Iterator["Outcome"]:
    """What *attempt* makes of each cell, as they finish; for *spent* see `calls`.

    A process that dies takes those of all others along, says joblib: they are dispatched again, to
    new ones. Raises `LoopError` where that does not help.
    """
    left, deaths = dict(missing), Counter[str]()
    while left:
        sent: dict[Cell, str] = {}
        # Not by `parallel_config`: what makes the splits would take it for its own, too.
        work = Parallel(
            jobs, backend="loky", return_as="generator_unordered", pre_dispatch=AHEAD * jobs
        )
        try:
            for outcome in work(_dispatched(attempt, calls(dict(left), spent), wanted, sent)):
                del left[outcome.cell]
                yield outcome
        except TerminatedWorkerError as why:
            deaths.update(name for cell, name in sent.items() if cell in left)
            if again := [name for name, times in deaths.items() if times >= DEATHS]:
                raise LoopError(
                    f"Processes died {DEATHS} times while they had, or were about to get, "
                    f"{'; '.join(again)}. Cells that are finished are kept. There may be too "
                    "little memory: give fewer --jobs."
                ) from why


def _dispatched(
    attempt: Attempt, every: Iterator[Call], wanted: Mapping[str, str], sent: dict[Cell, str]
) -> Iterator[Any]:
    """The calls as joblib takes them; each is noted in *sent*."""
    for call in every:
        sent[call.cell] = call.name
        split = call.split
        # The arrays themselves, not what holds them: joblib writes each large one to a file, once.
        arrays = (split.X, split.y, split.X_test, split.y_test)
        yield delayed(attempt)(call.cell, wanted, *arrays)
