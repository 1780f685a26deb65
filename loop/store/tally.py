"""Counts over the standing answers, kept up to date instead of counted again at every look.

The view `counted_for` says, item by item, what stands there counts for; `tallies` is its sum.
Whoever changes what stands on an item does so inside `moving`, or calls `recount` afterwards; an
import counts what it brings itself, see `loop.store.incoming`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from loop.store.database import Database, value

_ADD = (
    "INSERT INTO tallies(what, of, n) SELECT what, of, {n} FROM counted_for {where} "
    "ON CONFLICT(what, of) DO UPDATE SET n = n + excluded.n"
)
_TAKE_ONE = _ADD.format(n="-1", where="WHERE position = ?")
_ADD_ONE = _ADD.format(n="1", where="WHERE position = ?")


@contextmanager
def moving(db: Database, position: int) -> Iterator[None]:
    """Take off what this item counts for, let it change, and count it again."""
    db.execute(_TAKE_ONE, [position])
    yield
    db.execute(_ADD_ONE, [position])


def recount(db: Database) -> None:
    """Count everything anew: after a change of many items at once."""
    db.execute("DELETE FROM tallies")
    db.execute("INSERT INTO tallies SELECT what, of, count(*) FROM counted_for GROUP BY what, of")


def of(db: Database, what: str, of: str = "") -> int:
    """One count; 0 where there is nothing to count."""
    return int(value(db, "SELECT n FROM tallies WHERE what = ? AND of = ?", what, of) or 0)


def by(db: Database, what: str) -> dict[str, int]:
    """All counts of one sort that are not zero."""
    sql = "SELECT of, n FROM tallies WHERE what = ? AND n <> 0 ORDER BY of"
    return dict(db.execute(sql, [what]).fetchall())
