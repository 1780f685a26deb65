"""Annotators and their tokens. A token is stored only as its hash.

A person's *generation* grows by one when they are revoked. A token carries the generation it was
given for, and counts only while that is still theirs: one number ends all of them at once.
"""

import hashlib
import json
import secrets
import time
from dataclasses import dataclass

from loop.store.database import Database, rows, value
from loop.store.log import BULK, IMPORT, JUDGEMENTS
from loop.store.wanted import Usual


@dataclass(frozen=True)
class Person:
    """One annotator as stored. Times are seconds since 1970, UTC."""

    name: str
    role: str
    generation: int
    created_at: float
    revoked_at: float | None  #: None while they may come in
    seen_at: float | None  #: their last call or visit, to the minute; None before the first
    let_on: int  #: the log's last row when an owner let them go on; 0 if nobody had to


@dataclass(frozen=True)
class DayOfWork:
    """How many of one person's standing answers of one kind were received on one day."""

    name: str
    day: int  #: days since 1970-01-01, in the time zone asked for
    kind: str
    answers: int


_PERSON = ", ".join(Person.__dataclass_fields__)


def add(db: Database, name: str, role: str) -> None:
    """Add a person, or let one who is there come in, in this role."""
    db.execute(
        "INSERT INTO annotators(name, role, created_at, generation) VALUES (?, ?, ?, ?) "
        "ON CONFLICT(name) DO UPDATE SET role = excluded.role, revoked_at = NULL",
        # Begun at random: somebody of the same name, erased before, had other tokens.
        [name, role, time.time(), secrets.randbelow(2**31)],
    )


def find(db: Database, name: str) -> Person | None:
    """One person, or None for a stranger."""
    found = rows(db, f"SELECT {_PERSON} FROM annotators WHERE name = ?", name)
    return Person(**found[0]) if found else None


def every(db: Database) -> list[Person]:
    """All people, those who were revoked too, by the time they were added."""
    return [
        Person(**row)
        for row in rows(db, f"SELECT {_PERSON} FROM annotators ORDER BY created_at, name")
    ]


def revoke(db: Database, name: str) -> None:
    """End every token this person has."""
    db.execute(
        "UPDATE annotators SET generation = generation + 1, revoked_at = ? WHERE name = ?",
        [time.time(), name],
    )


def change_role(db: Database, name: str, role: str) -> None:
    """Give a person another role."""
    db.execute("UPDATE annotators SET role = ? WHERE name = ?", [role, name])


def let_on(db: Database, name: str, seq: int) -> None:
    """Count what a person does with gold items from after this row of the log on."""
    db.execute("UPDATE annotators SET let_on = ? WHERE name = ?", [seq, name])


def seen(db: Database, name: str, when: float) -> None:
    """Note that a person was here."""
    db.execute("UPDATE annotators SET seen_at = ? WHERE name = ?", [when, name])


def admit(db: Database, token: str, annotator: str) -> None:
    """Let whoever brings *token* in as *annotator*, until that person is revoked."""
    db.execute(
        "INSERT INTO tokens(hash, annotator, created_at, generation) "
        "SELECT ?, name, ?, generation FROM annotators WHERE name = ?",
        [_hash(token), time.time(), annotator],
    )


def bearer(db: Database, token: str) -> tuple[str, int] | None:
    """Whose token this is and for which generation of theirs, or None; it may be revoked."""
    found = rows(db, "SELECT annotator, generation FROM tokens WHERE hash = ?", _hash(token))
    return (found[0]["annotator"], found[0]["generation"]) if found else None


def work(db: Database, offset: int, name: str | None = None) -> list[DayOfWork]:
    """Standing answers by person, day and kind; days begin *offset* seconds before UTC's."""
    sql = (
        "SELECT s.annotator AS name, CAST((l.received_at + ?) / 86400 AS INTEGER) AS day, s.kind, "
        "count(*) AS answers FROM standing s JOIN log l USING (seq) "
        f"WHERE {'s.annotator <> ?' if name is None else 's.annotator = ?'} GROUP BY 1, 2, 3"
    )
    return [DayOfWork(**row) for row in rows(db, sql, offset, IMPORT if name is None else name)]


def look_times(db: Database, newest: int) -> dict[str, list[float]]:
    """Seconds between shown and answered by person, one by one, of the log's *newest* rows."""
    sql = (
        "SELECT annotator, answered_at - shown_at FROM log "
        "WHERE seq > (SELECT max(seq) FROM log) - ? AND answered_at >= shown_at "
        "AND kind IN (SELECT value FROM json_each(?)) AND strategy IS NOT ? ORDER BY seq"
    )
    times: dict[str, list[float]] = {}
    for name, seconds in db.execute(sql, [newest, json.dumps(JUDGEMENTS), BULK]):
        times.setdefault(name, []).append(seconds)
    return times


def labels_wanted(db: Database, usual: Usual) -> int:
    """How many more labels it takes until nothing need be asked any more."""
    is_open = "NOT IN (SELECT position FROM closed)"
    sql = (
        "SELECT ((SELECT count(*) FROM items) - (SELECT count(*) FROM closed)) * :pool "
        "+ (SELECT count(*) FROM items WHERE share = 'audit' AND position "
        f"{is_open}) * (:audit - :pool) "
        f"+ (SELECT total(min(n, :audit) - :pool) FROM wanted WHERE position {is_open}) "
        f"- (SELECT count(*) FROM standing WHERE kind = 'label' AND position {is_open})"
    )
    return max(0, int(value(db, sql, **vars(usual))))


def _hash(token: str) -> str:
    # 256 random bits need no salt, no slow hash and no limit on tries: there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()
