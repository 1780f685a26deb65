"""Batches in the log: answers that were given at once are called after their batch.

The answer on position 7 in the batch `bulk-ab12` is called `bulk-ab12-7`.
"""

import json
from typing import Any

from loop.store.database import Database, rows, value

PREFIX = "bulk-"
PATTERN = rf"^{PREFIX}[0-9a-f]{{8,64}}$"  # of a batch's name, which whoever asks makes up
LOOKED_BACK = 5_000  # standing answers of a person, among which their last batch is looked for


def answer_id(batch: str, position: int) -> str:
    """What the answer on one item of a batch is called."""
    return f"{batch}-{position}"


def answers(db: Database, batch: str, annotator: str) -> list[dict[str, Any]]:
    """The labels that this person gave in this batch, taken back or not, in order."""
    sql = (
        "SELECT * FROM log WHERE event_id > ? AND event_id < ? AND annotator = ? "
        "AND kind = 'label' ORDER BY seq"
    )
    return rows(db, sql, f"{batch}-", f"{batch}.", annotator)  # the full stop comes after the dash


def newest(db: Database, annotator: str) -> tuple[str, Any, int] | None:
    """This person's last batch of which something stands: its name, value, standing answers."""
    sql = (
        "SELECT event_id, l.value FROM "
        "(SELECT seq FROM standing WHERE annotator = ? ORDER BY seq DESC LIMIT ?) "
        "CROSS JOIN log l USING (seq) "
        "WHERE event_id GLOB ? AND l.kind = 'label' AND l.strategy = 'bulk' LIMIT 1"
    )
    found = rows(db, sql, annotator, LOOKED_BACK, f"{PREFIX}*")
    if not found:
        return None
    batch = found[0]["event_id"].rpartition("-")[0]
    sql = (
        "SELECT count(*) FROM log JOIN standing USING (seq) "
        "WHERE event_id > ? AND event_id < ? AND log.annotator = ?"
    )
    standing = value(db, sql, f"{batch}-", f"{batch}.", annotator)
    return batch, json.loads(found[0]["value"]), int(standing)
