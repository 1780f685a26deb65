"""Labels that the trainer holds for probably wrong, and how many labels it had looked at."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from loop.store.database import Database, rows, value
from loop.store.log import packed


@dataclass(frozen=True)
class Doubt:
    """One of them."""

    position: int
    label: Any  #: as it stood
    said: str  #: the class that models hold for likelier
    probability: float  #: of that class, by a model of the project's recipe
    against: tuple[str, ...]  #: the detectors that speak against it, see `loop.reviewing`


def create(db: Database) -> None:
    """The tables as they were at first; the second has one row."""
    db.execute(
        "CREATE TABLE doubts(position INTEGER PRIMARY KEY, place INTEGER NOT NULL, "
        "label TEXT NOT NULL, said TEXT NOT NULL, probability REAL NOT NULL)"
    )
    db.execute("CREATE TABLE doubted(id INTEGER PRIMARY KEY, labels INTEGER NOT NULL)")


def give_reasons(db: Database) -> None:
    """Have a column for what speaks against each; those there were are found anew."""
    db.execute("ALTER TABLE doubts ADD COLUMN against TEXT NOT NULL DEFAULT '[]'")
    db.execute("DELETE FROM doubts")
    db.execute("DELETE FROM doubted")


def put(db: Database, found: Sequence[Doubt], labels: int) -> None:
    """Have these, the most doubtful first, instead of those there were."""
    db.execute("DELETE FROM doubts")
    db.executemany(
        "INSERT INTO doubts VALUES (?, ?, ?, ?, ?, ?)",
        [
            (one.position, place, packed(one.label), one.said, one.probability, packed(one.against))
            for place, one in enumerate(found)
        ],
    )
    db.execute("INSERT OR REPLACE INTO doubted VALUES (1, ?)", [labels])


def looked_at(db: Database) -> int:
    """How many labels there were when it last looked; 0 before the first time."""
    return int(value(db, "SELECT labels FROM doubted") or 0)


def standing(db: Database, now: Callable[[Any], Any]) -> dict[int, Doubt]:
    """The doubtful labels that somebody still stands by and nobody decided, most doubtful first.

    *now* gives a label its name of today.
    """
    sql = (
        "SELECT d.*, json_group_array(json(s.value)) AS given FROM doubts d "
        "JOIN standing s ON s.position = d.position AND s.kind = 'label' "
        "WHERE d.position NOT IN (SELECT position FROM decided) "
        "GROUP BY d.position ORDER BY d.place"
    )
    found = {}
    for row in rows(db, sql):
        label, said = now(json.loads(row["label"])), now(row["said"])
        if said != label and label in [now(one) for one in json.loads(row["given"])]:
            against = tuple(json.loads(row["against"]))
            found[row["position"]] = Doubt(
                row["position"], label, said, row["probability"], against
            )
    return found
