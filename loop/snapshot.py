"""What a round works on: the state at one row of the log, whatever is answered meanwhile."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop import consensus
from loop.consensus import Said
from loop.project import Project
from loop.settings import Settings
from loop.store import Database, items, leases, log, rounds, standings
from loop.store.audit import Audited, audited
from loop.tasks import Value


@dataclass(frozen=True)
class Snapshot:
    """What a round works on: the log up to one row, whatever is answered meanwhile."""

    settings: Settings
    n_items: int  #: that had been imported
    log_seq: int
    erasure: int  #: the newest row of the log by which something was erased
    version: int  #: of the model to be
    labels: list[tuple[int, Value]]
    weights: NDArray[np.float64] | None  #: (n_labels,), how sure each is; None where all are
    given: list[Said]  #: people's answers behind them, where doubtful ones are asked again
    truth: list[tuple[int, Value]]  #: of the audit items
    audited: list[Audited]
    askable: NDArray[np.int64]  #: where doubtful ones are asked again, without the labeled ones
    out: int  #: items that some may not be asked now: on lease, or passed over by them
    diary: dict[str, Any]  #: what strategies learned in earlier rounds


def of(project: Project) -> Snapshot:
    """Read the state that a round starts from."""
    with project.store.snapshot() as db:
        out = leases.live(db, time.time()) + standings.passed_over(db)
        return seen_in(db, project.terms(db).settings, out)


def seen_in(db: Database, settings: Settings, out: int) -> Snapshot:
    """The state that *db* has; `out` is told, as no log knows what was on lease."""
    newest = log.latest(db, "round")
    closed = set(standings.closed_positions(db))
    weighed = consensus.weighed(db, settings, items.POOL)
    labels = [(position, label) for position, label, _ in weighed]
    sure = np.array([weight for *_, weight in weighed])
    given = []
    if settings.ask_again_below is not None:
        given = consensus.given(db, settings, items.POOL, least=1)
        closed.update(position for position, _ in labels)
    pool = [p for p in items.positions(db, items.POOL) if p not in closed]
    return Snapshot(
        settings=settings,
        n_items=items.count(db),
        log_seq=log.end(db),
        erasure=log.latest_seq(db, "erase"),
        version=(newest["value"]["version"] if newest else 0) + 1,
        labels=labels,
        weights=sure if (sure < 1).any() else None,
        given=given,
        truth=consensus.labels(db, settings, items.AUDIT),
        audited=audited(db),
        askable=np.array(pool, dtype=np.int64),
        out=out,
        diary=rounds.diary(db),
    )
