"""Leases: which item is lent to whom, until when, and why it was asked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loop.store import wanted
from loop.store.database import Database, rows, value
from loop.store.wanted import Usual


@dataclass(frozen=True)
class Lease:
    """An item lent to one annotator, with the reason it was chosen."""

    position: int
    strategy: str  #: a strategy's name, `audit`, `gold`, `again`, or `tail: …`
    model_version: int | None = None
    score: float | None = None
    rank: int | None = None  #: place in the ranking, from 1
    suggestion: str | None = None  #: the class that the model holds for likeliest
    suggestion_shown: bool | None = None  #: to this person; None where there is none


_REASON = "position, strategy, model_version, score, rank, suggestion, suggestion_shown"
_LEND = (
    f"INSERT OR REPLACE INTO leases({_REASON}, annotator, slot, expires_at) "
    "VALUES (:position, :strategy, :model_version, :score, :rank, :suggestion, :suggestion_shown, "
    ":annotator, :slot, :until)"
)


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
    db.executemany(
        _LEND, [_row(lease, annotator, slot, until) for slot, lease in enumerate(wanted)]
    )


def lend(db: Database, annotator: str, lease: Lease, until: float) -> None:
    """Lend one item, or lend it anew; it has no place in the queue."""
    db.execute(_LEND, _row(lease, annotator, None, until))


def _row(lease: Lease, annotator: str, slot: int | None, until: float) -> dict[str, Any]:
    return vars(lease) | {"annotator": annotator, "slot": slot, "until": until}


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


def not_for_many(db: Database, annotator: str, now: float) -> list[int]:
    """Positions that this person cannot label among many others now.

    What is closed, measures the model, is on anybody's screen, or has an answer of theirs. Where
    several answers are wanted there is room on all the rest: else they would be closed.
    """
    sql = (
        "SELECT position FROM closed UNION ALL SELECT position FROM items WHERE share = 'audit' "
        "UNION ALL SELECT position FROM leases WHERE expires_at > ? "
        "UNION ALL SELECT position FROM standing WHERE annotator = ?"
    )
    return [position for (position,) in db.execute(sql, [now, annotator])]


def lent_to_others(db: Database, annotator: str, now: float) -> int:
    """How many items are out with somebody else right now; gold ones may be, and are asked."""
    sql = (
        "SELECT count(DISTINCT position) FROM leases WHERE annotator <> ? AND expires_at > ? "
        "AND position NOT IN (SELECT position FROM decided WHERE gold)"
    )
    return int(value(db, sql, annotator, now))


def gold_held(db: Database, annotator: str) -> list[int]:
    """The gold items that this person holds."""
    sql = (
        "SELECT position FROM leases WHERE annotator = ? "
        "AND position IN (SELECT position FROM decided WHERE gold)"
    )
    return [position for (position,) in db.execute(sql, [annotator])]


def live(db: Database, now: float) -> int:
    """How many leases have not run out."""
    return int(value(db, "SELECT count(*) FROM leases WHERE expires_at > ?", now))


def free(
    db: Database, positions: Sequence[int], annotator: str, usual: Usual, now: float, most: int
) -> list[int]:
    """Which of *positions* this person can be asked now: their places in it, the first *most*.

    Free is what is not closed, what this person has not answered, and what fewer others have
    labeled or hold than are wanted.
    """
    sql = (
        "SELECT key FROM json_each(:among) AS asked WHERE "
        "NOT EXISTS (SELECT 1 FROM closed WHERE position = asked.value) AND "
        "NOT EXISTS (SELECT 1 FROM standing WHERE position = asked.value AND annotator = :who) AND "
        "(SELECT count(*) FROM leases "
        "WHERE position = asked.value AND annotator <> :who AND expires_at > :now) + "
        "(SELECT count(*) FROM standing "
        "WHERE position = asked.value AND annotator <> :who AND kind = 'label') "
        f"< {wanted.of('asked.value')} LIMIT :most"
    )
    among = json.dumps(list(positions))
    told = {"among": among, "who": annotator, "now": now, "most": most} | vars(usual)
    return [place for (place,) in db.execute(sql, told)]
