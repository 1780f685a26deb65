"""What items are known by beside their words: a cell of metadata, the length of their texts.

Every item asked for is read: as with words, 0.1 to 0.5 s for 100,000 of them.
"""

import json
from collections.abc import Sequence
from typing import Any

from loop.store.database import Database

_CELL = (  # JSON's true would come as 1
    "SELECT CASE m.type WHEN 'true' THEN 'True' WHEN 'false' THEN 'False' ELSE m.value END "
    "FROM json_each(i.meta) m WHERE m.key = ?"
)
_LENGTH = (
    "SELECT sum(length(f.value)) FROM json_each(i.fields) f "
    "WHERE f.key IN (SELECT value FROM json_each(?))"
)


def cells(db: Database, column: str, among: Sequence[int] | None = None) -> dict[int, Any]:
    """The cell of a column of metadata by position, None where blank: of all items, or of some."""
    return _each(db, _CELL, column, among)


def lengths(
    db: Database, columns: Sequence[str], among: Sequence[int] | None = None
) -> dict[int, Any]:
    """How many characters these columns have together, by position: of all items, or of some."""
    return _each(db, _LENGTH, json.dumps(list(columns)), among)


def _each(db: Database, trait: str, given: str, among: Sequence[int] | None) -> dict[int, Any]:
    sql = f"SELECT i.position, ({trait}) FROM items i"
    if among is None:
        return dict(db.execute(sql, [given]))
    some = f"{sql} WHERE i.position IN (SELECT value FROM json_each(?))"
    return dict(db.execute(some, [given, json.dumps(list(among))]))
