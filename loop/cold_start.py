"""What is asked before there is a model: items that stand for the others.

A project is asked in random order from its first second; what its setting `start` chooses takes
over when the features are there. It is an event in the log, as a round is.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import strategies
from loop import ranking, retrain, schedule, snapshot
from loop.project import Project
from loop.ranking import Ranking
from loop.settings import Settings
from loop.snapshot import Snapshot
from loop.store import Database, items, log, rounds
from loop.store.log import Event
from loop.store.rounds import Pointer

TAIL = "random"


def is_due(settings: Settings, db: Database) -> bool:
    """Whether they are still to be chosen, by this start, out of all that came."""
    if settings.start == TAIL or rounds.latest(db) is not None:
        return False
    last = log.latest(db, "start")
    changed = max(log.latest_seq(db, "import"), log.latest_seq(db, "erase"))
    return last is None or last["value"]["strategy"] != settings.start or last["seq"] < changed


def run(project: Project) -> None:
    """Choose them and have them asked first.

    Nothing is changed where items are imported or erased meanwhile: it is due again. Raises
    `StrategyError` where the strategy breaks its contract, and what a plug-in's raises; see
    `give_up`.
    """
    now = snapshot.of(project)
    X = retrain.features(project, now.settings)
    if len(X) != now.n_items:
        return
    order = chosen(X, now)
    file = ranking.save(order, project.rankings, version=0)
    with project.store.write() as db:
        if log.latest_seq(db, "erase") != now.erasure:
            return
        event = f"{log.OURS}start-{now.log_seq}"
        log.append(db, [Event(event, "start", rounds.TRAINER, value=record(now, order))])
        rounds.point_at(db, pointer(now, order, file))
        late = items.reopened_since(db, now.log_seq)
        ranking.follow(db, project.rankings, late, now.settings.seed)


def pointer(now: Snapshot, order: Ranking, file: str) -> Pointer:
    """The row that puts the choice in use."""
    return Pointer(0, file, now.settings.start, order.head, TAIL)


def record(now: Snapshot, order: Ranking) -> dict[str, Any]:
    """What the choice leaves in the log, see `retrain.record`."""
    return {
        "strategy": now.settings.start,
        "log_seq": now.log_seq,
        "recipe": now.settings.recipe,
        "seed": now.settings.seed,
        "versions": retrain.versions(),
        "out": now.out,
        "digests": {"ranking": ranking.digest(order)},
    }


def give_up(project: Project, why: str) -> None:
    """Leave them in random order until more come: say why."""
    with project.store.write() as db:
        seq, settings = log.end(db), project.terms(db).settings
        failed = {"strategy": settings.start, "failure": why, "log_seq": seq}
        log.append(db, [Event(f"{log.OURS}start-{seq}", "start", rounds.TRAINER, value=failed)])
        rounds.fail(db, f"the start {settings.start!r}: {why}", seq)


def chosen(X: NDArray[np.float32], now: Snapshot) -> Ranking:
    """The chosen items, then the others in seeded random order."""
    seed = now.settings.seed
    seen, labels = retrain.targets(now.settings, X, now.labels) if now.labels else (None, None)
    pool = strategies.Selection(X, now.askable)
    query = strategies.Query(pool, np.random.default_rng([seed, 0]), seen=seen, labels=labels)
    n = min(schedule.batch_size(now.settings.retrain, 0, now.out), len(now.askable))
    with threadpool_limits(1):
        picks = strategies.get(now.settings.start)(query, n) if n else None
    first = now.askable[picks.positions] if picks else now.askable[:0]
    entries = ranking.shuffled(now.askable, seed).entries
    entries = np.concatenate(
        [ranking.unscored(first), entries[~np.isin(entries["position"], first)]]
    )
    if picks:
        entries["score"][: len(first)] = picks.scores
    return Ranking(entries, head=len(first))
