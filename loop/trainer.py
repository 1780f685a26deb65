"""The trainer: its own process, at low priority, one for each project, child of whoever serves.

`python -m loop.trainer PROJECT` waits for labels, does a round whenever one is due, and exits at
once when its standard input closes, that is, when its parent dies, however it died.
"""

import sys

from loop.child import leave_with_parent, step_back

if __name__ == "__main__":
    leave_with_parent()  # first: the imports further down take seconds, in which a parent may die

import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sklearn.exceptions import ConvergenceWarning

from loop import clustering, cold_start, doubting, guesses, offers, retrain, schedule
from loop.errors import LoopError, RoundFailed, TrainerBusy
from loop.feedback.insights import Insights
from loop.feedback.lookout import Lookout
from loop.feedback.watching import Watch
from loop.project import Project
from loop.status import loop_state
from loop.store import log, rounds
from loop.store.rounds import Round
from loop.supervisor import BUSY
from loop.tuning.ahead import Tuning
from strategies import StrategyError

LOOK_EVERY = 0.1  # seconds; a look costs one pragma
LOCK_PATIENCE = 5.0  # seconds; a predecessor whose parent was killed needs a moment to go
# What data, settings and plug-ins are known to do wrong. Anything else is a defect and ends the
# process, with its traceback; the supervisor records it and starts another.
EXPECTED = (LoopError, StrategyError, ValueError, ArithmeticError, MemoryError)


@contextmanager
def only_one(folder: Path, patience: float) -> Iterator[None]:
    """Hold the project's trainer lock; `TrainerBusy` if another keeps it for *patience* seconds."""
    try:
        with FileLock(folder / "trainer.lock", timeout=patience):
            yield
    except Timeout as why:
        raise TrainerBusy(folder) from why


def one_round(project: Project) -> Round | RoundFailed:
    """Do one round now, in this process. Raises `TrainerBusy`."""
    with only_one(project.folder, patience=0):
        _sweep(project)
        try:
            return attempt(project, schedule.Reason.ASKED_FOR, "as asked")
        finally:
            _say(project, "stopped", "after the round that was asked for")


def work(project: Project) -> None:
    """Do rounds as they fall due, until the process ends."""
    _sweep(project)
    offered = offers.every(project.settings)  # it takes a while, in which answers must be taken
    with project.store.write() as db:
        rounds.offer(db, offered)
    watchers: list[Watch | Lookout | Insights | Tuning]
    watchers = [Watch(project), Lookout(project), Insights(project)]
    if project.settings.space is not None:
        watchers.insert(0, Tuning(project))
    if project.settings.no_rounds:
        _say(project, "idle", project.settings.no_rounds)
        while True:  # alive, so that nobody starts another
            _watch(project, watchers)
            time.sleep(LOOK_EVERY)
    _read(project)
    said = ""
    while True:
        seen = project.store.changes()
        settings = project.settings
        state = loop_state(settings, project.store.read)
        reason = schedule.due(settings.retrain, state)
        if reason is None and cold_start.is_due(settings, project.store.read):
            _start(project)
            continue
        if reason is None:
            note = f"for {schedule.waiting_for(settings.retrain, state)}"
            if note != said:
                _say(project, "waiting", note)
                said = note
            clustering.keep_up(project)
            _doubt(project)
            _watch(project, watchers)
            while project.store.changes() == seen:
                time.sleep(LOOK_EVERY)
                _watch(project, watchers)  # it may have been too early for one
            continue
        said = ""
        attempt(project, reason, f"on {state.labels} labels: {reason}")


def attempt(project: Project, reason: schedule.Reason, note: str) -> Round | RoundFailed:
    """Do one round; what is known to go wrong is recorded, and returned instead of the round.

    Anything else is recorded, too, and raised: nobody may be watching.
    """
    with project.store.write() as db:
        request, _ = rounds.requests(db)
        seq = log.end(db)
        rounds.say(db, "training", note, working_on=seq)
    try:
        done = retrain.run(project, reason)
    except Exception as why:
        failure = f"{type(why).__name__}: {why}"
        with project.store.write() as db:
            rounds.fail(db, failure, seq)
        if not isinstance(why, EXPECTED):
            raise
        return RoundFailed(failure)
    with project.store.write() as db:
        rounds.answer(db, request)
    return done


def _read(project: Project) -> None:
    """Make the features; what is known to go wrong is recorded, and rounds wait for new labels."""
    _say(project, "preparing", "reading the items")
    try:
        retrain.features(project)
    except EXPECTED as why:
        with project.store.write() as db:
            rounds.fail(db, f"{type(why).__name__}: {why}", log.end(db))


def _start(project: Project) -> None:
    """Choose what is asked first; what is known to go wrong is recorded."""
    _say(project, "preparing", "choosing what to ask first")
    try:
        cold_start.run(project)
    except EXPECTED as why:
        cold_start.give_up(project, f"{type(why).__name__}: {why}")


def _doubt(project: Project) -> None:
    """Look for wrong labels; what is known to go wrong waits for new labels, as a round does."""
    try:
        doubting.keep_up(project)
    except EXPECTED as why:
        doubting.give_up(project)
        with project.store.write() as db:
            rounds.note(db, f"wrong labels were not looked for: {type(why).__name__}: {why}")


def _watch(project: Project, watchers: list[Watch | Lookout | Insights | Tuning]) -> None:
    """Look at what people say; see `loop.feedback`.

    Where one fails in a way that is known it rests until the trainer starts anew, and that is said.
    """
    for one in list(watchers):
        try:
            one.keep_up()
        except EXPECTED as why:
            watchers.remove(one)
            told = f"{type(one).__name__} rests, and what it does is not done: {why}"
            with project.store.write() as db:
                rounds.note(db, f"{told} ({type(why).__name__})")


def _sweep(project: Project) -> None:
    """Delete what a round left that was killed: it may hold words that were erased since."""
    in_use = rounds.ranking(project.store.read)
    guesses.keep(project.guesses, in_use.guesses if in_use else None)
    clustering.sweep(project)


def _say(project: Project, state: str, note: str) -> None:
    with project.store.write() as db:
        rounds.say(db, state, note)


def main(folder: str) -> None:
    """Run the trainer of *folder* until its parent leaves."""
    step_back()
    warnings.simplefilter("ignore", ConvergenceWarning)  # a curve says more of a fit than this
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent; we leave with it
    try:
        with only_one(Path(folder), LOCK_PATIENCE), Project.open(folder) as project:
            work(project)
    except TrainerBusy:
        sys.exit(BUSY)


if __name__ == "__main__":
    main(sys.argv[1])
