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
from loop.store.database import Database, each, rows, value
from loop.store.items import AUDIT
from loop.store.wanted import Usual

JUDGEMENTS = ("label", "skip", "unsure", "flag")
DECISIONS = ("settings", "guideline", "prompt", "bandit")
LABELING = ("label", "decision", "gold")  # what gives an item a label
OURS = "@"  # begins the event ids that the loop itself makes, and nobody else's
IMPORT = "import"  # the annotator of labels that came with the data
BULK = "bulk"  # why an item was asked that was answered with many others; no strategy chose it
TIMED = 1_000  # answers that people's time for each is taken from
FIRST = 2**53  # more than any number of a row
LOOKED_BACK = 10_000  # standing answers among which they are looked for
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


def event(db: Database, event_id: str) -> dict[str, Any] | None:
    """The row with this id, its value decoded, or None."""
    found = rows(db, "SELECT * FROM log WHERE event_id = ?", event_id)
    return found[0] | {"value": _decoded(found[0]["value"])} if found else None


def latest(db: Database, kind: str) -> dict[str, Any] | None:
    """The newest row of a kind, its value decoded, or None."""
    found = rows(db, "SELECT * FROM log WHERE kind = ? ORDER BY seq DESC LIMIT 1", kind)
    return found[0] | {"value": _decoded(found[0]["value"])} if found else None


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


def labels(db: Database, share: str) -> list[tuple[int, Any]]:
    """The label of every labeled item of one share, by position.

    That is what was decided of it, else what came with the data, else the newest answer of several.
    """
    # The few audit items have an index of their own; a join would read every item's text.
    among = "IN" if share == AUDIT else "NOT IN"
    of_share = f"position {among} (SELECT position FROM items WHERE share = 'audit')"
    sql = (
        f"SELECT position, value, max(seq + (annotator = '{IMPORT}') * {FIRST}) FROM standing "
        f"WHERE kind = 'label' AND {of_share} "
        "AND position NOT IN (SELECT position FROM decided) GROUP BY position "
        f"UNION ALL SELECT position, value, 0 FROM decided WHERE {of_share} ORDER BY position"
    )
    found = [(position, text) for position, text, _ in db.execute(sql)]
    decoded = {text: json.loads(text) for text in {text for _, text in found}}
    return [(position, decoded[text]) for position, text in found]


def given(db: Database, share: str, least: int) -> list[tuple[int, str, Any]]:
    """All labels of the items of one share that have *least*, none that is believed as it stands.

    (position, annotator, value), by position and annotator.
    """
    among = "IN" if share == AUDIT else "NOT IN"
    sql = (
        "SELECT position, annotator, value FROM standing s WHERE kind = 'label' "
        f"AND position {among} (SELECT position FROM items WHERE share = 'audit') "
        "AND position NOT IN (SELECT position FROM decided) "
        "AND position IN (SELECT position FROM standing WHERE kind = 'label' GROUP BY position "
        f"HAVING count(*) >= ? AND NOT sum(annotator = '{IMPORT}')) ORDER BY position, annotator"
    )
    found = db.execute(sql, [least]).fetchall()
    decoded = {text: json.loads(text) for text in {text for *_, text in found}}
    return [(position, who, decoded[text]) for position, who, text in found]


def label_counts(db: Database, share: str) -> list[tuple[Any, int]]:
    """How many items of one share have each label; the newest label of several counts."""
    return [(json.loads(label), n) for label, n in tally.by(db, f"labels in {share}").items()]


def changed_since(db: Database, seq: int) -> int:
    """Items of the pool, labeled at some time, about which somebody said something since *seq*."""
    return int(value(db, "SELECT count(*) FROM changed WHERE seq > ?", seq))


def standing_counts(db: Database) -> dict[str, int]:
    """How many standing answers there are of each kind, those that came with the data apart."""
    return tally.by(db, "kind")


def stands(db: Database, seq: int) -> bool:
    """Whether this row is its person's standing answer."""
    return value(db, "SELECT 1 FROM standing WHERE seq = ?", seq) is not None


def has_labeled(db: Database, position: int, annotator: str) -> bool:
    """Whether this person's standing answer on this item is a label."""
    sql = "SELECT 1 FROM standing WHERE position = ? AND annotator = ? AND kind = 'label'"
    return value(db, sql, position, annotator) is not None


def answered_by(db: Database, annotator: str) -> int:
    """How many items have a standing answer of this person."""
    return tally.of(db, "answered by", annotator)


def answered_but_open(db: Database, annotator: str) -> int:
    """How many items this person has answered that are still asked of others."""
    return tally.of(db, "open by", annotator)


def passed_over(db: Database) -> int:
    """How many skips and unsures stand on items that are still asked of others."""
    return tally.of(db, "passed over")


def are_closed(db: Database, positions: Sequence[int]) -> bool:
    """Whether none of *positions* needs any more answers."""
    sql = "SELECT count(*) FROM closed WHERE position IN (SELECT value FROM json_each(?))"
    return int(value(db, sql, json.dumps(list(positions)))) == len(positions)


def closed_count(db: Database) -> int:
    """How many items need no more answers."""
    return int(value(db, "SELECT count(*) FROM closed"))


def closed_positions(db: Database) -> list[int]:
    """The items that need no more answers."""
    return [position for (position,) in db.execute("SELECT position FROM closed ORDER BY position")]


def lead_times(db: Database, annotator: str | None = None) -> list[float]:
    """Seconds between shown and answered, where told, of people's newest answers one by one."""
    whose = "annotator <> ?" if annotator is None else "annotator = ?"
    sql = (
        "SELECT l.answered_at - l.shown_at FROM "
        f"(SELECT seq FROM standing WHERE {whose} ORDER BY seq DESC LIMIT {LOOKED_BACK}) "
        "CROSS JOIN log l USING (seq) "
        "WHERE l.answered_at >= l.shown_at AND l.strategy IS NOT ? LIMIT ?"
    )
    found = db.execute(sql, [annotator or IMPORT, BULK, TIMED])
    return [seconds for (seconds,) in found]


def newest_of(db: Database, annotator: str, n: int) -> list[dict[str, Any]]:
    """This person's newest *n* standing answers, newest first."""
    sql = (
        "SELECT l.* FROM standing s JOIN log l USING (seq) WHERE s.annotator = ? "
        "ORDER BY s.seq DESC LIMIT ?"
    )
    return [row | {"value": _decoded(row["value"])} for row in rows(db, sql, annotator, n)]


def about(db: Database, position: int) -> list[dict[str, Any]]:
    """Everybody's standing answer on an item, oldest first."""
    sql = "SELECT l.* FROM standing s JOIN log l USING (seq) WHERE s.position = ? ORDER BY s.seq"
    return [row | {"value": _decoded(row["value"])} for row in rows(db, sql, position)]


def judgements(db: Database) -> Iterable[dict[str, Any]]:
    """Every standing answer with its item and its whole provenance, in order of the log."""
    sql = (
        "SELECT i.id AS item_id, i.fields, i.meta, i.share, l.* "
        "FROM standing s JOIN log l USING (seq) JOIN items i ON i.position = s.position "
        "ORDER BY l.seq"
    )
    for row in each(db, sql):
        decoded = {name: _decoded(row[name]) for name in ("value", "fields", "meta", "shown_order")}
        yield row | decoded


def _of(db: Database, position: int, annotator: str) -> list[dict[str, Any]]:
    sql = "SELECT * FROM log WHERE position = ? AND annotator = ? ORDER BY seq"
    return rows(db, sql, position, annotator)


def _decoded(text: str | None) -> Any:
    return None if text is None else json.loads(text)
