"""How many answers an item is to get: as many as usual, or as the newest round wants of it.

`wanted` holds what the round wants, where another answer is worth more than a new item.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from loop.store.database import Database, value

Again = tuple[int, int]  # a position, and how many answers it is to have


@dataclass(frozen=True)
class Usual:
    """What items are to get of which no round says anything else."""

    pool: int
    audit: int  #: and what no item gets more of


def create(db: Database) -> None:
    """The table."""
    db.execute("CREATE TABLE wanted(position INTEGER PRIMARY KEY, n INTEGER NOT NULL)")


def of(position: str) -> str:
    """SQL for how many the item at *position* is to get; its parameters are those of `Usual`."""
    is_audit = f"EXISTS (SELECT 1 FROM items WHERE position = {position} AND share = 'audit')"
    return (
        f"coalesce((SELECT min(n, :audit) FROM wanted WHERE position = {position}), "
        f"CASE WHEN {is_audit} THEN :audit ELSE :pool END)"
    )


def of_item(db: Database, position: int, usual: Usual) -> int:
    """How many an item is to get."""
    return int(value(db, f"SELECT {of(':position')}", position=position, **vars(usual)))


def put(db: Database, again: Iterable[Again]) -> list[int]:
    """Want this from now on, instead of what was wanted before; returns whom it concerns."""
    before = [position for (position,) in db.execute("SELECT position FROM wanted")]
    db.execute("DELETE FROM wanted")
    rows = list(again)
    db.executemany("INSERT INTO wanted VALUES (?, ?)", rows)
    return sorted({*before, *(position for position, _ in rows)})
