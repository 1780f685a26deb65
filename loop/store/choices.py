"""Which candidate was served in which interaction, and with what chance: append-only.

Where an interaction is erased, what was known of it when its candidate was chosen becomes NULL.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from loop.store.database import Database, each, insert, rows, value


@dataclass(frozen=True)
class Choice:
    """A candidate that was chosen."""

    candidate: str
    version: int  #: of the policy
    propensities: dict[str, float]  #: of each candidate that there was
    context: list[float] | None  #: as the features' numbers; None where it was erased
    chosen_at: float  #: seconds since 1970, UTC


def create(db: Database) -> None:
    """The table, and what keeps it as it is."""
    db.execute(
        "CREATE TABLE choices(number INTEGER PRIMARY KEY, interaction INTEGER NOT NULL UNIQUE "
        "REFERENCES interactions(number), candidate TEXT NOT NULL, version INTEGER NOT NULL, "
        "propensities TEXT NOT NULL, context TEXT, chosen_at REAL NOT NULL)"
    )
    db.execute(
        "CREATE TRIGGER choices_stay BEFORE DELETE ON choices "
        "BEGIN SELECT RAISE(ABORT, 'choices are append-only'); END"
    )
    fixed = ("number", "interaction", "candidate", "version", "propensities", "chosen_at")
    same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in fixed)
    db.execute(
        "CREATE TRIGGER choices_are_made_once BEFORE UPDATE ON choices WHEN NOT "
        f"(NEW.context IS NULL AND {same} AND EXISTS "
        "(SELECT 1 FROM erasing_feedback e WHERE e.interaction = OLD.interaction)) "
        "BEGIN SELECT RAISE(ABORT, 'choices are append-only'); END"
    )


def of(db: Database, interaction_id: str) -> Choice | None:
    """What was chosen in an interaction; None where nothing was."""
    found = rows(
        db,
        "SELECT c.* FROM choices c JOIN interactions i ON i.number = c.interaction WHERE i.id = ?",
        interaction_id,
    )
    return _choice(found[0]) if found else None


def add(db: Database, interaction: int, choice: Choice) -> None:
    """Append what was chosen in the interaction of this number."""
    row = vars(choice) | {"interaction": interaction}
    row |= {name: json.dumps(row[name]) for name in ("propensities", "context")}
    insert(db, "choices", row)


def count(db: Database) -> int:
    """How many there are."""
    return int(value(db, "SELECT coalesce(max(number), 0) FROM choices"))


def every(db: Database) -> Iterator[tuple[int, Choice]]:
    """All of them with their numbers, in the order in which they were made."""
    found = each(db, "SELECT * FROM choices ORDER BY number")
    return ((row["number"], _choice(row)) for row in found)


def judged(db: Database, after: int = 0) -> Iterator[dict[str, Any]]:
    """Thumbs and ratings of what was chosen, after a row of the feedback, in order; superseded too.

    Each with the `number` of its choice, the `candidate`, the `version` and the `context`.
    """
    sql = (
        "SELECT f.seq, f.kind, f.annotator, f.value, f.options, c.number, c.candidate, c.version, "
        "c.context FROM feedback f JOIN choices c USING (interaction) "
        "WHERE f.kind IN ('thumbs', 'rating') AND f.seq > ? ORDER BY f.seq"
    )
    for row in each(db, sql, [after]):
        told = {name: json.loads(row[name]) for name in ("value", "options")}
        yield row | told | {"context": row["context"] and json.loads(row["context"])}


def judged_elsewhere(db: Database) -> int:
    """On how many interactions there are thumbs or ratings though nothing was chosen in them."""
    sql = (
        "SELECT count(DISTINCT interaction) FROM feedback WHERE kind IN ('thumbs', 'rating') "
        "AND interaction NOT IN (SELECT interaction FROM choices)"
    )
    return int(value(db, sql))


def _choice(row: dict[str, Any]) -> Choice:
    context = row["context"] and json.loads(row["context"])
    return Choice(
        row["candidate"],
        row["version"],
        json.loads(row["propensities"]),
        context,
        row["chosen_at"],
    )
