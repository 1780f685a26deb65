"""The state as of a row of the log, from the log and the items alone.

It lies over the tables themselves: in SQLite a temporary table or view comes before another of its
name. Inside `at` whoever reads `log`, `items` or what follows from them reads them as they were.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from loop.store import decided, items, log, wanted
from loop.store.database import Database, rows, value
from loop.store.log import JUDGEMENTS, LABELING
from loop.store.wanted import Again, Usual

# What follows from the log, in this order.
FOLLOWS = ("withdrawn", "decided", "standing", "wanted", "closed", "changed", "tallies")
PUBLISHED = ("models", "curve", "quality", "analysis")  # by each round, under its version

_JUDGED = ", ".join(f"'{kind}'" for kind in JUDGEMENTS)
_WITHDRAWN = """
    INSERT INTO temp.withdrawn SELECT position, kind = 'erase' FROM (
        SELECT position, kind, max(seq) FROM log
        WHERE kind IN ('withdraw', 'restore', 'erase') AND position IS NOT NULL GROUP BY position
    ) WHERE kind <> 'restore'
"""
_DECIDED = f"INSERT INTO temp.decided {decided.IN_FORCE.format(which='')}"
_STANDING = f"""
    INSERT INTO temp.standing SELECT position, annotator, seq, kind, value FROM (
        SELECT position, annotator, max(seq) AS seq, kind, value FROM log given
        WHERE kind IN ({_JUDGED}) AND position NOT IN (SELECT position FROM withdrawn)
        AND NOT EXISTS (
            SELECT 1 FROM log undo WHERE undo.position = given.position
            AND undo.annotator = given.annotator AND undo.kind = 'undo'
            AND undo.target = given.event_id
        ) GROUP BY position, annotator
    )
"""
_CHANGED = f"""
    INSERT INTO temp.changed SELECT position, max(seq) FROM log JOIN items USING (position)
    WHERE share = 'pool' AND kind <> 'erase' GROUP BY position HAVING max(kind IN {LABELING})
"""
_TALLIES = "INSERT INTO temp.tallies SELECT what, of, count(*) FROM counted_for GROUP BY what, of"


@contextmanager
def at(db: Database, seq: int) -> Iterator[Database]:
    """The log and the items as of row *seq*, in a transaction; the tables are still empty.

    `settle` fills them. When it is over, all is as it was.
    """
    n_items = items.count_as_of(db, seq)
    views = {
        "log": f"SELECT * FROM main.log WHERE seq <= {seq:d}",
        "items": f"SELECT * FROM main.items WHERE position < {n_items:d}",
    }
    for name, select in views.items():
        db.execute(f"CREATE TEMP VIEW {name} AS {select}")
    db.execute(_as_temporary(db, "counted_for"))
    with _aside(db, FOLLOWS):
        yield db  # whatever fails in between rolls the whole transaction back, this with it
    for name in ("counted_for", *views):
        db.execute(f"DROP VIEW temp.{name}")


def settle(db: Database, usual: Usual, again: Iterable[Again]) -> None:
    """Fill the tables, inside `at`: what stands, and what that closes.

    *usual* and *again* tell how many answers are wanted.
    """
    for sql in (_WITHDRAWN, _DECIDED, _STANDING):
        db.execute(sql)
    wanted.put(db, again)
    db.execute(log.CLOSE, vars(usual))


def count(db: Database) -> None:
    """Fill those of counts too, after `settle`: no round reads them."""
    for sql in (_CHANGED, _TALLIES):
        db.execute(sql)


def differing(db: Database, table: str) -> int:
    """How many rows of a table are not those that it comes to, inside `at`."""
    counted = " WHERE n <> 0" if table == "tallies" else ""
    kept, found = (f"SELECT * FROM {where}.{table}{counted}" for where in ("main", "temp"))
    sql = "SELECT count(*) FROM ({} EXCEPT {})"
    return max(int(value(db, sql.format(*two))) for two in ((kept, found), (found, kept)))


def put_right(db: Database) -> None:
    """Make the tables what they come to, inside `at`."""
    for table in FOLLOWS:
        db.execute(f"DELETE FROM main.{table}")
        db.execute(f"INSERT OR IGNORE INTO main.{table} SELECT * FROM temp.{table}")


@contextmanager
def publishing(db: Database) -> Iterator[Database]:
    """What is published goes into tables that are empty yet, in a transaction; see `missing`."""
    with _aside(db, PUBLISHED):
        yield db


def wrong(db: Database, table: str) -> list[tuple[int, str]]:
    """Where a row of a table differs from what was published: (version, column). But for times."""
    kept, found = _by_version(db, f"main.{table}"), _by_version(db, f"temp.{table}")
    return [
        (version, column)
        for version in sorted(kept.keys() & found.keys())
        for column, cell in found[version].items()
        if cell != kept[version][column] and not column.endswith(("_at", "_seconds"))
    ]


def missing(db: Database, table: str) -> list[int]:
    """The versions that were published of which a table has no row, inside `publishing`."""
    return sorted(_by_version(db, f"temp.{table}").keys() - _by_version(db, f"main.{table}").keys())


def unknown(db: Database, table: str) -> list[int]:
    """The versions in a table that are of no round of the log."""
    known = "SELECT json_extract(value, '$.version') FROM log WHERE kind = 'round'"
    sql = f"SELECT version FROM main.{table} WHERE version NOT IN ({known}) ORDER BY version"
    return [version for (version,) in db.execute(sql)]


def put_back(db: Database, table: str) -> None:
    """Put the missing rows into a table, and the right ones in place of others."""
    db.execute(f"INSERT OR REPLACE INTO main.{table} SELECT * FROM temp.{table}")


@contextmanager
def _aside(db: Database, tables: Sequence[str]) -> Iterator[None]:
    for name in tables:
        db.execute(_as_temporary(db, name))
    yield
    for name in tables:
        db.execute(f"DROP TABLE temp.{name}")


def _by_version(db: Database, table: str) -> dict[int, dict[str, Any]]:
    return {row["version"]: row for row in rows(db, f"SELECT * FROM {table}")}


def _as_temporary(db: Database, name: str) -> str:
    """The statement that makes a temporary table or view like one of the schema."""
    (made,) = rows(db, "SELECT type, sql FROM main.sqlite_master WHERE name = ?", name)
    head, told = f"CREATE {made['type'].upper()} ", made["sql"]
    return f"CREATE TEMP {made['type'].upper()} {told[len(head) :]}"
