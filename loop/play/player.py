"""The player: its own process, one for each project, child of whoever serves it.

`python -m loop.play.player PROJECT` plays at the speed that people watch. Commands come in as lines
of JSON, `{"do": "watch" | "pause" | "go" | "speed" | "signals", …}`; out go frames and receipts, a
line each. A signal is on disk before its receipt is told.
"""

import json
import os
import queue
import secrets
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from loop.child import lines_from_parent
from loop.errors import SettingsError
from loop.play import hearing, pausing
from loop.play.environment import Environment
from loop.play.hearing import Clock
from loop.play.lesson import Lesson
from loop.play.tamer import Scale, Tamer, taught
from loop.play.terms import FASTEST, SLOWEST
from loop.project import Project
from loop.store import play
from loop.store.play import Episode
from loop.supervisor import BUSY

LOCK_PATIENCE = 5.0  # seconds; a predecessor whose parent was killed needs a moment to go
REST = 1.0  # seconds between two episodes, to see how one ended and say something of it
MOST_BEHIND = 0.25  # seconds; what a busy machine missed beyond that is not made up for

Told = dict[str, Any]


class Player:
    """Plays one project. Times are of `time.monotonic`, in seconds."""

    def __init__(self, project: Project, tell: Callable[[Told], None]) -> None:
        """Raises `SettingsError` where what the project plays cannot be played here."""
        settings = project.settings
        if settings.play is None:
            raise SettingsError(f"{project.folder} plays nothing; see askwell play.")
        self._project, self._tell = project, tell
        self._life = secrets.token_hex(4)  # a signal is about what this process has shown
        self._scale = Scale(np.array(settings.play.centre), np.array(settings.play.spread))
        self._seed, self._speed = settings.seed, settings.speed
        self._environment = Environment(settings.play.environment)
        past = play.episodes(project.store.read)
        episode = past[-1].number + 1 if past else 1
        self._lesson = Lesson(self._environment, self._taught(), self._seed, episode)
        self._counts = play.counts(project.store.read)
        self._standing = pausing.at_first(sum(self._counts.values()))
        self._frame, self._due = 0, 0.0

    def play(self, commands: "queue.Queue[bytes]") -> None:
        """Play and obey, until the process ends."""
        self._show()
        while True:
            wait = None if self._standing.is_still else max(0.0, self._due - time.monotonic())
            try:
                command = commands.get(timeout=wait)
            except queue.Empty:
                self._go_on()
            else:
                self._obey(json.loads(command))
            self._show()

    def _taught(self) -> Tamer:
        """Who has learned from all signals of the log that count."""
        actions, signals = len(self._environment.actions), hearing.signals(self._project.store.read)
        return taught(self._scale, actions, self._seed, signals)

    def _go_on(self) -> None:
        lesson, now = self._lesson, time.monotonic()
        if lesson.is_over:
            lesson.begin(lesson.episode + 1)
        else:
            lesson.step(now, now + 1 / self._speed)
            if lesson.is_over:
                self._end(now)
        self._due = max(self._due, now - MOST_BEHIND)
        self._due += REST if lesson.is_over else 1 / self._speed

    def _end(self, now: float) -> None:
        lesson, signals = self._lesson, sum(self._counts.values())
        done = Episode(lesson.episode, lesson.score, lesson.steps, lesson.episode_seed, signals)
        with self._project.store.write() as db:
            play.end(db, done)
        self._standing = pausing.ended(self._standing, now)

    def _show(self) -> None:
        lesson = self._lesson
        self._frame += 1
        self._tell(
            {
                "frame": self._frame,
                "life": self._life,
                "at": time.monotonic(),
                "episode": lesson.episode,
                "step": lesson.steps,
                "score": round(lesson.score, 3),
                "is_over": lesson.is_over,
                "scene": self._environment.scene(),
                "did": self._environment.did,
                "expected": [round(float(one), 3) for one in lesson.expected],
                "still": self._standing.words,
                "speed": self._speed,
                **self._counts,
            }
        )

    def _obey(self, command: Told) -> None:
        now, before = time.monotonic(), self._standing
        match command["do"]:
            case "watch":
                is_watched = command["is_watched"]
                self._standing = pausing.watched(before, is_watched=is_watched, at=now)
            case "pause":
                self._standing = pausing.stopped(before, command["who"])
            case "go":
                self._standing = pausing.let_run(before, now)
            case "speed":
                self._speed = min(FASTEST, max(SLOWEST, command["speed"]))
            case "signals":
                self._hear(command)
                self._standing = pausing.heard(before, now)
        if before.is_still and not self._standing.is_still:
            self._due = now + 1 / self._speed

    def _hear(self, command: Told) -> None:
        """Store what somebody says, all of it in one transaction, and learn from it."""
        lesson, clock = self._lesson, Clock(self._life, time.monotonic())
        with self._project.store.write() as db:
            heard = hearing.take(db, lesson, clock, command["who"], command["signals"])
        self._counts = play.counts(self._project.store.read)
        if heard.is_undone:
            lesson.learn_anew(hearing.signals(self._project.store.read))
        else:
            for one in heard.learned:
                lesson.learn(one)
        receipt = {"saved": heard.saved, "rejected": heard.rejected}
        self._tell({"receipt": command["call"], **receipt})


def main(folder: str) -> None:
    """Play the project in *folder* until the parent leaves."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent; we leave with it
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what an environment prints is not for the parent to read
    commands: queue.Queue[bytes] = queue.Queue()
    lines_from_parent(commands.put)

    def tell(what: Told) -> None:
        out.write(json.dumps(what) + "\n")

    lock = FileLock(Path(folder) / "player.lock", timeout=LOCK_PATIENCE)
    try:
        with lock, Project.open(folder) as project:
            Player(project, tell).play(commands)
    except Timeout:
        sys.exit(BUSY)
    except SettingsError as why:
        sys.exit(str(why))


if __name__ == "__main__":
    main(sys.argv[1])
