"""What was decided about an item: the last word, whatever its answers say, which all stay.

A decision is a row of the log, of the kind `decision` or `gold`; its value is the label, or null
where the one before is taken back. `decided` holds those in force. Gold items are asked although
they are closed, to see who judges as was decided.
"""

import json
from dataclasses import dataclass
from typing import Any

from loop.store import log, tally
from loop.store.database import Database, rows, value
from loop.store.wanted import Usual

DECISION, GOLD = KINDS = ("decision", "gold")
IN_FORCE = (  # of what `log` has about the items that `{which}` names
    "SELECT position, seq, value, kind = 'gold' FROM ("
    "SELECT position, max(seq) AS seq, value, kind FROM log "
    "WHERE kind IN ('decision', 'gold') {which} GROUP BY position) "
    "WHERE value IS NOT NULL AND position NOT IN (SELECT position FROM withdrawn)"
)


@dataclass(frozen=True)
class Decided:
    """A decision in force."""

    position: int
    seq: int  #: of the log
    label: Any
    is_gold: bool
    by: str
    why: str | None


def create(db: Database) -> None:
    """The table, and the counts that follow from it."""
    db.execute(
        "CREATE TABLE decided(position INTEGER PRIMARY KEY, seq INTEGER NOT NULL, "
        "value TEXT NOT NULL, gold INTEGER NOT NULL)"
    )
    db.execute("CREATE INDEX gold ON decided(position) WHERE gold")
    _count(db, "{row}.value")


def count_texts_as_one(db: Database) -> None:
    """Labels are counted by their value; texts of people's own (an object) all as one."""
    _count(db, "CASE json_type({row}.value) WHEN 'object' THEN 'null' ELSE {row}.value END")


def _count(db: Database, label: str) -> None:
    """Make the view of what stands for what; *label* is what the label of a `{row}` counts as."""
    of_decided, of_standing = label.format(row="d"), label.format(row="s")
    still_open = "NOT EXISTS (SELECT 1 FROM closed c WHERE c.position = s.position)"
    outranked = (
        "SELECT 1 FROM standing o WHERE o.position = s.position AND o.kind = 'label' AND "
        f"(o.annotator = '{log.IMPORT}', o.seq) > (s.annotator = '{log.IMPORT}', s.seq)"
    )
    db.execute("DROP VIEW counted_for")
    db.execute(
        "CREATE VIEW counted_for(position, what, of) AS "
        "SELECT s.position, 'answered by', s.annotator FROM standing s UNION ALL "
        f"SELECT s.position, 'open by', s.annotator FROM standing s WHERE {still_open} UNION ALL "
        "SELECT s.position, 'passed over', '' FROM standing s "
        f"WHERE s.kind IN ('skip', 'unsure') AND {still_open} UNION ALL "
        f"SELECT s.position, 'kind', s.kind FROM standing s WHERE s.annotator <> '{log.IMPORT}' "
        f"UNION ALL SELECT d.position, 'labels in ' || i.share, {of_decided} FROM decided d "
        "JOIN items i USING (position) UNION ALL "
        f"SELECT s.position, 'labels in ' || i.share, {of_standing} FROM standing s "
        "JOIN items i USING (position) WHERE s.kind = 'label' "
        "AND s.position NOT IN (SELECT position FROM decided) "
        f"AND NOT EXISTS ({outranked})"
    )
    tally.recount(db)


def settle(db: Database, position: int, usual: Usual) -> None:
    """Bring the state up to date for one item, after a decision about it was written."""
    with tally.moving(db, position):
        db.execute("DELETE FROM decided WHERE position = ?", [position])
        in_force = IN_FORCE.format(which="AND position = ?")
        db.execute(f"INSERT INTO decided(position, seq, value, gold) {in_force}", [position])
        log.close_or_open(db, position, usual)
    log.note_change(db, position)


def of(db: Database, position: int) -> Decided | None:
    """The decision in force about an item."""
    found = _where(db, "d.position = ?", position)
    return found[0] if found else None


def every(db: Database) -> list[Decided]:
    """All decisions in force, by position."""
    return _where(db, "true")


def gold(db: Database) -> list[Decided]:
    """All gold items, by position."""
    return _where(db, "d.gold")


def gold_for(db: Database, annotator: str) -> list[int]:
    """The gold items that this person has not answered and did not decide."""
    sql = (
        "SELECT position FROM decided d WHERE gold "
        "AND NOT EXISTS (SELECT 1 FROM standing s WHERE s.position = d.position "
        "AND s.annotator = ?1) AND NOT EXISTS (SELECT 1 FROM log l WHERE l.seq = d.seq "
        "AND l.annotator = ?1)"
    )
    return [position for (position,) in db.execute(sql, [annotator])]


def answered(db: Database, annotator: str, since: int) -> list[tuple[str | None, Any, Any]]:
    """This person's labels on gold items since row *since*: why asked, what said, what decided."""
    sql = (
        "SELECT l.strategy, s.value, d.value FROM decided d "
        "JOIN standing s ON s.position = d.position AND s.annotator = ? AND s.kind = 'label' "
        "JOIN log l ON l.seq = s.seq WHERE d.gold AND s.seq > ? ORDER BY s.seq"
    )
    found = db.execute(sql, [annotator, since])
    return [(why, json.loads(said), json.loads(label)) for why, said, label in found]


def is_gold(db: Database, position: int) -> bool:
    """Whether an item is asked to see who judges as was decided."""
    return value(db, "SELECT 1 FROM decided WHERE position = ? AND gold", position) is not None


def _where(db: Database, condition: str, *parameters: object) -> list[Decided]:
    sql = (
        "SELECT d.position, d.seq, d.value, d.gold, l.annotator, l.comment FROM decided d "
        f"JOIN log l USING (seq) WHERE {condition} ORDER BY d.position"
    )
    return [
        Decided(
            row["position"],
            row["seq"],
            json.loads(row["value"]),
            bool(row["gold"]),
            row["annotator"],
            row["comment"],
        )
        for row in rows(db, sql, *parameters)
    ]
