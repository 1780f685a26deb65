"""The append-only log, the only truth, and the two tables that say what it comes to.

`standing` holds each person's answer that counts now; `closed` the items nobody need be asked
about any more. Both are brought up to date in the transaction that appends.
"""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlite_utils import Database

from loop.store.database import rows, value

JUDGEMENTS = ("label", "skip", "unsure", "flag")
OURS = "@"  # begins the event ids that the loop itself makes, and nobody else's
IMPORT = "import"  # the annotator of labels that came with the data


@dataclass(frozen=True)
class Event:
    """One row of the log. Times are seconds since 1970, UTC."""

    event_id: str
    kind: str
    annotator: str
    position: int | None = None
    value: Any = None  #: a class, or whatever the kind carries; stored as JSON
    shown_at: float | None = None
    answered_at: float | None = None
    comment: str | None = None
    target: str | None = None
    suggestion: str | None = None
    model_version: int | None = None
    strategy: str | None = None
    score: float | None = None
    rank: int | None = None
    guideline_version: int | None = None
    received_at: float | None = None  #: now, where not given


_COLUMNS = tuple(Event.__dataclass_fields__)
_INSERT = f"INSERT INTO log({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"


def append(db: Database, events: Iterable[Event]) -> None:
    """Write *events* as new rows, in order."""
    now = time.time()
    for event in events:
        row = asdict(event) | {"value": _json(event.value)}
        row["received_at"] = event.received_at or now
        db.execute(_INSERT, [row[column] for column in _COLUMNS])


def event(db: Database, event_id: str) -> dict[str, Any] | None:
    """The row with this id, its value decoded, or None."""
    found = rows(db, "SELECT * FROM log WHERE event_id = ?", event_id)
    return found[0] | {"value": _decoded(found[0]["value"])} if found else None


def latest(db: Database, kind: str) -> dict[str, Any] | None:
    """The newest row of a kind, its value decoded, or None."""
    found = rows(db, "SELECT * FROM log WHERE kind = ? ORDER BY seq DESC LIMIT 1", kind)
    return found[0] | {"value": _decoded(found[0]["value"])} if found else None


def of_kind(db: Database, kind: str) -> list[dict[str, Any]]:
    """All rows of a kind, oldest first, their values decoded."""
    found = rows(db, "SELECT * FROM log WHERE kind = ? ORDER BY seq", kind)
    return [row | {"value": _decoded(row["value"])} for row in found]


def end(db: Database) -> int:
    """The number of the last row; 0 when the log is empty."""
    return int(value(db, "SELECT coalesce(max(seq), 0) FROM log"))


def standing_of(history: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Which row of one person's history of one item counts: the last one not undone."""
    left = not_undone(history)
    return left[-1] if left else None


def not_undone(history: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers of one person's history of one item that were not taken back, oldest first."""
    undone = {row["target"] for row in history if row["kind"] == "undo"}
    return [r for r in history if r["kind"] in JUDGEMENTS and r["event_id"] not in undone]


def left_of(db: Database, position: int, annotator: str) -> list[dict[str, Any]]:
    """This person's answers on this item that were not taken back, oldest first."""
    return [
        row | {"value": _decoded(row["value"])} for row in not_undone(_of(db, position, annotator))
    ]


def settle(db: Database, position: int, annotator: str, overlap: int) -> None:
    """Bring `standing` and `closed` up to date for one item."""
    key = (position, annotator)
    history = _of(db, position, annotator)
    db.execute("DELETE FROM standing WHERE position = ? AND annotator = ?", key)
    if row := standing_of(history):
        db.execute(
            "INSERT INTO standing(position, annotator, seq, kind, value) VALUES (?, ?, ?, ?, ?)",
            [*key, row["seq"], row["kind"], row["value"]],
        )
    kinds = [
        kind for (kind,) in db.execute("SELECT kind FROM standing WHERE position = ?", [position])
    ]
    db.execute("DELETE FROM closed WHERE position = ?", [position])
    if is_closed(kinds, overlap):
        db.execute("INSERT INTO closed(position) VALUES (?)", [position])


def is_closed(kinds: Sequence[str], overlap: int) -> bool:
    """Whether an item with these standing answers need not be asked any more.

    A flag takes it out until somebody reviews it; skip and unsure leave it to others.
    """
    return "flag" in kinds or kinds.count("label") >= overlap


def append_known(db: Database, events: Iterable[Event]) -> None:
    """Append labels that came with the data, for items that had no answer yet; all are closed."""
    before = end(db)
    append(db, events)
    db.execute(
        "INSERT INTO standing(position, annotator, seq, kind, value) "
        "SELECT position, annotator, seq, kind, value FROM log WHERE seq > ?",
        [before],
    )
    db.execute("INSERT INTO closed(position) SELECT position FROM log WHERE seq > ?", [before])


def labels(db: Database, share: str) -> list[tuple[int, Any]]:
    """The label of every labeled item of one share, by position; the newest of several."""
    sql = (
        "SELECT position, value FROM (SELECT s.position, s.value, "
        "row_number() OVER (PARTITION BY s.position ORDER BY s.seq DESC) AS newest "
        "FROM standing s JOIN items i USING (position) WHERE s.kind = 'label' AND i.share = ?) "
        "WHERE newest = 1 ORDER BY position"
    )
    return [(position, json.loads(label)) for position, label in db.execute(sql, [share])]


def label_counts(db: Database, share: str) -> list[tuple[Any, int]]:
    """How many items of one share have each label; the newest label of several counts."""
    sql = (
        "SELECT value, count(*) FROM (SELECT s.value, row_number() OVER "
        "(PARTITION BY s.position ORDER BY s.seq DESC) AS newest "
        "FROM standing s JOIN items i USING (position) WHERE s.kind = 'label' AND i.share = ?) "
        "WHERE newest = 1 GROUP BY value"
    )
    return [(json.loads(label), n) for label, n in db.execute(sql, [share])]


def changed_since(db: Database, seq: int) -> int:
    """Items of the pool whose label was given, changed or taken back after row *seq*."""
    sql = (
        "SELECT count(DISTINCT l.position) FROM log l JOIN items i USING (position) "
        "WHERE l.seq > ?1 AND i.share = 'pool' AND (l.kind IN ('label', 'undo') OR EXISTS "
        "(SELECT 1 FROM log e WHERE e.position = l.position AND e.kind = 'label' AND e.seq <= ?1))"
    )
    return int(value(db, sql, seq))


def standing_counts(db: Database) -> dict[str, int]:
    """How many standing answers there are of each kind, those that came with the data apart."""
    sql = "SELECT kind, count(*) FROM standing WHERE annotator <> ? GROUP BY kind"
    return dict(db.execute(sql, [IMPORT]).fetchall())


def has_labeled(db: Database, position: int, annotator: str) -> bool:
    """Whether this person's standing answer on this item is a label."""
    sql = "SELECT 1 FROM standing WHERE position = ? AND annotator = ? AND kind = 'label'"
    return value(db, sql, position, annotator) is not None


def answered_by(db: Database, annotator: str) -> int:
    """How many items have a standing answer of this person."""
    return int(value(db, "SELECT count(*) FROM standing WHERE annotator = ?", annotator))


def answered_but_open(db: Database, annotator: str) -> int:
    """How many items this person has answered that are still asked of others."""
    sql = (
        "SELECT count(*) FROM standing WHERE annotator = ? "
        "AND position NOT IN (SELECT position FROM closed)"
    )
    return int(value(db, sql, annotator))


def passed_over(db: Database) -> int:
    """How many skips and unsures stand on items that are still asked of others."""
    sql = (
        "SELECT count(*) FROM standing WHERE kind IN ('skip', 'unsure') "
        "AND position NOT IN (SELECT position FROM closed)"
    )
    return int(value(db, sql))


def closed_count(db: Database) -> int:
    """How many items need no more answers."""
    return int(value(db, "SELECT count(*) FROM closed"))


def closed_positions(db: Database) -> list[int]:
    """The items that need no more answers."""
    return [position for (position,) in db.execute("SELECT position FROM closed ORDER BY position")]


def lead_times(db: Database, annotator: str | None = None) -> list[float]:
    """Seconds between shown and answered of the newest thousand standing answers by people."""
    sql = (
        "SELECT l.answered_at - l.shown_at FROM log l JOIN standing s USING (seq) "
        "WHERE l.answered_at >= l.shown_at AND (? IS NULL OR l.annotator = ?) "
        "ORDER BY seq DESC LIMIT 1000"
    )
    return [seconds for (seconds,) in db.execute(sql, [annotator, annotator])]


def newest_of(db: Database, annotator: str, n: int) -> list[dict[str, Any]]:
    """This person's newest *n* standing answers, newest first."""
    sql = (
        "SELECT l.* FROM standing s JOIN log l USING (seq) WHERE s.annotator = ? "
        "ORDER BY seq DESC LIMIT ?"
    )
    return [row | {"value": _decoded(row["value"])} for row in rows(db, sql, annotator, n)]


def judgements(db: Database) -> Iterable[dict[str, Any]]:
    """Every standing answer with its item and its whole provenance, in order of the log."""
    sql = (
        "SELECT i.id AS item_id, i.fields, i.share, l.* FROM standing s JOIN log l USING (seq) "
        "JOIN items i ON i.position = s.position ORDER BY l.seq"
    )
    for row in db.query(sql):
        decoded = {"value": _decoded(row["value"]), "fields": _decoded(row["fields"])}
        yield row | decoded


def _of(db: Database, position: int, annotator: str) -> list[dict[str, Any]]:
    sql = "SELECT * FROM log WHERE position = ? AND annotator = ? ORDER BY seq"
    return rows(db, sql, position, annotator)


def _json(thing: Any) -> str | None:
    return None if thing is None else json.dumps(thing, ensure_ascii=False)


def _decoded(text: str | None) -> Any:
    return None if text is None else json.loads(text)
