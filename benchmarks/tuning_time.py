"""How long does a tuning session take from an answer to the next proposal that knows of it?

The trainer's own part (`loop.tuning.ahead`) in a session on disk, three people at work: from when
it looks for answers until a proposal made from them is stored, so with the log read, the process
learned anew, the search, and the writing; without what a `render` takes, and what the trainer may
sleep between two looks. `all` is until as many proposals stand ready as there should be, and until
the page's figures are written.
"""

import json
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits
from tuning_functions import FUNCTIONS, Judged

from loop import Project
from loop.settings import AHEAD
from loop.tuning.ahead import Tuning
from loop.tuning.beginning import begin
from loop.tuning.space import Setting
from loop.tuning.told import Told, settings_of

PEOPLE = ("ana", "ben", "cleo")
UNTIL = 180  # answers
FROM = 120  # those from here on are counted: 150 on average


class Timed(Tuning):
    """Tells when the first proposal of a look was stored."""

    stored = 0.0

    def _show(self, now: Told, settings: tuple[Setting, ...]) -> None:
        super()._show(now, settings)
        self.stored = self.stored or time.perf_counter()


def measure() -> dict[str, Any]:
    """Seconds, on each function and of each kind."""
    with threadpool_limits(1):
        return {
            f"{name}, {ask}": _one(judged, ask)
            for name, judged in FUNCTIONS.items()
            for ask in ("rate", "compare")
        }


def _one(judged: Judged, ask: str) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    first, whole = [], []
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch, "space.toml")
        file.write_text(_toml(judged, ask), encoding="utf-8")
        begin(file, Path(scratch, "session"))
        with Project.open(Path(scratch, "session")) as project:
            session = Timed(project)
            for n in range(UNTIL):
                _answer(project, PEOPLE[n % len(PEOPLE)], judged, rng)
                session.stored, began = 0.0, time.perf_counter()
                session.keep_up()
                if n >= FROM:
                    first.append(session.stored - began)
                    whole.append(time.perf_counter() - began)
            session.close()
    return {"first": _told(first), "all": _told(whole), "looks": len(first)}


def _toml(judged: Judged, ask: str) -> str:
    lines = [f'ask = "{ask}"']
    for name, one in judged.parameters.items():
        lines += [f"[parameters.{name}]", *(f"{key} = {_value(it)}" for key, it in one.items())]
    return "\n".join(lines)


def _value(it: Any) -> str:
    if isinstance(it, dict):
        return "{ " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in it.items()) + " }"
    return json.dumps(it)


def _answer(project: Project, who: str, judged: Judged, rng: np.random.Generator) -> None:
    """Somebody judges what they are shown, with more waiting in their browser."""
    item = project.next_items(who, AHEAD)[0]
    space = project.settings.space
    shown = settings_of(space, item.meta)
    if space.ask == "rate":
        kind, said = "rating", judged.rating(shown[0], rng)
    else:
        kind, said = "preference", "a" if judged.prefers_first(*shown, rng) else "b"
    project.submit(item.id, said, annotator=who, answer_id=uuid.uuid4().hex, kind=kind)


def _told(seconds: list[float]) -> dict[str, float]:
    return {
        "p50": round(float(np.median(seconds)), 3),
        "p95": round(float(np.quantile(seconds, 0.95)), 3),
    }
