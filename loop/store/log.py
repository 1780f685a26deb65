"""The append-only log, the only truth, and the tables that say what it comes to.

`standing` holds each person's answer that counts now; `closed` the items nobody need be asked
about any more; `changed` the last change of every item that was ever labeled. All are brought up
to date in the transaction that appends, and with them the counts of `loop.store.tally`.
"""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from loop.store import tally, wanted
from loop.store.database import Database, rows, value
from loop.store.wanted import Usual

JUDGEMENTS = ("label", "skip", "unsure", "flag")
DECISIONS = ("settings", "guideline", "prompt", "bandit")
LABELING = ("label", "decision", "gold")  # what gives an item a label
OURS = "@"  # begins the event ids that the loop itself makes, and nobody else's
IMPORT = "import"  # the annotator of labels that came with the data
BULK = "bulk"  # why an item was asked that was answered with many others; no strategy chose it
CLOSE = (  # all that nobody need be asked about, from what else stands
    "INSERT OR IGNORE INTO closed(position) SELECT position FROM standing GROUP BY position "
    f"HAVING sum(kind = 'flag') OR sum(kind = 'label' AND annotator = '{IMPORT}') "
    f"OR sum(kind = 'label') >= {wanted.of('standing.position')} "
    "UNION SELECT position FROM withdrawn UNION SELECT position FROM decided"
)


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
    suggestion_shown: bool | None = None  #: before the answer; None where nothing was suggested
    model_version: int | None = None
    strategy: str | None = None
    score: float | None = None
    rank: int | None = None
    guideline_version: int | None = None
    shown_order: str | None = None  #: of several outputs, as JSON, the first or left one first
    received_at: float | None = None  #: now, where not given


_COLUMNS = tuple(Event.__dataclass_fields__)
_INSERT = f"INSERT INTO log({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"


def append(db: Database, events: Iterable[Event]) -> None:
    """Write *events* as new rows, in order."""
    now = time.time()
    told = (
        vars(event) | {"value": packed(event.value), "received_at": event.received_at or now}
        for event in events
    )
    db.executemany(_INSERT, [tuple(map(row.__getitem__, _COLUMNS)) for row in told])


def packed(value: Any) -> str | None:
    """A value as a row holds it."""
    return None if value is None else json.dumps(value, ensure_ascii=False)


def unpacked(text: str | None) -> Any:
    """A value from what a row holds."""
    return None if text is None else json.loads(text)


def event(db: Database, event_id: str) -> dict[str, Any] | None:
    """The row with this id, its value decoded, or None."""
    found = rows(db, "SELECT * FROM log WHERE event_id = ?", event_id)
    return found[0] | {"value": unpacked(found[0]["value"])} if found else None


def latest(db: Database, kind: str) -> dict[str, Any] | None:
    """The newest row of a kind, its value decoded, or None."""
    found = rows(db, "SELECT * FROM log WHERE kind = ? ORDER BY seq DESC LIMIT 1", kind)
    return found[0] | {"value": unpacked(found[0]["value"])} if found else None


def latest_seq(db: Database, kind: str) -> int:
    """The number of the newest row of a kind; 0 where there is none."""
    return int(value(db, "SELECT coalesce(max(seq), 0) FROM log WHERE kind = ?", kind))


def newest_but_decisions(db: Database) -> int:
    """The number of the newest row that is no decision about an item; 0 where there is none."""
    sql = "SELECT seq FROM log WHERE kind NOT IN ('decision', 'gold') ORDER BY seq DESC LIMIT 1"
    return int(value(db, sql) or 0)


def of_kind(db: Database, kind: str) -> list[dict[str, Any]]:
    """All rows of a kind, oldest first, their values decoded."""
    found = rows(db, "SELECT * FROM log WHERE kind = ? ORDER BY seq", kind)
    return [row | {"value": unpacked(row["value"])} for row in found]


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
        row | {"value": unpacked(row["value"])} for row in not_undone(_of(db, position, annotator))
    ]


def settle(db: Database, position: int, annotator: str, usual: Usual) -> None:
    """Bring the state up to date for one item."""
    with tally.moving(db, position):
        _stand(db, position, annotator)
        close_or_open(db, position, usual)
    note_change(db, position)


def note_change(db: Database, position: int) -> None:
    """Keep the newest row of an item of the pool, if it ever had a label."""
    db.execute(
        "INSERT OR REPLACE INTO changed(position, seq) SELECT l.position, max(l.seq) FROM log l "
        "JOIN items i USING (position) WHERE l.position = ? AND i.share = 'pool' "
        f"GROUP BY l.position HAVING max(l.kind IN {LABELING})",
        [position],
    )


def _stand(db: Database, position: int, annotator: str) -> None:
    key = (position, annotator)
    history = _of(db, position, annotator)
    db.execute("DELETE FROM standing WHERE position = ? AND annotator = ?", key)
    if row := standing_of(history):
        db.execute(
            "INSERT INTO standing(position, annotator, seq, kind, value) VALUES (?, ?, ?, ?, ?)",
            [*key, row["seq"], row["kind"], row["value"]],
        )


def close_or_open(db: Database, position: int, usual: Usual) -> None:
    """Bring `closed` up to date for one item."""
    stands = db.execute("SELECT annotator, kind FROM standing WHERE position = ?", [position])
    is_decided = value(db, "SELECT 1 FROM decided WHERE position = ?", position)
    n = wanted.of_item(db, position, usual)
    if is_decided or is_closed(stands.fetchall(), n):
        db.execute("INSERT OR IGNORE INTO closed(position) VALUES (?)", [position])
    else:
        db.execute("DELETE FROM closed WHERE position = ?", [position])


def close_anew(db: Database, usual: Usual) -> None:
    """Bring `closed` up to date for all items, after another number of answers was decided."""
    db.execute("DELETE FROM closed")
    db.execute(CLOSE, vars(usual))
    tally.recount(db)


def want(db: Database, again: Iterable[wanted.Again], usual: Usual) -> None:
    """Have as many answers on these items as a round wants, on others as many as usual."""
    for position in wanted.put(db, again):
        with tally.moving(db, position):
            close_or_open(db, position, usual)


def is_closed(stands: Sequence[tuple[str, str]], n: int) -> bool:
    """Whether an item with these standing answers, (annotator, kind), need not be asked any more.

    That is with *n* labels. A flag takes it out until somebody reviews it; skip and unsure leave it
    to others. A label that came with the data is believed, however many answers are wanted.
    """
    kinds = [kind for _, kind in stands]
    return "flag" in kinds or kinds.count("label") >= n or (IMPORT, "label") in stands


def _of(db: Database, position: int, annotator: str) -> list[dict[str, Any]]:
    sql = "SELECT * FROM log WHERE position = ? AND annotator = ? ORDER BY seq"
    return rows(db, sql, position, annotator)
