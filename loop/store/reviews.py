"""What waits for review: read from what stands, and left when it is decided."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from loop.store import doubts
from loop.store.database import Database
from loop.store.log import IMPORT

# The most pressing first: what somebody asks for, what people differ on, what nobody differs on.
REASONS = (
    *("flagged", "disagreement", "low consensus", "unsure"),
    *("model against", "look again"),
)
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


def waiting(
    db: Database, now: Callable[[Any], Any], more: Mapping[str, Iterable[int]]
) -> dict[int, list[str]]:
    """Why each item waits, by position, the most pressing first.

    Flagged ones come in the order in which they were flagged, those on which people disagree most
    first, those of which most people are unsure first, and the most doubtful labels first. *now*
    gives a label its name of today: what was merged since is no disagreement. *more* has positions
    by those reasons that are not read from what is stored here.
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
    positions: dict[str, Iterable[int]] = {
        "flagged": [position for position, _ in flagged],
        "disagreement": [position for position, _ in disagreeing],
        "unsure": [position for position, _ in unsure],
        "look again": doubts.standing(db, now),
        **more,
    }
    found: dict[int, list[str]] = {}
    for reason in REASONS:
        for position in positions[reason]:
            found.setdefault(position, []).append(reason)
    return found


def _split(labels: list[Any]) -> float:
    """The share of answers that are not the most frequent one."""
    return 1 - max(labels.count(label) for label in labels) / len(labels)
