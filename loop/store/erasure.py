"""Content taken out of the database for good: the one exception to an append-only log.

A row of `erasing` opens the door for the item or the person that it names, in the transaction that
erases and nowhere else; a trigger checks every changed row against it. Rows stay, words go.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from loop.store import contents, feedback, insights, log, tally, tuning
from loop.store.database import Database, value

TOMBSTONE = "[erased]"  # what stands where words were; the trigger in the schema knows it too
# Where else a person's name stands, beside the log.
NAMED = (("standing", "annotator"),)
DROPPED = (("leases", "annotator"), ("tokens", "annotator"), ("annotators", "name"))


def item(db: Database, position: int, pseudonym: str, fields: dict[str, Any]) -> None:
    """Put *fields* where an item's content was, a pseudonym for its id, and blank what was said."""
    db.execute(
        "UPDATE items SET id = ?, fields = ?, meta = NULL WHERE position = ?",
        [pseudonym, json.dumps(fields), position],
    )
    db.execute("UPDATE withdrawn SET erased = 1 WHERE position = ?", [position])
    contents.forget(db, position)
    insights.forget(db)
    tuning.forget(db)
    with _door(db, position=position):
        db.execute(
            "UPDATE log SET comment = ? WHERE position = ? AND comment IS NOT NULL",
            [TOMBSTONE, position],
        )
        db.execute(
            "UPDATE log SET value = ? WHERE position = ? AND value IS NOT NULL "
            "AND (kind <> 'label' OR json_type(value) = 'object')",
            [json.dumps(TOMBSTONE), position],
        )


def person(db: Database, name: str, pseudonym: str) -> None:
    """Put a pseudonym for a person's name, blank their comments, and end what lets them in.

    What they decided stays, in words too: those are the project's, not theirs.
    """
    decided = ", ".join(f"'{kind}'" for kind in log.DECISIONS)
    with _door(db, annotator=name, pseudonym=pseudonym):
        db.execute(
            "UPDATE log SET annotator = ?, comment = CASE "
            f"WHEN comment IS NULL OR kind IN ({decided}) THEN comment ELSE ? END "
            "WHERE annotator = ?",
            [pseudonym, TOMBSTONE, name],
        )
    feedback.erase_person(db, name, pseudonym)
    insights.forget(db)
    tuning.forget(db)
    for table, column in NAMED:
        db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", [pseudonym, name])
    for table, column in DROPPED:
        db.execute(f"DELETE FROM {table} WHERE {column} = ?", [name])
    tally.recount(db)  # some counts are kept by name


def is_known(db: Database, name: str) -> bool:
    """Whether a person of this name stands anywhere."""
    sql = (
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM annotators WHERE name = ?1) "
        "OR EXISTS (SELECT 1 FROM log WHERE annotator = ?1) "
        "OR EXISTS (SELECT 1 FROM feedback WHERE ?1 IN (annotator, sent_by))"
    )
    return value(db, sql, name) is not None


def is_pseudonym(db: Database, name: str) -> bool:
    """Whether this is what a person is called whose name was erased."""
    sql = "SELECT 1 FROM log WHERE kind = 'erase' AND json_extract(value, '$.person') = ?"
    return value(db, sql, name) is not None


def is_used(db: Database, cell: str) -> bool:
    """Whether some item has exactly *cell* in one of its fields; looks at all of them."""
    sql = (
        "SELECT 1 FROM items WHERE instr(fields, ?1) AND EXISTS "
        "(SELECT 1 FROM json_each(fields) f WHERE f.value = ?1)"
    )
    return value(db, sql, cell) is not None


@contextmanager
def _door(
    db: Database,
    *,
    position: int | None = None,
    annotator: str | None = None,
    pseudonym: str | None = None,
) -> Iterator[None]:
    if not db.in_transaction:
        raise RuntimeError("the log gives up content inside a transaction only")
    db.execute("INSERT INTO erasing VALUES (?, ?, ?)", [position, annotator, pseudonym])
    yield  # whatever fails in between rolls the whole transaction back, the open door with it
    db.execute("DELETE FROM erasing")
