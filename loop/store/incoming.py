"""An import on its way in: put down where nobody waits for it, then stored by SQLite alone.

Its rows wait in tables of this connection's own, in memory, without a lock. Moving them from there
takes less than half of the time under the lock that handing them over one by one would.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from loop.store import contents, items, log
from loop.store.database import Database
from loop.store.items import Item

_PUT_DOWN = {
    "new_items": "position INTEGER PRIMARY KEY, id, fields, share, meta",
    "new_contents": "hash, position",
    "new_labels": "nth INTEGER PRIMARY KEY, event_id, position, share, value, received_at",
}
_COUNTED = (  # what the view `counted_for` says of them: each is the one answer of a closed item
    "CREATE TEMP TABLE new_tallies AS "
    f"SELECT 'answered by' AS what, '{log.IMPORT}' AS of, count(*) AS n FROM new_labels "
    "GROUP BY 1 UNION ALL "
    "SELECT 'labels in ' || share, value, count(*) FROM new_labels GROUP BY share, value"
)
_LABELS = f"""
    INSERT INTO log(seq, event_id, kind, annotator, position, value, received_at)
    SELECT :end + nth, event_id, 'label', '{log.IMPORT}', position, value, received_at
    FROM new_labels
"""
_STANDING = f"""
    INSERT INTO standing(position, annotator, seq, kind, value)
    SELECT position, '{log.IMPORT}', :end + nth, 'label', value FROM new_labels
"""
_CHANGED = """
    INSERT INTO changed(position, seq)
    SELECT position, :end + nth FROM new_labels WHERE share = 'pool'
"""
_TALLIES = """
    INSERT INTO tallies(what, of, n) SELECT what, of, n FROM new_tallies WHERE true
    ON CONFLICT(what, of) DO UPDATE SET n = n + excluded.n
"""


@dataclass(frozen=True)
class Known:
    """A label that comes with an item."""

    event_id: str
    position: int
    share: str
    value: Any


@contextmanager
def put_down(db: Database, new: Sequence[Item], labels: Sequence[Known]) -> Iterator[None]:
    """Have new items ready for `store`. Positions must go on where the last import ended."""
    now = time.time()
    rows = {
        "new_items": map(items.packed, new),
        "new_contents": contents.packed((i.position, items.content_of(i.fields)) for i in new),
        "new_labels": (
            (None, one.event_id, one.position, one.share, log.packed(one.value), now)
            for one in labels
        ),
    }
    db.execute("PRAGMA temp_store = MEMORY")
    try:
        with db:  # all at once, or each row would be a transaction
            db.execute("BEGIN")
            for table, columns in _PUT_DOWN.items():
                db.execute(f"CREATE TEMP TABLE {table}({columns})")
                places = ", ".join("?" * len(columns.split(",")))
                db.executemany(f"INSERT INTO {table} VALUES ({places})", rows[table])
            db.execute(_COUNTED)
        yield
    finally:
        db.execute("PRAGMA temp_store = DEFAULT")  # which drops them


def store(db: Database) -> None:
    """Store what was put down, inside a write transaction; items with a label are closed."""
    db.execute("INSERT INTO items(position, id, fields, share, meta) SELECT * FROM new_items")
    db.execute("INSERT INTO contents(hash, position) SELECT * FROM new_contents")
    end = {"end": log.end(db)}
    for sql in (_LABELS, _STANDING, _CHANGED):
        db.execute(sql, end)
    db.execute("INSERT INTO closed(position) SELECT position FROM new_labels")
    db.execute(_TALLIES)
