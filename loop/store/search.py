"""Looking for items: by their words, by their label, by the state they are in.

Words are found by reading every item, which takes 0.1 to 0.5 s for 100,000 of them; an index of
words (FTS5) would have to be filled under the write lock, and erased from.
"""

import json
from dataclasses import dataclass
from typing import Any

from loop.store import items
from loop.store.database import Database, each, rows
from loop.store.items import Item

STATES = ("labeled", "flagged", "skipped", "open", "audit", "withdrawn")  # each item is in one
_STATE = (
    "CASE WHEN i.position IN (SELECT position FROM withdrawn) THEN 'withdrawn' "
    "WHEN i.share = 'audit' THEN 'audit' "
    "ELSE coalesce((SELECT CASE WHEN max(kind = 'flag') THEN 'flagged' "
    "WHEN max(kind = 'label') THEN 'labeled' WHEN count(*) THEN 'skipped' END "
    "FROM standing s WHERE s.position = i.position), 'open') END"
)


@dataclass(frozen=True)
class Wanted:
    """What to look for; None is anything. The case of A–Z does not matter."""

    words: str | None = None  #: contained in the id or in a field, as they stand
    label: str | None = None  #: some standing answer is this class
    state: str | None = None  #: one of `STATES`
    also: tuple[str, ...] = ()  #: what that class was called before


@dataclass(frozen=True)
class Found:
    """One item that was found."""

    item: Item
    state: str
    labels: tuple[str, ...]  #: of standing answers, each once


def count_by_state(db: Database) -> dict[str, int]:
    """How many items are in each state."""
    sql = (
        "SELECT CASE WHEN max(kind = 'flag') THEN 'flagged' WHEN max(kind = 'label') "
        "THEN 'labeled' ELSE 'skipped' END AS state FROM standing WHERE position NOT IN "
        "(SELECT position FROM items WHERE share = 'audit') GROUP BY position"
    )
    counts = dict.fromkeys(STATES, 0)
    counts |= dict(db.execute(f"SELECT state, count(*) FROM ({sql}) GROUP BY state").fetchall())
    gone = "SELECT share, count(*) FROM withdrawn JOIN items USING (position) GROUP BY share"
    out = dict(db.execute(gone).fetchall())
    counts["withdrawn"] = sum(out.values())
    counts["audit"] = items.count(db, items.AUDIT) - out.get(items.AUDIT, 0)
    counts["open"] = items.count(db) - sum(counts.values())
    return counts


def find(db: Database, wanted: Wanted, n: int, skip: int = 0) -> list[Found]:
    """The items that fit, in order of import: *n* of them after the first *skip*."""
    where, given = _where(wanted)
    sql = (
        f"SELECT i.*, {_STATE} AS state, (SELECT json_group_array(DISTINCT json(s.value)) "
        "FROM standing s WHERE s.position = i.position AND s.kind = 'label') AS labels "
        f"FROM items i WHERE {where} ORDER BY i.position LIMIT :n OFFSET :skip"
    )
    return [_found(row) for row in each(db, sql, given | {"n": n, "skip": skip})]


def count(db: Database, wanted: Wanted) -> int:
    """How many items fit."""
    if wanted == Wanted():
        return items.count(db)
    where, given = _where(wanted)
    return int(db.execute(f"SELECT count(*) FROM items i WHERE {where}", given).fetchone()[0])


def positions(db: Database, wanted: Wanted) -> list[int]:
    """Where all the items that fit stand, ascending."""
    where, given = _where(wanted)
    sql = f"SELECT i.position FROM items i WHERE {where} ORDER BY i.position"
    return [position for (position,) in db.execute(sql, given)]


def about(db: Database, position: int) -> list[dict[str, Any]]:
    """Every row of the log about an item, oldest first, with whether it stands."""
    sql = (
        "SELECT l.*, EXISTS (SELECT 1 FROM standing s WHERE s.seq = l.seq) AS stands "
        "FROM log l WHERE l.position = ? ORDER BY l.seq"
    )
    return [
        row | {"value": None if row["value"] is None else json.loads(row["value"])}
        for row in rows(db, sql, position)
    ]


def _where(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """The condition and what is put into it."""
    parts = ["1"]
    if wanted.words:
        # The first look is at the JSON as it stands: quick, and wrong about the columns' names.
        parts.append(
            "(i.id LIKE :words ESCAPE '\\' OR (i.fields LIKE :escaped ESCAPE '\\' AND EXISTS "
            "(SELECT 1 FROM json_each(i.fields) f WHERE f.value LIKE :words ESCAPE '\\')))"
        )
    if wanted.label is not None:
        parts.append(
            "EXISTS (SELECT 1 FROM standing s WHERE s.position = i.position AND s.kind = 'label' "
            "AND EXISTS (SELECT 1 FROM json_each(s.value) c "
            "WHERE c.value IN (SELECT value FROM json_each(:labels))))"
        )
    if wanted.state is not None:
        parts.append(f"{_STATE} = :state")
    words = wanted.words or ""
    given = {
        "words": _anywhere(words),
        "escaped": _anywhere(json.dumps(words, ensure_ascii=False)[1:-1]),
        "labels": json.dumps([wanted.label, *wanted.also]),
        "state": wanted.state,
    }
    return " AND ".join(parts), given


def _anywhere(words: str) -> str:
    for special in ("\\", "%", "_"):
        words = words.replace(special, f"\\{special}")
    return f"%{words}%"


def _found(row: dict[str, Any]) -> Found:
    return Found(items.of_row(row), row["state"], tuple(json.loads(row["labels"])))
