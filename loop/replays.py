"""What a project must have for its labels to be asked for again, and how they sensibly are.

Pure decisions on counts, for the page as well: they need no array and no scikit-learn.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from loop import tasks
from loop.evaluation import LEAST_AUDIT
from loop.settings import Settings
from loop.store import Database, items, standings

LEAST = 40  # labels: the first ones, some rounds, and where nothing else is there, rows to test on
SHARE = 0.4  # of the labels, held out where there are too few audit answers
MOST_BUDGET = 500  # labels that a budget has where nobody names one
ROUNDS = 10  # about so many of them


@dataclass(frozen=True)
class Material:
    """What there is to ask for again, and to test on."""

    labels: Mapping[str, int]  #: of the pool, by class, without those that have none
    audit: int  #: answers on audit items

    @property
    def n(self) -> int:
        """How many labels there are."""
        return sum(self.labels.values())

    @property
    def missing(self) -> int:
        """How many audit answers are missing before they are tested on."""
        return max(0, LEAST_AUDIT - self.audit)

    def askable(self, share: float = SHARE) -> int:
        """How many labels may be asked for, where *share* is held out for want of audit answers."""
        return self.n - (math.ceil(share * self.n) if self.missing else 0)


@dataclass(frozen=True)
class Sizes:
    """Labels before the first round, in each, and in all."""

    first: int
    batch: int
    budget: int


def material(settings: Settings, db: Database) -> Material:
    """What a project has, as *db* sees it."""
    task, counts = tasks.get(settings.task), dict[str, int]()
    for label, n in standings.label_counts(db, items.POOL):
        for name in task.named(settings.now(label)):
            counts[name] = counts.get(name, 0) + n
    return Material(counts, sum(n for _, n in standings.label_counts(db, items.AUDIT)))


def refused(settings: Settings, there: Material) -> str | None:
    """Why strategies cannot be compared on these labels, and what to do; None where they can."""
    if settings.task != "classify":
        return (
            "Strategies are compared on projects where each item has one class; the task here is "
            f"{settings.task!r}."
        )
    if settings.no_rounds:
        return f"Strategies cannot be compared here: {settings.no_rounds}."
    if there.n < LEAST:
        return (
            f"{there.n} labels are too few to compare strategies on: it takes {LEAST}, that is "
            f"{LEAST - there.n} more."
        )
    if len(there.labels) < 2:
        return (
            f"All {there.n} labels are of the class {next(iter(there.labels))!r}: strategies can "
            "be compared when there is a label of another one."
        )
    alone = [name for name, n in there.labels.items() if n == 1]
    if alone and there.missing:
        return (
            f"The class {alone[0]!r} has a single label, and some of each class are held out to "
            f"test on: label one more of it, or {there.missing} more audit items, which are then "
            f"tested on ({there.audit} of {LEAST_AUDIT} have an answer)."
        )
    return None


def usual(askable: int) -> Sizes:
    """Half of the labels that may be asked for, so that there is something to choose from."""
    first = 20 if askable >= 100 else 10
    wanted = min(MOST_BUDGET, max(askable // 2, first + 10))
    batch = max(5, 5 * round((wanted - first) / ROUNDS / 5))
    return Sizes(first, batch, first + batch * max(1, (wanted - first) // batch))
