"""What became of corrections: each is accepted or dismissed once, by an event of the log."""

import json
from typing import Any

from loop.store import feedback, log
from loop.store.database import Database, rows, value

ACCEPTED, DISMISSED = KINDS = ("accepted", "dismissed")

_ABOUT = "json_extract(value, '$.feedback_id')"
_WAITS = (  # nobody settled it, and its words were not erased
    f"kind = 'correction' AND value <> '\"{feedback.TOMBSTONE}\"' "
    f"AND feedback_id NOT IN (SELECT {_ABOUT} FROM log WHERE kind IN {KINDS})"
)


def accepted(db: Database) -> set[str]:
    """The ids of corrections that were accepted."""
    return {id_ for (id_,) in db.execute(f"SELECT {_ABOUT} FROM log WHERE kind = 'accepted'")}


def became(db: Database, feedback_id: str) -> dict[str, Any] | None:
    """The event that settled a correction, its value decoded; None while it waits."""
    sql = f"SELECT * FROM log WHERE kind IN {KINDS} AND {_ABOUT} = ?"
    found = rows(db, sql, feedback_id)
    return found[0] | {"value": json.loads(found[0]["value"])} if found else None


def waiting(db: Database, n: int) -> list[dict[str, Any]]:
    """The oldest *n* corrections that nobody settled, with their interactions."""
    sql = f"SELECT feedback_id FROM feedback WHERE {_WAITS} ORDER BY seq LIMIT ?"
    found = [feedback.one(db, id_) for (id_,) in db.execute(sql, [n]).fetchall()]
    return [row for row in found if row is not None]


def count_waiting(db: Database) -> int:
    """How many corrections nobody settled."""
    return int(value(db, f"SELECT count(*) FROM feedback WHERE {_WAITS}"))


def settle(db: Database, kind: str, by: str, told: dict[str, Any]) -> None:
    """Append what became of a correction; no words of it, as those may have to be erased."""
    event_id = f"{log.OURS}{kind}-{told['feedback_id']}"
    log.append(db, [log.Event(event_id, kind, by, value=told)])


def dismissed(db: Database) -> set[str]:
    """The ids of corrections that were dismissed, or edited into others."""
    return {id_ for (id_,) in db.execute(f"SELECT {_ABOUT} FROM log WHERE kind = 'dismissed'")}
