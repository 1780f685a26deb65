"""Keeps one trainer process alive beside the web process, and says so when it dies."""

import logging
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

from loop.errors import CannotWrite
from loop.project import Project
from loop.store import rounds

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before a dead trainer is started again
MOST_DEATHS = 5  # in one round, before it counts as failed
BUSY = 75  # the exit code of a trainer that found another at work (EX_TEMPFAIL)
LONGEST_LOG = 2**20  # bytes
HEALTHY = 60.0  # seconds alive after which a death counts as the first


class Supervisor:
    """Starts the trainer, restarts it with back-off, stops it."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._died_on: int | None = None  # the log's last row in the round it died in
        self._deaths = 0  # in that same round
        self._printed_before = 0  # bytes in the log that earlier lives have written

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
            try:
                self._tell(code, pause)
            except CannotWrite:  # a full disk must not end the watch as well
                logging.getLogger("askwell").exception("The trainer's end could not be recorded.")
            self._stop.wait(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
        with self._project.store.write() as db:
            rounds.say(db, "stopped", "with the server")

    def _live(self) -> int:
        """One life of the trainer; returns its exit code."""
        folder = self._project.folder
        with (
            log_file(folder / "trainer.log") as output,
            subprocess.Popen(  # noqa: S603 - our own module, no shell
                # -P: whatever lies in the folder that we were started from is not imported
                [sys.executable, "-P", "-m", "loop.trainer", str(folder)],
                stdin=subprocess.PIPE,  # closed by our death, however we die: then it leaves too
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that it can step back behind ours, browsers' and all
            ) as self._process,
        ):
            self._printed_before = output.tell()
            if self._stop.is_set() and self._process.stdin is not None:
                self._process.stdin.close()
            return self._process.wait()

    def _tell(self, code: int, pause: float) -> None:
        if code == BUSY:
            note = f"waits: another trainer works on this project; looks again in {pause:.0f} s"
            with self._project.store.write() as db:
                rounds.note(db, note)
            return
        last = last_line(self._project.folder / "trainer.log", self._printed_before)
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        note = f"stopped {how}{f' ({last})' if last else ''}; starting again in {pause:.0f} s"
        with self._project.store.write() as db:
            seq = rounds.working_on(db)
            # A round that crashes by itself must not be tried again on the same labels; one that
            # was killed may be, but not for ever: memory may have run out.
            self._deaths = self._deaths + 1 if seq == self._died_on else 1
            self._died_on = seq
            if seq is not None and (code > 0 or self._deaths >= MOST_DEATHS):
                rounds.fail(db, note, seq)
            rounds.say(db, "down", note)


def log_file(path: Path) -> BinaryIO:
    """A process's output, over several lives, begun anew when it has grown long."""
    too_long = path.exists() and path.stat().st_size > LONGEST_LOG
    return path.open("wb" if too_long else "ab")


def last_line(path: Path, begin: int) -> str:
    """The last line with words in it that was written after byte *begin*; empty without one."""
    lines = path.read_bytes()[begin:].decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
