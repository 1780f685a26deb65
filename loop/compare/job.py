"""A comparison on a project's own labels in a process of its own, at low priority.

`python -m loop.compare.job PROJECT` does what the page wanted (`loop.comparing`), says how far it
is, and exits at once when its standard input closes. Finished cells are kept, and not done again.
"""

import logging
import math
import signal
import sys
import time
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sklearn.exceptions import ConvergenceWarning

from loop import comparing
from loop.child import leave_with_parent, step_back
from loop.compare.across import across_cases
from loop.compare.cell import Protocol
from loop.compare.engine import FAILURES, Where, run
from loop.compare.manifest import manifest
from loop.compare.plan import Plan
from loop.compare.replay import Replay, replayed
from loop.compare.report import BASELINE, documents
from loop.comparing import DONE, FAILED, RUNNING, ComparisonBusy, Run, Wanted
from loop.errors import LoopError
from loop.project import Project
from loop.replays import SHARE
from loop.supervisor import BUSY

TELL_EVERY = 1.0  # seconds, at least
TELLING = 0.05  # of the time, at most


class Telling:
    """Puts down how far a run is, with what it has found, but not so often that it costs much."""

    def __init__(self, project: Path, said: Run, plan: Plan, replay: Replay) -> None:
        self._project, self._said, self._plan, self._replay = project, said, plan, replay
        self._bias: Mapping[str, Any] = {}
        self._next = 0.0  # by the clock that only runs forward

    def begin(self) -> None:
        """Say what the labels are; measure how far they are from the rest."""
        comparing.tell(self._project, self._said)
        self._bias = self._replay.bias(self._plan.protocols[0].recipe)

    def __call__(self, done: int, of: int, left: float) -> None:
        """Say it, if it is time."""
        now = time.monotonic()
        if now < self._next and done < of:
            return
        self._said = replace(
            self._said,
            state=DONE if done == of else RUNNING,
            done=done,
            all=of,
            seconds_left=None if math.isnan(left) else left,
            found=self._found() or self._said.found,
        )
        comparing.tell(self._project, self._said)
        took = time.monotonic() - now
        self._next = now + max(TELL_EVERY, took / TELLING)

    def _found(self) -> dict[str, Any] | None:
        folder = comparing.folder_of(self._project)
        [case] = documents(folder, self._plan, [self._replay])
        if not case["strategies"]:
            return None
        cases = [case | {"classes": self._replay.classes, "bias": self._bias}]
        made_of = manifest(self._plan, [self._replay])
        return {"cases": cases, "across": across_cases(cases), "manifest": made_of}


def work(folder: Path, wanted: Wanted) -> None:
    """Do what is wanted. Raises what `FAILURES` has, where it cannot be begun."""
    with Project.open(folder) as project:
        replay = replayed(project)
        recipe = project.settings.recipe
    ask = Protocol(wanted.budget, wanted.batch, wanted.first, recipe=recipe, split=SHARE)
    named = dict.fromkeys([BASELINE, *wanted.strategies])
    plan = Plan(tuple(named), wanted.seeds, (ask,))
    earlier = comparing.told(folder)  # its findings stay until there are new ones
    found = earlier.found if earlier else None
    said = Run(wanted, RUNNING, labels=replay.n_labels, found=found)
    telling = Telling(folder, said, plan, replay)
    telling.begin()
    run(comparing.folder_of(folder), plan, [replay], Where(), telling)


def main(folder: Path) -> None:
    """Do what was put down for *folder*, until the parent leaves."""
    step_back()
    warnings.simplefilter("ignore", ConvergenceWarning)  # a curve says more of a fit than this
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent; we leave with it
    try:
        with comparing.only_one(folder):
            put_down = comparing.told(folder)
            if put_down is None:
                sys.exit(f"{folder} has no comparison that is wanted; start one on its page.")
            try:
                work(folder, put_down.wanted)
            except FAILURES as why:
                logging.getLogger("askwell").exception("The comparison could not be done.")
                words = str(why) if isinstance(why, LoopError) else f"{type(why).__name__}: {why}"
                so_far = comparing.told(folder) or put_down
                comparing.tell(folder, replace(so_far, state=FAILED, why=words))
    except ComparisonBusy:
        sys.exit(BUSY)


if __name__ == "__main__":
    leave_with_parent()
    main(Path(sys.argv[1]))
