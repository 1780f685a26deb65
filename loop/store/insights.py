"""What the trainer makes of people's feedback, as one document; it holds words of theirs."""

import json
from typing import Any

from loop.store.database import Database, insert, rows


def create(db: Database) -> None:
    """The table of the one document."""
    db.execute(
        "CREATE TABLE insights(id INTEGER PRIMARY KEY, seen TEXT NOT NULL, told TEXT NOT NULL)"
    )


def put(db: Database, seen: str, told: dict[str, Any]) -> None:
    """Replace it; *seen* says what it was made from."""
    row = {"id": 1, "seen": seen, "told": json.dumps(told, ensure_ascii=False)}
    insert(db, "insights", row, replace=True)


def newest(db: Database) -> dict[str, Any] | None:
    """The document; None until there is one."""
    found = rows(db, "SELECT told FROM insights")
    return json.loads(found[0]["told"]) if found else None


def seen(db: Database) -> str | None:
    """What it was made from."""
    found = rows(db, "SELECT seen FROM insights")
    return str(found[0]["seen"]) if found else None


def forget(db: Database) -> None:
    """Drop it, where words that it may hold are erased: it is made anew."""
    db.execute("DELETE FROM insights")
