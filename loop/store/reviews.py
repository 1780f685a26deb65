"""What waits for review: read from what stands, and left when it is decided."""

import json
from collections.abc import Callable
from typing import Any

from loop.store import doubts
from loop.store.database import Database
from loop.store.log import IMPORT

REASONS = ("flagged", "disagreement", "unsure", "look again")  # the most pressing first
SEVERAL = 2  # people who are unsure

_FLAGGED = (
    "SELECT s.position, min(s.seq) FROM standing s LEFT JOIN decided d USING (position) "
    "WHERE s.kind = 'flag' AND s.seq > coalesce(d.seq, 0) GROUP BY s.position"
)
_DISAGREEMENT = (
    "SELECT position, json_group_array(json(value)) FROM standing WHERE kind = 'label' "
    "AND position NOT IN (SELECT position FROM decided) GROUP BY position "
    f"HAVING count(DISTINCT value) > 1 AND NOT sum(annotator = '{IMPORT}')"
)
_UNSURE = (
    "SELECT position, count(*) FROM standing WHERE kind = 'unsure' "
    "AND position NOT IN (SELECT position FROM decided) GROUP BY position HAVING count(*) >= ?"
)


def waiting(db: Database, now: Callable[[Any], Any]) -> dict[int, list[str]]:
    """Why each item waits, by position, the most pressing first.

    Flagged ones come in the order in which they were flagged, then those on which people disagree
    most, then those of which most people are unsure, then labels that are probably wrong. *now*
    gives a label its name of today: what was merged since is no disagreement.
    """
    flagged = sorted(db.execute(_FLAGGED), key=lambda row: row[1])
    split = (
        (p, _split([now(label) for label in json.loads(text)]))
        for p, text in db.execute(_DISAGREEMENT)
    )
    disagreeing = sorted(
        ((p, share) for p, share in split if share), key=lambda row: (-row[1], row[0])
    )
    unsure = sorted(db.execute(_UNSURE, [SEVERAL]), key=lambda row: (-row[1], row[0]))
    found: dict[int, list[str]] = {}
    ranked = [[position for position, _ in one] for one in (flagged, disagreeing, unsure)]
    for reason, positions in zip(REASONS, [*ranked, doubts.standing(db, now)], strict=True):
        for position in positions:
            found.setdefault(position, []).append(reason)
    return found


def _split(labels: list[Any]) -> float:
    """The share of answers that are not the most frequent one."""
    return 1 - max(labels.count(label) for label in labels) / len(labels)
