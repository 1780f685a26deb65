"""A project in the making: what was chosen for it, and the `askwell init` that makes it.

The command runs in a process of its own: this one serves a page, and must not import scikit-learn.
"""

import json
import logging
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from loop.errors import SettingsError
from ui.options import joined

ASKWELL = [sys.executable, "-P", "-m", "ui.cli"]  # -P: the folder we were started in is no package
READ = re.compile(r"Reading .*: ([\d,]+) rows\s*")
REFUSED = re.compile(r"^Error: ", re.MULTILINE)
PATIENCE = 10.0  # seconds for a project half made to be taken away


@dataclass(frozen=True)
class Draft:
    """What a person chose; paths as the person writes them."""

    folder: str
    data: str
    judged: Mapping[str, Sequence[str]] = field(default_factory=dict)  #: option → its columns
    id: str | None = None
    label: str | None = None
    meta: Sequence[str] = ()
    classes: Sequence[str] = ()
    task: str = "classify"
    scale: str = ""
    scale_words: Sequence[str] = ()
    systems: Sequence[str] = ()  #: the column that says what made each output, in their order
    strategy: str | None = None
    audit: str | None = None

    def words(self) -> list[str]:
        """What follows `askwell init`."""
        options: dict[str, str | None]
        options = {name: joined(columns) for name, columns in self.judged.items()}
        options |= {"id": self.id, "label": self.label, "meta": joined(self.meta)}
        options |= {"classes": joined(self.classes), "strategy": self.strategy}
        options |= {"task": None if self.task == "classify" else self.task, "audit": self.audit}
        options |= {"scale": self.scale, "scale-words": joined(self.scale_words)}
        options |= {"systems": joined(self.systems)}
        given = [word for name, said in options.items() if said for word in (f"--{name}", said)]
        return [self.folder, "--data", self.data, *given]

    def command(self) -> str:
        """The whole command, as it is typed."""
        return shlex.join(["askwell", "init", *self.words()])


@dataclass(frozen=True)
class State:
    """How far it is."""

    is_running: bool = False
    rows: int = 0  #: read so far
    told: str = ""  #: what it does
    refused: str | None = None  #: why nothing was made
    chosen: Draft | None = None  #: of what that was said
    made: Path | None = None  #: the project's folder


class Making:
    """Makes one project, at the first attempt that is not refused."""

    def __init__(self) -> None:
        self.state = State()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None

    def start(self, chosen: Draft, really: Draft, shown: Mapping[str, str]) -> None:
        """Begin to make what was *chosen*, unless one is being made or is there.

        *really* has the paths as this process finds them; a refusal has those that are *shown*.
        """
        with self._lock:
            if self.state.is_running or self.state.made:
                return
            self.state = State(is_running=True, told="Starting …")
            self._thread = threading.Thread(
                target=self._run, args=(chosen, really, shown), daemon=True
            )
            self._thread.start()

    def refuse(self, chosen: Draft, why: str) -> None:
        """Say why it was not even tried."""
        with self._lock:
            if not self.state.is_running:
                self.state = State(refused=why, chosen=chosen, made=self.state.made)

    def stop(self) -> None:
        """Give up what is being made; nothing of it is left."""
        thread, process = self._thread, self._process
        if thread is None or process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGINT)  # unlike SIGTERM, lets it clean up behind itself
        thread.join(PATIENCE)

    def _run(self, chosen: Draft, really: Draft, shown: Mapping[str, str]) -> None:
        try:
            refused = self._init(really.words())
        except (OSError, ValueError) as why:  # a word too long for a command, or with a NUL in it
            refused = f"What was chosen cannot be passed on: {why}"
        for path, name in shown.items():
            refused = refused and refused.replace(path, name)
        made = Path(really.folder)
        self.state = State(refused=refused, chosen=chosen) if refused else State(made=made)

    def _init(self, words: Sequence[str]) -> str | None:
        """Run the command; returns why it was refused, or None."""
        said: list[str] = []
        with subprocess.Popen(  # noqa: S603 - our own command, no shell
            [*ASKWELL, "init", "--progress", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        ) as self._process:
            for line in self._process.stderr or ():
                if not said and (read := READ.fullmatch(line)):
                    rows = int(read[1].replace(",", ""))
                    self.state = State(is_running=True, rows=rows, told=line.strip())
                else:
                    said.append(line)
        code = self._process.returncode
        return _why("".join(said), code) if code else None


def _why(said: str, code: int) -> str:
    """The refusal among what a command wrote."""
    if refused := REFUSED.search(said):
        return said[refused.end() :].strip()
    logging.getLogger("askwell").error("A command failed with exit code %d.\n%s", code, said)
    last = said.strip().rpartition("\n")[2] or f"it ended with exit code {code}"
    return f"It failed: {last}\nThe details stand in the terminal where askwell runs."


def strategy_list() -> list[dict[str, Any]]:
    """Every query strategy, as `askwell strategies` has them. Raises `SettingsError`."""
    asked = subprocess.run(  # noqa: S603 - our own command, no shell
        [*ASKWELL, "strategies", "--json"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if asked.returncode:
        raise SettingsError(_why(asked.stderr, asked.returncode))
    found: list[dict[str, Any]] = json.loads(asked.stdout)
    return found


def _uploads() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="askwell-")


@dataclass(frozen=True)
class Creating:
    """What the page of a new project works with."""

    parent: Path  #: where the project's folder will lie
    name: str  #: to begin with; may be empty
    strategies: Future[list[dict[str, Any]]]
    making: Making = field(default_factory=Making)
    uploads: TemporaryDirectory[str] = field(default_factory=_uploads)  #: where they wait

    def close(self) -> None:
        """Leave nothing behind but a project that is made."""
        self.making.stop()
        self.uploads.cleanup()

    def as_typed(self, path: Path) -> str:
        """*path* as one types it in the folder that we were started in."""
        here = Path.cwd()
        return str(path.relative_to(here) if path.is_relative_to(here) else path)

    def opened_by(self, folder: Path) -> str:
        """The command that opens the project in *folder*."""
        return shlex.join(["askwell", "serve", self.as_typed(folder)])


_now: list[Creating] = []


def begin(creating: Creating) -> None:
    """From now on the page is for this."""
    _now[:] = [creating]


def now() -> Creating:
    """What the page is for."""
    return _now[0]
