"""Items that came after the ranking in use was made: asked behind it, until the next round.

Each has a place, counted from 0. Another ranking clears them, see `loop.store.rounds.point_at`.
"""

import json
from collections.abc import Sequence

from loop.store.database import Database, value


def add(db: Database, positions: Sequence[int]) -> None:
    """Put *positions* behind all others, in this order."""
    first = value(db, "SELECT coalesce(max(place) + 1, 0) FROM latecomers")
    db.execute(
        "INSERT INTO latecomers(place, position) SELECT ? + key, value FROM json_each(?)",
        [first, json.dumps(list(positions))],
    )


def at(db: Database, place: int, n: int) -> list[int]:
    """The positions at the *n* places from *place* on; fewer at the end."""
    sql = "SELECT position FROM latecomers WHERE place >= ? ORDER BY place LIMIT ?"
    return [position for (position,) in db.execute(sql, [place, n])]


def every(db: Database) -> list[int]:
    """All their positions, in order."""
    return [p for (p,) in db.execute("SELECT position FROM latecomers ORDER BY place")]


def clear(db: Database) -> None:
    """Forget them all, for a ranking that has them."""
    db.execute("DELETE FROM latecomers")
