"""Keeps one trainer process alive beside the web process, and says so when it dies."""

import subprocess
import sys
import threading
import time
from pathlib import Path

from loop.project import Project
from loop.store import log, rounds
from loop.store.log import Event

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before a dead trainer is started again
HEALTHY = 60.0  # seconds alive after which a death counts as the first


class Supervisor:
    """Starts the trainer, restarts it with back-off, stops it."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The trainer's process id while it lives."""
        alive = self._process is not None and self._process.poll() is None
        return self._process.pid if alive and self._process is not None else None

    def start(self) -> None:
        """Start the trainer, and keep it."""
        self._thread.start()

    def stop(self) -> None:
        """Let the trainer go and wait for it."""
        self._stop.set()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()  # its sign to leave
        self._thread.join(timeout=10)

    def _watch(self) -> None:
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            born = time.monotonic()
            code = self._live()
            if self._stop.is_set():
                break
            pause = FIRST_PAUSE if time.monotonic() - born > HEALTHY else pause
            self._tell(code, pause)
            self._stop.wait(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    def _live(self) -> int:
        """One life of the trainer; returns its exit code."""
        folder = self._project.folder
        with (
            (folder / "trainer.log").open("wb") as output,
            subprocess.Popen(  # noqa: S603 - our own module, no shell
                [sys.executable, "-m", "loop.trainer", str(folder)],
                stdin=subprocess.PIPE,  # closed by our death, however we die: then it leaves too
                stdout=output,
                stderr=subprocess.STDOUT,
            ) as self._process,
        ):
            if self._stop.is_set() and self._process.stdin is not None:
                self._process.stdin.close()
            return self._process.wait()

    def _tell(self, code: int, pause: float) -> None:
        last = _last_line(self._project.folder / "trainer.log")
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        note = f"stopped {how}{f' ({last})' if last else ''}; starting again in {pause:.0f} s"
        with self._project.store.write() as db:
            rounds.say(db, "down", note)
            if code > 0:  # a round that crashes must not be tried again on the same labels
                seq = log.end(db)
                crash = {"log_seq": seq, "why": note}
                log.append(db, [Event(f"failure-{seq}", "failure", "supervisor", value=crash)])


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
