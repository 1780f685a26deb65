"""Alarms: each is an event of the log, and so is what somebody made of it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from loop.store import log
from loop.store.database import Database, rows, value

OPENED, CLOSED = "alarm", "alarm-closed"
WATCHER = "trainer"  # who opens them

_ALL = (
    "SELECT a.event_id, a.received_at, a.value, c.annotator AS closed_by, "
    "c.received_at AS closed_at, c.comment AS how FROM log a "
    "LEFT JOIN log c ON c.kind = 'alarm-closed' AND c.target = a.event_id WHERE a.kind = 'alarm' "
)


@dataclass(frozen=True)
class Alarm:
    """Something that is going wrong, and what was done about it. Times as everywhere."""

    id: str
    opened_at: float
    told: dict[str, Any]  #: see `loop.feedback.watching`
    closed_at: float | None
    closed_by: str | None
    how: str | None


def create(db: Database) -> None:
    """How far the feedback was watched, and which interactions an alarm rests on."""
    db.execute("CREATE TABLE watched(id INTEGER PRIMARY KEY, seq INTEGER NOT NULL)")
    db.execute(
        "CREATE TABLE alarm_evidence(alarm TEXT NOT NULL, interaction INTEGER NOT NULL, "
        "PRIMARY KEY (alarm, interaction)) WITHOUT ROWID"
    )


def every(db: Database) -> list[Alarm]:
    """All of them, oldest first."""
    return [_alarm(row) for row in rows(db, f"{_ALL} ORDER BY a.seq")]


def one(db: Database, id_: str) -> Alarm | None:
    """An alarm by its id."""
    found = rows(db, f"{_ALL} AND a.event_id = ?", id_)
    return _alarm(found[0]) if found else None


def open_(db: Database, told: dict[str, Any], evidence: Iterable[int] = ()) -> str:
    """Open an alarm that rests on these interactions, by number; returns its id."""
    id_ = f"{log.OURS}alarm-{log.end(db)}"
    log.append(db, [log.Event(id_, OPENED, WATCHER, value=told)])
    take_in(db, id_, evidence)
    return id_


def take_in(db: Database, id_: str, interactions: Iterable[int]) -> None:
    """Let an alarm rest on these interactions, too."""
    sql = "INSERT OR IGNORE INTO alarm_evidence(alarm, interaction) VALUES (?, ?)"
    db.executemany(sql, [(id_, number) for number in interactions])


def evidence(db: Database, id_: str) -> list[int]:
    """The interactions that an alarm rests on, by number."""
    sql = "SELECT interaction FROM alarm_evidence WHERE alarm = ? ORDER BY interaction"
    return [number for (number,) in db.execute(sql, [id_])]


def close(db: Database, id_: str, by: str, how: str) -> None:
    """Close it, and say what was done."""
    event_id = f"{log.OURS}closed-{id_}"
    log.append(db, [log.Event(event_id, CLOSED, by, target=id_, comment=how)])


def watched(db: Database) -> int:
    """The last row of the feedback that was looked at."""
    return int(value(db, "SELECT seq FROM watched") or 0)


def watched_until(db: Database, seq: int) -> None:
    """Remember that the feedback was looked at up to this row."""
    db.execute("INSERT OR REPLACE INTO watched(id, seq) VALUES (1, ?)", [seq])


def _alarm(row: dict[str, Any]) -> Alarm:
    return Alarm(
        row["event_id"],
        row["received_at"],
        json.loads(row["value"]),
        row["closed_at"],
        row["closed_by"],
        row["how"],
    )
