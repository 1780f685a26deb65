"""Leases: which item is lent to whom, until when, and why it was asked."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlite_utils import Database

from loop.store.database import rows, value


@dataclass(frozen=True)
class Lease:
    """An item lent to one annotator, with the reason it was chosen."""

    position: int
    strategy: str  #: a strategy's name, or `audit`, or `tail: …`
    model_version: int | None = None
    score: float | None = None
    rank: int | None = None  #: place in the ranking, from 1


_REASON = "position, strategy, model_version, score, rank"


def queue(db: Database, annotator: str) -> list[Lease]:
    """What this person holds: the queue last handed out in its order, then what fell out of it."""
    sql = f"SELECT {_REASON} FROM leases WHERE annotator = ? ORDER BY slot IS NULL, slot, position"
    return [Lease(**row) for row in rows(db, sql, annotator)]


def of(db: Database, position: int, annotator: str) -> Lease | None:
    """This person's lease of this item, run out or not."""
    sql = f"SELECT {_REASON} FROM leases WHERE position = ? AND annotator = ?"
    found = rows(db, sql, position, annotator)
    return Lease(**found[0]) if found else None


def hand_out(db: Database, annotator: str, wanted: Sequence[Lease], until: float) -> None:
    """Make *wanted* this person's queue, in that order."""
    db.execute("UPDATE leases SET slot = NULL WHERE annotator = ?", [annotator])
    for slot, lease in enumerate(wanted):
        lend(db, annotator, lease, until, slot)


def lend(db: Database, annotator: str, lease: Lease, until: float, slot: int | None = None) -> None:
    """Lend one item, or lend it anew."""
    db.execute(
        f"INSERT OR REPLACE INTO leases({_REASON}, annotator, slot, expires_at) "
        "VALUES (:position, :strategy, :model_version, :score, :rank, :annotator, :slot, :until)",
        asdict(lease) | {"annotator": annotator, "slot": slot, "until": until},
    )


def reason_of(event: dict[str, Any]) -> Lease:
    """The lease under which an answer in the log was given."""
    reason = {name: event[name] for name in Lease.__dataclass_fields__}
    return Lease(**reason | {"strategy": reason["strategy"] or "held"})


def give_back(db: Database, annotator: str, except_for: Sequence[int]) -> None:
    """Return to the pool everything this person no longer holds."""
    db.execute(
        "DELETE FROM leases WHERE annotator = ? "
        "AND position NOT IN (SELECT value FROM json_each(?))",
        [annotator, json.dumps(list(except_for))],
    )


def others(db: Database, position: int, annotator: str, now: float) -> int | None:
    """How many other people have labeled this item or hold it now; None if one flagged it."""
    sql = "SELECT kind FROM standing WHERE position = ? AND annotator <> ?"
    kinds = [kind for (kind,) in db.execute(sql, [position, annotator])]
    sql = "SELECT count(*) FROM leases WHERE position = ? AND annotator <> ? AND expires_at > ?"
    out = int(value(db, sql, position, annotator, now))
    return None if "flag" in kinds else kinds.count("label") + out


def is_live(db: Database, position: int, annotator: str, now: float) -> bool:
    """Whether this person's lease of this item has not run out."""
    sql = "SELECT expires_at > ? FROM leases WHERE position = ? AND annotator = ?"
    return bool(value(db, sql, now, position, annotator))


def drop(db: Database, position: int, annotator: str) -> None:
    """End one person's lease of an item."""
    sql = "DELETE FROM leases WHERE position = ? AND annotator = ?"
    db.execute(sql, [position, annotator])


def lent_to_others(db: Database, annotator: str, now: float) -> int:
    """How many items are out with somebody else right now."""
    sql = "SELECT count(DISTINCT position) FROM leases WHERE annotator <> ? AND expires_at > ?"
    return int(value(db, sql, annotator, now))


def live(db: Database, now: float) -> int:
    """How many leases have not run out."""
    return int(value(db, "SELECT count(*) FROM leases WHERE expires_at > ?", now))


def takers(db: Database, positions: Sequence[int], annotator: str, now: float) -> dict[int, int]:
    """How many others have answered or leased each of *positions*; free ones are left out.

    -1 where this person answered it already, or where it is closed.
    """
    among = json.dumps([int(position) for position in positions])
    sql = (
        "WITH asked AS (SELECT value AS position FROM json_each(?1)) "
        "SELECT position, -1 AS n FROM closed WHERE position IN asked "
        "UNION ALL SELECT position, -1 FROM standing WHERE position IN asked AND annotator = ?2 "
        "UNION ALL SELECT position, 1 FROM standing "
        "WHERE position IN asked AND annotator <> ?2 AND kind = 'label' "
        "UNION ALL SELECT position, 1 FROM leases "
        "WHERE position IN asked AND annotator <> ?2 AND expires_at > ?3"
    )
    counts: dict[int, int] = {}
    for position, n in db.execute(sql, [among, annotator, now]):
        barred = n < 0 or counts.get(position, 0) < 0
        counts[position] = -1 if barred else counts.get(position, 0) + n
    return counts
