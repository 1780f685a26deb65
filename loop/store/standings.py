"""What people's standing answers say, and which items need no more of them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from loop.store import log, tally
from loop.store.database import Database, each, rows, value
from loop.store.items import AUDIT

TIMED = 1_000  # answers that people's time for each is taken from
FIRST = 2**53  # more than any number of a row
LOOKED_BACK = 10_000  # standing answers among which they are looked for


def labels(db: Database, share: str) -> list[tuple[int, Any]]:
    """The label of every labeled item of one share, by position.

    That is what was decided of it, else what came with the data, else the newest answer of several.
    """
    # The few audit items have an index of their own; a join would read every item's text.
    among = "IN" if share == AUDIT else "NOT IN"
    of_share = f"position {among} (SELECT position FROM items WHERE share = 'audit')"
    sql = (
        f"SELECT position, value, max(seq + (annotator = '{log.IMPORT}') * {FIRST}) FROM standing "
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
        f"HAVING count(*) >= ? AND NOT sum(annotator = '{log.IMPORT}')) "
        "ORDER BY position, annotator"
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
    found = db.execute(sql, [annotator or log.IMPORT, log.BULK, TIMED])
    return [seconds for (seconds,) in found]


def newest_of(db: Database, annotator: str, n: int) -> list[dict[str, Any]]:
    """This person's newest *n* standing answers, newest first."""
    sql = (
        "SELECT l.* FROM standing s JOIN log l USING (seq) WHERE s.annotator = ? "
        "ORDER BY s.seq DESC LIMIT ?"
    )
    return [row | {"value": log.unpacked(row["value"])} for row in rows(db, sql, annotator, n)]


def about(db: Database, position: int) -> list[dict[str, Any]]:
    """Everybody's standing answer on an item, oldest first."""
    sql = "SELECT l.* FROM standing s JOIN log l USING (seq) WHERE s.position = ? ORDER BY s.seq"
    return [row | {"value": log.unpacked(row["value"])} for row in rows(db, sql, position)]


def judgements(db: Database) -> Iterable[dict[str, Any]]:
    """Every standing answer with its item and its whole provenance, in order of the log."""
    sql = (
        "SELECT i.id AS item_id, i.fields, i.meta, i.share, l.* "
        "FROM standing s JOIN log l USING (seq) JOIN items i ON i.position = s.position "
        "ORDER BY l.seq"
    )
    for row in each(db, sql):
        decoded = {
            name: log.unpacked(row[name]) for name in ("value", "fields", "meta", "shown_order")
        }
        yield row | decoded
