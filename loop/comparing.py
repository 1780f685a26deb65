"""The comparison that runs beside the web process: started, watched and stopped from a page.

What it is to do, how far it is and what it has found so far lie as files in `comparisons/`, so that
every page, of whichever server, sees the same.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from loop.errors import LoopError, SettingsError
from loop.supervisor import BUSY, last_line, log_file

PATIENCE = 5.0  # seconds; a page that looks whether somebody is at work holds the lock for a moment
LOCK = "run.lock"
GOODBYE = 10.0  # seconds for a run to leave that was stopped
PREPARING, RUNNING, DONE, FAILED = "preparing", "running", "done", "failed"
ELSEWHERE = "elsewhere"  # a terminal went on with it


class ComparisonBusy(LoopError):
    """Another comparison works on this project."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Another comparison is at work on {folder}. Wait for it or stop it; what it has "
            "finished is kept."
        )


@dataclass(frozen=True)
class Wanted:
    """What a page asks for; the recipe is the project's own."""

    strategies: tuple[str, ...]
    seeds: int
    first: int  #: labels before the first round
    batch: int  #: labels a round
    budget: int  #: labels at most


@dataclass(frozen=True)
class Run:
    """What a run says of itself."""

    wanted: Wanted
    state: str  #: `preparing`, `running`, `done`, `failed` or `elsewhere`
    done: int = 0  #: cells
    all: int = 0  #: cells; 0: not known yet
    seconds_left: float | None = None
    why: str | None = None  #: it failed, and what to do
    labels: int = 0  #: that it asks for again
    #: of what is finished so far: `cases`, of which there is one, `across`, and `manifest`
    found: dict[str, Any] | None = None


@dataclass(frozen=True)
class Look:
    """What a page finds."""

    run: Run | None  #: the newest; None before the first
    is_running: bool
    died: str | None = None  #: how its process ended, where it neither finished nor was stopped


def folder_of(project: Path) -> Path:
    """Where a project keeps what its comparisons have found."""
    return project / "comparisons"


@contextmanager
def only_one(project: Path) -> Iterator[None]:
    """Hold the lock of a project's comparisons. Raises `ComparisonBusy`."""
    try:
        with _lock(project, PATIENCE):
            yield
    except Timeout as why:
        raise ComparisonBusy(project) from why


@contextmanager
def by_hand(project: Path) -> Iterator[None]:
    """Hold the lock for a terminal, whose progress no page knows. Raises `ComparisonBusy`."""
    with only_one(project):
        run = told(project)
        if run and run.state in {PREPARING, RUNNING}:  # it was stopped, or died
            tell(project, replace(run, state=ELSEWHERE))
        yield


def told(project: Path) -> Run | None:
    """What the newest run last said of itself; None before the first, or of another version."""
    try:
        said = json.loads(_file(project).read_text(encoding="utf-8"))
        wanted = said.pop("wanted")
        return Run(Wanted(**wanted | {"strategies": tuple(wanted["strategies"])}), **said)
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def tell(project: Path, run: Run) -> None:
    """Put down what a run says of itself: all of it or nothing, whoever reads meanwhile."""
    path = _file(project)
    path.parent.mkdir(exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(run)), encoding="utf-8")
    partial.replace(path)


def forget(project: Path) -> None:
    """Delete all that was found: a failure may quote an item that is to be forgotten.

    What runs just now is left alone, and forgotten by whoever looks at it next: its labels are not
    those that there are.
    """
    if folder_of(project).exists():
        with _lock(project, PATIENCE):
            for file in folder_of(project).iterdir():
                if file.name != LOCK:
                    file.unlink()


class Comparing:
    """Runs one comparison at a time in a process of its own, which leaves when this one does."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._printed_before = 0  # bytes in the log that earlier runs have written
        self._is_stopped = False

    @property
    def pid(self) -> int | None:
        """The process id of the run that was started here, while it lives."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self, wanted: Wanted) -> None:
        """Begin, or go on where the same was stopped. Raises `ComparisonBusy`."""
        with self._turn:
            if self._is_running():
                raise ComparisonBusy(self._project)
            before = told(self._project)  # its findings stay until there are new ones
            found, labels = (before.found, before.labels) if before else (None, 0)
            tell(self._project, Run(wanted, PREPARING, labels=labels, found=found))
            self._is_stopped = False
            with log_file(folder_of(self._project) / "job.log") as output:
                output.seek(0, os.SEEK_END)
                self._printed_before = output.tell()
                self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                    # -P: whatever lies in the folder that we were started from is not imported
                    [sys.executable, "-P", "-m", "loop.compare.job", str(self._project)],
                    stdin=subprocess.PIPE,  # closed by our death, however we die: then it leaves
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # so that it can step back behind ours
                )

    def stop(self) -> None:
        """End the run; what it has finished is kept. Raises `SettingsError` for somebody else's."""
        with self._turn:
            process = self._process
            if process is not None and process.poll() is None and process.stdin is not None:
                self._is_stopped = True
                process.stdin.close()  # its sign to leave
                process.wait(GOODBYE)
            elif self._is_running():
                raise SettingsError(
                    "This comparison was started in a terminal, or by another server: stop it "
                    "there."
                )

    def look(self) -> Look:
        """How far it is."""
        with self._turn:
            run = told(self._project)
            if self._process is not None and run is not None and run.state in {DONE, FAILED}:
                self._process.wait(GOODBYE)  # it is about to leave
            is_running = self._is_running()
            return Look(run, is_running, None if is_running else self._died())

    def _is_running(self) -> bool:
        if self._process is not None and self._process.poll() is None:
            return True
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        folder = folder_of(self._project)
        if not folder.exists():
            return False
        try:
            with _lock(self._project, 0):
                return False
        except Timeout:
            return True

    def _died(self) -> str | None:
        code = None if self._process is None else self._process.returncode
        if not code or self._is_stopped:
            return None
        if code == BUSY:
            return str(ComparisonBusy(self._project))
        last = last_line(folder_of(self._project) / "job.log", self._printed_before)
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return f"It ended {how}{f' ({last})' if last else ''}."


def _lock(project: Path, patience: float) -> FileLock:
    folder = folder_of(project)
    folder.mkdir(exist_ok=True)
    return FileLock(folder / LOCK, timeout=patience)


def _file(project: Path) -> Path:
    return folder_of(project) / "run.json"
