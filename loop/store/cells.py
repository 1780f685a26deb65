"""The cells of a comparison, in a database of their own: a row as each one finishes."""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loop.errors import CannotWrite
from loop.store.database import Database, each, insert

TABLES = """
CREATE TABLE IF NOT EXISTS cells(
    key TEXT PRIMARY KEY, name TEXT NOT NULL, data TEXT NOT NULL, strategy TEXT NOT NULL,
    seed INT NOT NULL, protocol TEXT NOT NULL, failure TEXT, curve TEXT, made_by TEXT NOT NULL,
    seconds REAL NOT NULL, finished_at REAL NOT NULL, CHECK ((failure IS NULL) <> (curve IS NULL))
);
"""


@contextmanager
def opened(folder: Path) -> Iterator[Database]:
    """The database of the comparisons in a folder, made where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "comparison.db"
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(TABLES)
        yield db
    except sqlite3.OperationalError as why:
        raise CannotWrite(path, str(why)) from why
    finally:
        db.close()


def put(db: Database, key: str, row: dict[str, Any]) -> None:
    """Keep a finished cell; one that failed before is replaced."""
    insert(db, "cells", row | {"key": key, "finished_at": time.time()}, replace=True)


def of_name(db: Database, name: str, made_by: str) -> set[str]:
    """The fingerprints of the data sets of this name, as the same versions take them."""
    told = "SELECT DISTINCT data FROM cells WHERE name = ? AND made_by = ?"
    return {row["data"] for row in each(db, told, [name, made_by])}


def found(db: Database, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The cells with these keys that are there, each under its own."""
    rows = each(
        db,
        "SELECT * FROM cells WHERE key IN (SELECT value FROM json_each(?))",
        [json.dumps([*keys])],
    )
    return {row["key"]: row for row in rows}
