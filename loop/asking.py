"""A round on request: by the trainer that runs, or here if none does."""

import time

from loop.errors import RoundFailed, TrainerBusy
from loop.project import Project
from loop.status import loop_state
from loop.store import log, rounds
from loop.trainer import one_round

LOOK_EVERY = 0.1  # seconds
PATIENCE = 3600.0  # seconds to wait for a trainer that is at work


def round_now(project: Project) -> str:
    """Do one round, or have the running trainer do it; returns what came of it, in words.

    Raises `RoundFailed` with the reason.
    """
    settings = project.settings
    if settings.no_rounds:
        raise RoundFailed(f"There is nothing to train: {settings.no_rounds}.")
    state = loop_state(settings, project.store.read)
    if state.classes < 2:
        raise RoundFailed(
            f"A model needs labels of at least two classes; there are {state.labels} labels of "
            f"{state.classes}. Label some more first."
        )
    try:
        done = one_round(project)
    except TrainerBusy:
        version = _ask(project)
    else:
        if isinstance(done, RoundFailed):
            raise done
        version = done.version
    point = next(p for p in rounds.curve(project.store.read) if p.version == version)
    reached = "not known yet" if point.accuracy is None else f"{point.accuracy:.3f}"
    return (
        f"Model {version}: {point.labels} labels, accuracy {reached} on {point.audit} audit items."
    )


def _ask(project: Project) -> int:
    failures = len(log.of_kind(project.store.read, "failure"))
    with project.store.write() as db:
        mine = rounds.ask(db)
    deadline = time.monotonic() + PATIENCE
    while rounds.requests(project.store.read)[1] < mine:
        if time.monotonic() > deadline:
            raise RoundFailed(
                f"The trainer has not answered in {PATIENCE / 60:.0f} minutes; askwell status says "
                "what it does, and trainer.log in the project folder more."
            )
        time.sleep(LOOK_EVERY)
    if failed := log.of_kind(project.store.read, "failure")[failures:]:
        raise RoundFailed(f"The round failed: {failed[0]['value']['why']}")
    newest = rounds.latest(project.store.read)
    if newest is None:
        raise RoundFailed("The trainer answered without a model; see trainer.log in the project.")
    return int(newest["version"])
