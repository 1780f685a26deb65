"""The player beside the web process: started when somebody looks, told what people say, watched.

What it shows is kept only in its newest state: who reads slowly misses frames, and is never behind.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from queue import SimpleQueue
from typing import IO, Any

from loop.errors import PlayerGone
from loop.project import Project
from loop.supervisor import BUSY, last_line, log_file

PATIENCE = 10.0  # seconds for the player to store a signal, or to leave


@dataclass(frozen=True)
class Newest:
    """What the player shows: the line of JSON as it came, or that there is no player any more."""

    number: int  #: of all that it has told, of every life
    line: str


class Playing:
    """Runs one player at a time in a process of its own, which leaves when this one does."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._turn = threading.RLock()  # of all that follows
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._told: SimpleQueue[bytes | None] = SimpleQueue()  # for it; None: nothing more comes
        self._watching: set[Callable[[], None]] = set()
        self._waiting: dict[int, Future[dict[str, Any]]] = {}
        self._calls = count(1)
        self._died: str | None = None
        self.newest: Newest | None = None

    @property
    def pid(self) -> int | None:
        """The player's process id while it lives."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def look_on(self, wake: Callable[[], None]) -> None:
        """Somebody looks: *wake* is called, in another thread, whenever there is something new."""
        with self._turn:
            self._watching.add(wake)
            if self._process is None and self._died is None:
                self._start()
            self._send({"do": "watch", "is_watched": True})

    def look_away(self, wake: Callable[[], None]) -> None:
        """They look no more; when nobody does, it stands still."""
        with self._turn:
            self._watching.discard(wake)
            if not self._watching:
                self._send({"do": "watch", "is_watched": False})

    def do(self, command: dict[str, Any]) -> None:
        """Have the player `pause`, `go`, or change its `speed`; one that ended is started by `go`.

        Raises `PlayerGone`.
        """
        with self._turn:
            if self._process is None and command["do"] == "go":
                self._start()
                self._send({"do": "watch", "is_watched": bool(self._watching)})
            if not self._send(command):
                raise PlayerGone(self._died)

    def say(self, who: str, signals: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """`saved` and `rejected` of these signals, once they are on disk. Raises `PlayerGone`."""
        receipt: Future[dict[str, Any]] = Future()
        with self._turn:
            call = next(self._calls)
            self._waiting[call] = receipt
            told = {"do": "signals", "call": call, "who": who, "signals": list(signals)}
            if not self._send(told):
                self._waiting.pop(call)
                raise PlayerGone(self._died)
        try:
            return receipt.result(PATIENCE)
        except TimeoutError as why:
            raise PlayerGone(f"It has not answered for {PATIENCE:.0f} s.") from why
        finally:
            self._waiting.pop(call, None)

    def stop(self) -> None:
        """Let the player go and wait for it."""
        with self._turn:
            self._watching.clear()
            self._told.put(None)
        if self._reader is not None:
            self._reader.join(PATIENCE)

    def _start(self) -> None:
        folder = self._project.folder
        with log_file(folder / "player.log") as output:
            begin = output.seek(0, 2)
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                # -P: whatever lies in the folder that we were started from is not imported
                [sys.executable, "-P", "-m", "loop.play.player", str(folder)],
                stdin=subprocess.PIPE,  # closed by our death, however we die: then it leaves too
                stdout=subprocess.PIPE,
                stderr=output,
            )
        self._died, self._told = None, SimpleQueue()
        writer = (self._process.stdin, self._told)
        threading.Thread(target=_pass_on, args=writer, daemon=True).start()
        mine = (self._process, begin)
        self._reader = threading.Thread(target=self._read, args=mine, daemon=True)
        self._reader.start()

    def _send(self, command: dict[str, Any]) -> bool:
        """Whether there is a player that was told."""
        if self._process is None:
            return False
        self._told.put(json.dumps(command).encode() + b"\n")
        return True

    def _read(self, process: subprocess.Popen[bytes], begin: int) -> None:
        """Take what the player tells, until it ends."""
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        with process.stdout as told:
            for line in told:
                if line.startswith(b'{"receipt"'):
                    self._settle(json.loads(line))
                else:
                    self._show(line.decode().rstrip("\n"))
        process.wait()
        with self._turn:
            self._told.put(None)
            self._process = None
            self._died = self._how(process.returncode, begin)
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(PlayerGone(self._died))
        self._show(json.dumps({"died": self._died}))

    def _settle(self, receipt: dict[str, Any]) -> None:
        waiting = self._waiting.get(receipt.pop("receipt"))
        if waiting is not None:
            waiting.set_result(receipt)

    def _show(self, line: str) -> None:
        with self._turn:
            self.newest = Newest(self.newest.number + 1 if self.newest else 1, line)
            watching = list(self._watching)
        for wake in watching:
            wake()

    def _how(self, code: int, begin: int) -> str:
        if code == BUSY:
            return "Another server plays this project: look there, or stop it."
        last = last_line(self._project.folder / "player.log", begin)
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return f"The player ended {how}{f': {last}' if last else ''}"


def _pass_on(pipe: IO[bytes], told: "SimpleQueue[bytes | None]") -> None:
    """Write to a player: where it hangs its pipe fills, and nobody else is to wait for that.

    That the pipe is closed is its sign to leave.
    """
    with suppress(BrokenPipeError), pipe:  # it has ended
        while (line := told.get()) is not None:
            pipe.write(line)
            pipe.flush()
