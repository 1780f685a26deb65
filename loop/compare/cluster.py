"""The cells of a comparison on the workers of a Dask cluster.

By the cluster's own client, not through joblib's Dask backend (1.6): that scatters arrays, so that
a worker that dies takes the only copy with it and the whole call fails; and it makes itself the
backend of what a cell calls, so that a forest's trees would leave the cell's one thread. Here a
split is a task that hands out its arrays: Dask sends it to a worker when a cell needs it there,
keeps it while cells need it, and makes it again when a worker took it along.
"""

import socket
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pkgutil import resolve_name
from queue import Empty, Queue
from threading import Lock
from typing import TYPE_CHECKING, Any

import dask.config
from distributed import CancelledError, Client, Future, KilledWorker
from distributed.comm.addressing import get_address_host_port, parse_address
from distributed.versions import VersionMismatchWarning
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from loop.compare.calls import AHEAD, Attempt, Call, calls
from loop.compare.cell import Cell
from loop.compare.sets import DataSet
from loop.errors import LoopError

if TYPE_CHECKING:
    from loop.compare.engine import Outcome

ANSWER = 5  # seconds for a scheduler to answer in
ARRIVE = 10  # seconds for the first worker to come in
RETURN = 60  # seconds without any worker, in the middle, after which none is waited for
LOOK_EVERY = 1  # seconds between two looks for workers
SAME = "Install the same versions on every machine of the cluster."
START = "dask worker {} --nworkers -1 --nthreads 1"


def run(
    attempt: Attempt,
    missing: Mapping[Cell, DataSet],
    wanted: Mapping[str, str],
    spent: Mapping[str, float],
    address: str,
) -> Iterator["Outcome"]:
    """What *attempt* makes of each cell on the cluster, as they finish; for *spent* see `calls`.

    Raises `LoopError` for a cluster that cannot be reached, has no workers or other versions than
    *wanted*, for a cell whose workers die again and again, and where no worker is left.
    """
    with _joined(address) as client:
        waiting = _sent(client, attempt, calls(missing, spent), wanted)
        running: dict[Future[Any], Call] = {}
        done: Queue[Future[Any]] = Queue()
        checked: set[str] = set()
        seen = time.monotonic()
        while True:
            threads = _threads(client, address)  # workers come and go
            seen = _still(seen, threads, address)
            if not threads.keys() <= checked:
                _check_versions(client, wanted)
                checked = {*threads}
            room = AHEAD * max(1, sum(threads.values())) - len(running)
            for call, future in islice(waiting, max(0, room)):
                running[future] = call
                future.add_done_callback(done.put)
            if not running:
                return
            future = _next(done, client, address)
            if future.status in {"error", "cancelled"}:
                raise _complaint(future.exception(), running[future], address)
            try:
                outcome = future.result(timeout=LOOK_EVERY)
            except TimeoutError:  # it died with its worker before it was fetched, and is run again
                future.add_done_callback(done.put)
            else:
                del running[future]
                yield outcome


def _sent(
    client: Client, attempt: Attempt, every: Iterable[Call], wanted: Mapping[str, str]
) -> Iterator[tuple[Call, Future[Any]]]:
    """Send each call to the cluster, and a split before the first of its cells."""
    of, split = None, None
    for call in every:
        if of is not call.split:
            of = call.split
            arrays = of.X, of.y, of.X_test, of.y_test
            # Dask warns of tasks above 10 MB. Data that it says to scatter would die with a worker.
            with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"}):
                split = client.submit(_hold, *arrays, pure=False)
        yield call, client.submit(_run, attempt, call.cell, wanted, split, pure=False)


def _hold(*arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    return arrays


def _run(attempt: Attempt, cell: Any, wanted: Any, arrays: tuple[NDArray[Any], ...]) -> Any:
    with _one_thread:
        return attempt(cell, wanted, *arrays)


class _OneThread:
    """Linear algebra on one thread in this process, until the last cell in it has finished.

    A worker may run several cells, and the limit that a cell sets is of the process: the first to
    finish would lift it from the others.
    """

    def __init__(self) -> None:
        self.lock, self.cells = Lock(), 0

    def __enter__(self) -> None:
        with self.lock:
            if not self.cells:
                self.limits = threadpool_limits(1)
            self.cells += 1

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.cells -= 1
            if not self.cells:
                self.limits.restore_original_limits()


_one_thread = _OneThread()  # of a worker


@contextmanager
def _joined(address: str) -> Iterator[Client]:
    try:
        _check_answers(address)
        with warnings.catch_warnings():  # versions are for `_check_versions` to refuse
            warnings.simplefilter("ignore", VersionMismatchWarning)
            client = Client(address, timeout=ANSWER, set_as_default=False, name="askwell")
    except (OSError, ValueError, TypeError, OverflowError) as why:
        raise LoopError(
            f"There is no Dask scheduler at {address!r}: {why}. Give the address that "
            "`dask scheduler` prints, such as tcp://10.0.0.1:8786."
        ) from why
    with client:
        try:
            client.wait_for_workers(1, timeout=ARRIVE)
        except TimeoutError as why:
            raise LoopError(
                f"The cluster at {address} has no workers. Start some on each machine, with: "
                f"{START.format(address)}"
            ) from why
        yield client


def _check_answers(address: str) -> None:
    """Raise `OSError` or `ValueError` where nobody speaks as a scheduler would.

    Dask's own client waits for a greeting for ever, and says of all else only that time is up.
    """
    with socket.create_connection(get_address_host_port(address), ANSWER) as line:
        if parse_address(address)[0] == "tcp" and not line.recv(1):
            raise ConnectionError("it hung up")


def _check_versions(client: Client, wanted: Mapping[str, str]) -> None:
    """Ask by Dask's own words, which run without our code being there, on any Python."""
    told: Any = client.get_versions(packages=[*wanted])
    here = told["client"]["packages"]
    names = [name for name in ("dask", "distributed", *wanted) if here.get(name)]
    for place, found in {"scheduler": told["scheduler"], **told["workers"]}.items():
        there = found["packages"]
        differ = [
            f"{name} {_version(there[name])}, not {_version(here[name])}"
            for name in names
            if there[name] != here[name]
        ]
        if differ:
            who = "scheduler" if place == "scheduler" else f"worker {place}"
            raise LoopError(
                f"The {who} has {'; '.join(differ)}: its numbers would be other ones. {SAME}"
            )
    # One that cannot read what it is sent would drop the line, and come back, without a word.
    for worker, found in client.run(resolve_name, f"{__name__}:AHEAD", on_error="return").items():
        if isinstance(found, Exception):
            raise LoopError(f"The worker {worker} cannot run cells: {found}. {SAME}")


def _version(told: str | None) -> str:
    return "missing" if told is None else told.removesuffix(".final.0")


def _threads(client: Client, address: str) -> Mapping[str, int]:
    """How many cells each worker runs at a time."""
    try:
        return client.nthreads()
    except OSError as why:
        raise _lost(address, why) from why


def _next(done: Queue[Future[Any]], client: Client, address: str) -> Future[Any]:
    """Wait for a call that is done."""
    seen = time.monotonic()
    while True:
        try:
            return done.get(timeout=LOOK_EVERY)
        except Empty:
            seen = _still(seen, _threads(client, address), address)


def _still(seen: float, threads: Mapping[str, int], address: str) -> float:
    """When a worker was seen last; raises `LoopError` where that is too long ago."""
    now = time.monotonic()
    if threads:
        return now
    if now - seen < RETURN:
        return seen
    raise LoopError(
        f"The cluster at {address} has had no worker for {RETURN} s. Cells that are finished are "
        f"kept. Start workers, with: {START.format(address)}, and run the same again."
    )


def _complaint(why: Any, call: Call, address: str) -> Exception:
    """What to raise for a call that came to nothing."""
    match why:
        case KilledWorker():
            return LoopError(
                f"{why.allowed_failures + 1} workers died with the cell {call.name}, the last of "
                f"them {why.last_worker.address}; its log may say why: often it had too little "
                "memory. Cells that are finished are kept."
            )
        case CancelledError():
            return _lost(address, why)
        case _:
            return why


def _lost(address: str, why: Exception) -> LoopError:
    return LoopError(
        f"The scheduler at {address} was lost: {why}. Cells that are finished are kept: run the "
        "same again once it is back."
    )
