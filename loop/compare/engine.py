"""Runs the cells of a comparison that nobody has run yet."""

import hashlib
import inspect
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import entry_points
from importlib.metadata import version as version_of
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from loop import features, recipes
from loop.compare import processes
from loop.compare.cell import WHOLE, Cell, Point, Split, strategy_called
from loop.compare.cell import run as run_cell
from loop.compare.plan import Plan
from loop.compare.sets import DataSet
from loop.errors import LoopError, SettingsError
from loop.store import cells
from strategies import StrategyError, registry

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
BACKENDS = ("loky", "dask")

Progress = Callable[[int, int, float], None]  # cells done, cells in all, seconds left


@dataclass(frozen=True)
class Where:
    """Which processes do it. On every one the numbers are the same.

    Raises `SettingsError` where the settings are not of one backend, or that one is not installed.
    """

    jobs: int = 1  #: processes of this machine
    backend: str = "loky"  #: these, or `dask`: the workers of a cluster
    scheduler: str | None = None  #: the address of the cluster's

    def __post_init__(self) -> None:
        if self.backend not in BACKENDS:
            raise SettingsError(
                f"There is no backend {self.backend!r}; known are {', '.join(BACKENDS)}."
            )
        if self.jobs < 1:
            raise SettingsError(f"The number of jobs is {self.jobs}; give at least 1.")
        if self.backend == "dask":
            self._check_cluster()
        elif self.scheduler is not None:
            raise SettingsError(
                f"A scheduler, {self.scheduler}, is for the backend dask, not for {self.backend}: "
                "give --backend dask, or no --scheduler."
            )

    def _check_cluster(self) -> None:
        if self.scheduler is None:
            raise SettingsError(
                "The backend dask needs to know its cluster: give --scheduler ADDRESS, "
                "such as tcp://10.0.0.1:8786."
            )
        if self.jobs > 1:
            raise SettingsError(
                f"{self.jobs} jobs are for the backend loky: a cluster has as many as it has "
                "workers. Leave --jobs out."
            )
        if find_spec("distributed") is None:
            raise SettingsError(
                'The backend dask needs an extra that is missing: pip install "askwell[dask]".'
            )


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
    packages = ("askwell", "scikit-learn", "numpy", "scipy", "modAL-python", "joblib", "pillow")
    groups = (registry.ENTRY_POINTS, recipes.ENTRY_POINTS, recipes.FEATURES)
    plugins = [entry.dist for group in groups for entry in entry_points(group=group)]
    return {
        "python": sys.version.split()[0],
        "features": str(features.VERSION),
        **{name: version_of(name) for name in packages},
        **{one.name: one.version for one in plugins if one},
    }


def _code_of(strategy: str) -> str:
    """A hash of the file that a strategy stands in: when it is mended its cells are run anew."""
    if strategy == WHOLE:
        return ""
    choose = inspect.unwrap(strategy_called(strategy).choose)
    file = inspect.getsourcefile(choose if inspect.isroutine(choose) else type(choose))
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""


def run(
    folder: Path,
    plan: Plan,
    sets: Sequence[DataSet],
    where: Where,
    progress: Progress = lambda _done, _all, _left: None,
) -> None:
    """Run every cell that *folder* does not have yet; each is kept as it finishes.

    What failed before is tried again. Raises `LoopError` where workers have other versions, cannot
    be reached, or die again and again; what is finished is kept.
    """
    began = time.monotonic()
    for data in sets:
        _check_sizes(plan, data)
    every = {cell: data for data in sets for cell in plan.cells(data)}
    with cells.opened(folder) as db:
        for data in sets:
            _check_same(db, folder, data)
        there = cells.found(db, map(_key, every))
        kept = {key for key, row in there.items() if row["failure"] is None}
        missing = {cell: data for cell, data in every.items() if _key(cell) not in kept}
        n_kept = len(every) - len(missing)
        progress(n_kept, len(every), float("nan"))
        for done, outcome in enumerate(_finished(missing, where), 1):
            _keep(db, missing[outcome.cell].name, outcome)
            left = (time.monotonic() - began) / done * (len(missing) - done)
            progress(n_kept + done, len(every), left)


def outcomes(folder: Path, wanted: Sequence[Cell]) -> list[Outcome]:
    """What became of these cells, as far as they are there."""
    planned = {_key(cell): cell for cell in wanted}
    with cells.opened(folder) as db:
        there = cells.found(db, planned)
    return [_outcome(cell, there[key]) for key, cell in planned.items() if key in there]


def _finished(missing: Mapping[Cell, DataSet], where: Where) -> Iterator[Outcome]:
    """The cells, as they finish."""
    if not missing:
        return
    spent: dict[str, float] = {}
    if where.scheduler is None:
        done = processes.run(attempt, missing, made_by(), spent, where.jobs)
    else:
        from loop.compare import cluster  # noqa: PLC0415 - an extra, and half a second

        done = cluster.run(attempt, missing, made_by(), spent, where.scheduler)
    for outcome in done:
        spent[outcome.cell.strategy] = outcome.seconds
        yield outcome


def _check_sizes(plan: Plan, data: DataSet) -> None:
    for ask in plan.protocols:
        n_pool = data.n_pool(ask.split)
        if (least := max(ask.first, ask.budget or 0)) > n_pool:
            raise SettingsError(
                f"{least} labels cannot be asked of only {n_pool} rows of {data.name}; "
                f"give a budget of {n_pool} at most."
            )


def _check_same(db: Any, folder: Path, data: DataSet) -> None:
    if others := sorted(cells.of_name(db, data.name, _made_by_text()) - {data.fingerprint}):
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
            f"{name} {mine.get(name, 'missing')}, not {wanted.get(name, 'missing')}"
            for name in {**mine, **wanted}
            if mine.get(name) != wanted.get(name)
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
    told = json.dumps([asdict(cell), dict(made_by()), _code_of(cell.strategy)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def _made_by_text() -> str:
    return json.dumps(dict(made_by()))


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
            "made_by": _made_by_text(),
            "seconds": outcome.seconds,
        },
    )


def _outcome(cell: Cell, row: Mapping[str, Any]) -> Outcome:
    curve = row["curve"] and [Point(**point) for point in json.loads(row["curve"])]
    return Outcome(cell, curve, row["failure"], row["seconds"])
