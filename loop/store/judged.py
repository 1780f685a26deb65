"""People's standing labels with how each came about: what tells how they judge."""

import json
from dataclasses import dataclass
from typing import Any

from loop.store.database import Database, rows, value
from loop.store.log import BULK, IMPORT


@dataclass(frozen=True)
class Judged:
    """One person's label on one item."""

    position: int
    annotator: str
    value: Any
    strategy: str | None
    suggestion: str | None
    suggestion_shown: bool | None
    seconds: float | None  #: between shown and answered, where told and taken one by one


def every(db: Database) -> list[Judged]:
    """All labels that stand, oldest first; without those that came with the data."""
    sql = (
        "SELECT s.position, s.annotator, s.value, l.strategy, l.suggestion, l.suggestion_shown, "
        "CASE WHEN l.answered_at >= l.shown_at AND l.strategy IS NOT ? "
        "THEN l.answered_at - l.shown_at END AS seconds "
        "FROM standing s JOIN log l USING (seq) "
        "WHERE s.kind = 'label' AND s.annotator <> ? ORDER BY s.seq"
    )
    return [
        Judged(**row | {"value": json.loads(row["value"])}) for row in rows(db, sql, BULK, IMPORT)
    ]


def count(db: Database) -> int:
    """How many labels of people stand."""
    sql = "SELECT count(*) FROM standing WHERE kind = 'label' AND annotator <> ?"
    return int(value(db, sql, IMPORT))
