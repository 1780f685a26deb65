"""What a tuning session reads of its project, and the one document that it tells its page."""

import json
from typing import Any

from loop.store import log, rounds
from loop.store.database import Database, insert, rows, value


def create(db: Database) -> None:
    """The table of the one document."""
    db.execute("CREATE TABLE tuning(id INTEGER PRIMARY KEY, told TEXT NOT NULL)")


def put(db: Database, told: dict[str, Any]) -> None:
    """Replace it."""
    row = {"id": 1, "told": json.dumps(told, ensure_ascii=False, allow_nan=False)}
    insert(db, "tuning", row, replace=True)


def newest(db: Database) -> dict[str, Any] | None:
    """The document; None until there is one."""
    found = rows(db, "SELECT told FROM tuning")
    return json.loads(found[0]["told"]) if found else None


def forget(db: Database) -> None:
    """Drop it, where something in it is erased: it is made anew."""
    db.execute("DELETE FROM tuning")


def heard(db: Database) -> int:
    """The newest row of the log that the trainer has not written itself."""
    sql = "SELECT seq FROM log WHERE annotator <> ? ORDER BY seq DESC LIMIT 1"
    return int(value(db, sql, rounds.TRAINER) or 0)


def labels(db: Database) -> list[tuple[int, str, Any]]:
    """Every standing answer to the question, oldest first: (position, annotator, value)."""
    sql = (
        "SELECT position, annotator, value FROM standing WHERE kind = 'label' "
        "AND position NOT IN (SELECT position FROM withdrawn) ORDER BY seq"
    )
    return [(position, who, json.loads(said)) for position, who, said in db.execute(sql)]


def held(db: Database, now: float) -> dict[int, str]:
    """The positions that are out with somebody now, and with whom."""
    sql = "SELECT position, annotator FROM leases WHERE expires_at > ?"
    return dict(db.execute(sql, [now]).fetchall())


def lent(db: Database) -> set[int]:
    """The positions that somebody was lent and has not given back; the lease may have run out."""
    return {position for (position,) in db.execute("SELECT position FROM leases")}


def answered_since(db: Database) -> list[int]:
    """The positions that the trainer has withdrawn, not yet erased, and that were labeled since."""
    sql = (
        "SELECT w.position FROM withdrawn w "
        "JOIN log l ON l.seq = (SELECT max(seq) FROM log WHERE position = w.position "
        "AND kind = 'withdraw') WHERE NOT w.erased AND l.annotator = ? AND EXISTS "
        "(SELECT 1 FROM log WHERE position = w.position AND kind = 'label' AND seq > l.seq) "
        "ORDER BY w.position"
    )
    return [position for (position,) in db.execute(sql, [rounds.TRAINER])]


def left_out(db: Database) -> list[dict[str, Any]]:
    """The settings of which nothing could be shown, and why, oldest first."""
    return [row["value"] for row in log.of_kind(db, LEFT_OUT)]


LEFT_OUT = "left-out"
