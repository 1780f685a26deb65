"""Runs the cells of a comparison that nobody has run yet."""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed
from numpy.typing import NDArray

from loop import features, recipes
from loop.compare.cell import WHOLE, Cell, Point, Protocol, Split, strategy_called
from loop.compare.cell import run as run_cell
from loop.compare.sets import DataSet
from loop.errors import LoopError, SettingsError
from loop.store import cells
from loop.tasks import classify
from strategies import StrategyError

# What a strategy or an estimator, ours or somebody's, may raise: the cell has failed, no other one.
FAILURES = (
    LoopError,
    StrategyError,
    ValueError,
    ArithmeticError,
    MemoryError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
    NotImplementedError,
)
AHEAD = 2  # cells that wait for each job: so many splits are in memory

Progress = Callable[[int, int, float], None]  # cells done, cells in all, seconds left


@dataclass(frozen=True)
class Plan:
    """What is compared: every strategy by every protocol, with every seed.

    Those of one seed share its split; those of one protocol its first labels, too. Raises
    `SettingsError` for a name or a number that cannot be.
    """

    strategies: tuple[str, ...]
    seeds: int
    protocols: tuple[Protocol, ...]

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise SettingsError(f"The number of seeds is {self.seeds}; give at least 1.")
        for what, named in (("strategy", self.strategies), ("protocol", self.protocols)):
            if len(set(named)) < len(named):
                raise SettingsError(f"A {what} is named twice in {', '.join(map(str, named))}.")
        for name in self.strategies:
            _check(name)
        for protocol in self.protocols:
            _check_protocol(protocol)

    def cells(self, data: DataSet) -> list[Cell]:
        """All of them, seed by seed."""
        every = [
            cell
            for seed in range(self.seeds)
            for protocol in self.protocols
            for cell in self._of_seed(data, protocol, seed)
        ]
        return list(dict.fromkeys(every))

    def cells_of(self, data: DataSet, protocol: Protocol) -> list[Cell]:
        """Those that belong together: of one data set and protocol."""
        return [c for seed in range(self.seeds) for c in self._of_seed(data, protocol, seed)]

    def _of_seed(self, data: DataSet, protocol: Protocol, seed: int) -> list[Cell]:
        """First the model that knows every label, however the others are asked."""
        at_once = Protocol(None, 0, 0, "", protocol.recipe, protocol.split)
        whole = Cell(data.fingerprint, WHOLE, seed, at_once)
        return [whole, *(Cell(data.fingerprint, s, seed, protocol) for s in self.strategies)]


def _check_protocol(ask: Protocol) -> None:
    for what, value in (("batch", ask.batch), ("number of first labels", ask.first)):
        if value < 1:
            raise SettingsError(f"The {what} is {value}; give at least 1.")
    if ask.budget is not None and ask.budget < ask.first:
        raise SettingsError(
            f"A budget of {ask.budget} is less than the first {ask.first} labels; give more."
        )
    if not 0 < ask.split < 1:
        raise SettingsError(f"The share held out is {ask.split}; give one between 0 and 1.")
    _check(ask.start, is_start=True)
    recipes.estimator(ask.recipe, 0)


def _check(name: str, *, is_start: bool = False) -> None:
    try:
        needs = strategy_called(name).needs
    except StrategyError as why:
        raise SettingsError(str(why)) from why
    if lacks := sorted(needs - classify.GIVES):
        raise SettingsError(f"{name!r} needs {', '.join(lacks)}, which a comparison has not.")
    if is_start and needs:
        raise SettingsError(
            f"{name!r} needs {', '.join(sorted(needs))}, and there is none before the first "
            "labels: start with random, k-center, k-means or typiclust."
        )


@dataclass(frozen=True)
class Where:
    """Which processes do it. On every one the numbers are the same."""

    jobs: int = 1
    backend: str = "loky"


@dataclass(frozen=True)
class Outcome:
    """What became of a cell: its curve, or why it has none."""

    cell: Cell
    curve: list[Point] | None
    failure: str | None
    seconds: float


@cache
def made_by() -> Mapping[str, str]:
    """The versions that decide the numbers of a cell."""
    packages = ("askwell", "scikit-learn", "numpy", "scipy", "modAL-python", "joblib")
    return {
        "python": sys.version.split()[0],
        "features": str(features.VERSION),
        **{name: version_of(name) for name in packages},
    }


def run(
    folder: Path,
    plan: Plan,
    sets: Sequence[DataSet],
    where: Where,
    progress: Progress = lambda _done, _all, _left: None,
) -> None:
    """Run every cell that *folder* does not have yet; each is kept as it finishes.

    What failed before is tried again. Raises `LoopError` where workers have other versions.
    """
    began = time.monotonic()
    for data in sets:
        _check_sizes(plan, data)
    every = [(data, cell) for data in sets for cell in plan.cells(data)]
    with cells.opened(folder) as db:
        for data in sets:
            _check_same(db, folder, data)
        there = cells.found(db, [_key(cell) for _, cell in every])
        kept = {key for key, row in there.items() if row["failure"] is None}
        missing = [(data, cell) for data, cell in every if _key(cell) not in kept]
        progress(len(kept), len(every), float("nan"))
        # Not by `parallel_config`: what makes the splits would take it for its own, too.
        work = Parallel(
            where.jobs,
            backend=where.backend,
            return_as="generator_unordered",
            pre_dispatch=AHEAD * where.jobs,
        )
        names = {data.fingerprint: data.name for data in sets}
        for done, outcome in enumerate(work(_tasks(missing)), 1):
            _keep(db, names[outcome.cell.data], outcome)
            left = (time.monotonic() - began) / done * (len(missing) - done)
            progress(len(kept) + done, len(every), left)


def outcomes(folder: Path, wanted: Sequence[Cell]) -> list[Outcome]:
    """What became of these cells, as far as they are there."""
    planned = {_key(cell): cell for cell in wanted}
    with cells.opened(folder) as db:
        there = cells.found(db, planned)
    return [_outcome(cell, there[key]) for key, cell in planned.items() if key in there]


def _tasks(missing: Sequence[tuple[DataSet, Cell]]) -> Iterator[Any]:
    """The calls to make; a split is made when the first of its cells is due, and then let go."""
    made_for: tuple[str, int, float] | None = None
    for data, cell in missing:
        wanted = cell.data, cell.seed, cell.protocol.split
        if made_for != wanted:
            split = data.split(cell.seed, cell.protocol.split)
            made_for = wanted
        # The arrays themselves, not what holds them: so a backend sends each of them once.
        arrays = (split.X, split.y, split.X_test, split.y_test)
        yield delayed(attempt)(cell, made_by(), *arrays)


def _check_sizes(plan: Plan, data: DataSet) -> None:
    for ask in plan.protocols:
        n_pool = data.n_pool(ask.split)
        if (least := max(ask.first, ask.budget or 0)) > n_pool:
            raise SettingsError(
                f"{least} labels cannot be asked of only {n_pool} rows of {data.name}; "
                f"give a budget of {n_pool} at most."
            )


def _check_same(db: Any, folder: Path, data: DataSet) -> None:
    if others := sorted(cells.of_name(db, data.name) - {data.fingerprint}):
        raise SettingsError(
            f"{folder} holds results of another {data.name!r}: its rows, answers or columns were "
            f"{', '.join(others)}, and are {data.fingerprint} now. Name another folder for these."
        )


def attempt(cell: Cell, wanted: Mapping[str, str], *arrays: NDArray[Any]) -> Outcome:
    """Run a cell in this process, whichever it is; what goes wrong in it is its outcome.

    Raises `LoopError` where this process has other versions than the one that asks.
    """
    if (mine := made_by()) != wanted:
        others = [
            f"{name} {mine[name]}, not {wanted[name]}"
            for name in mine
            if mine[name] != wanted[name]
        ]
        raise LoopError(
            f"A worker has {'; '.join(others)}: its numbers would be other ones. Install the same "
            "versions on every machine."
        )
    began = time.perf_counter()
    curve, failure = None, None
    try:
        curve = run_cell(cell, Split(*arrays))
    except FAILURES as why:
        failure = f"{type(why).__name__}: {why}"
    return Outcome(cell, curve, failure, time.perf_counter() - began)


def _key(cell: Cell) -> str:
    """What a finished cell is found by: all that decides its numbers."""
    told = json.dumps([asdict(cell), dict(made_by())], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def _keep(db: Any, name: str, outcome: Outcome) -> None:
    cell = outcome.cell
    curve = outcome.curve and json.dumps([asdict(point) for point in outcome.curve])
    cells.put(
        db,
        _key(cell),
        {
            "name": name,
            "data": cell.data,
            "strategy": cell.strategy,
            "seed": cell.seed,
            "protocol": json.dumps(asdict(cell.protocol)),
            "failure": outcome.failure,
            "curve": curve,
            "made_by": json.dumps(dict(made_by())),
            "seconds": outcome.seconds,
        },
    )


def _outcome(cell: Cell, row: Mapping[str, Any]) -> Outcome:
    curve = row["curve"] and [Point(**point) for point in json.loads(row["curve"])]
    return Outcome(cell, curve, row["failure"], row["seconds"])
