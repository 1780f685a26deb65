"""How each person judges: on gold items, beside the others, over time, and with suggestions.

Figures are shares with 95 % intervals, or None where there is nothing to count. No figure says why
somebody differs: who knows best differs from the others, too.
"""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loop import consensus, tasks
from loop.project import Project
from loop.quality.share import Estimate, share
from loop.settings import Settings
from loop.status import IDLE
from loop.store import decided, items, judged
from loop.store.judged import Judged
from loop.suggestions import GOLD
from loop.tasks import Value

NEWEST = 20  # gold answers that tell of late
TENS = 10  # gold answers at once that are told to whom they are of: one would tell which it was
LEAST_SWAYED = 20  # answers with and without a suggestion, before they are compared


@dataclass(frozen=True)
class Right:
    """How many of so many answers are right."""

    right: int
    of: int

    @property
    def share(self) -> Estimate | None:
        """With its interval; None of none."""
        return share(self.right, self.of) if self.of else None


@dataclass(frozen=True)
class Swayed:
    """How often somebody's answer is what the model suggests: where it is shown, and where not."""

    shown: Right
    withheld: Right

    @property
    def difference(self) -> Estimate | None:
        """Of the two shares, with its interval (Newcombe 1998, method 10); None of too few."""
        shown, withheld = self.shown, self.withheld
        if min(shown.of, withheld.of) < LEAST_SWAYED:
            return None
        return _apart(share(shown.right, shown.of), share(withheld.right, withheld.of))


@dataclass(frozen=True)
class Rater:
    """One person."""

    name: str
    labels: int
    seconds: float | None  #: median of their answers; a longer look than `IDLE` counts as that
    gold: Right  #: labels on items asked as gold, right where they are what was decided
    gold_by_class: dict[str, Right]  #: the same by what was decided, of the classes that occur
    gold_newest: Right  #: of the newest `NEWEST`
    gold_in_tens: Right  #: of the oldest, a multiple of `TENS`: what may be told to the person
    agreement: Right  #: on items with several answers: where they said what the item's label is
    said: dict[str, int]  #: how often each class, by today's names
    swayed: Swayed | None  #: None where nothing was ever suggested


@dataclass(frozen=True)
class Team:
    """Everybody who ever gave a label, those with most first."""

    raters: list[Rater]
    gold_items: int
    shared_items: int  #: with several people's labels


def team(project: Project) -> Team:
    """All of it, of the answers that stand now."""
    with project.store.snapshot() as db:
        settings = project.terms(db).settings
        last_word = {one.position: settings.now(one.label) for one in decided.every(db)}
        gold = len(decided.gold(db))
        settled = [
            one for of in (items.POOL, items.AUDIT) for one in consensus.every(db, settings, of)
        ]
        rows = judged.every(db)
    label = {one.position: one.label for one in settled} | last_word
    shared = {position for position, n in Counter(row.position for row in rows).items() if n > 1}
    by_name: dict[str, list[Judged]] = {}
    for row in rows:
        by_name.setdefault(row.annotator, []).append(row)
    raters = [_rater(name, of, label, shared, settings) for name, of in by_name.items()]
    return Team(sorted(raters, key=lambda one: (-one.labels, one.name)), gold, len(shared))


def own(project: Project, name: str) -> Rater | None:
    """One person; None before their first label."""
    return next((one for one in team(project).raters if one.name == name), None)


def _rater(
    name: str,
    rows: Sequence[Judged],
    label: dict[int, Value],
    shared: set[int],
    settings: Settings,
) -> Rater:
    named = tasks.get(settings.task).named
    gold = [row for row in rows if row.strategy == GOLD and row.position in label]
    is_right = [settings.now(row.value) == label[row.position] for row in gold]
    by_class: dict[str, list[bool]] = {}
    for row, right in zip(gold, is_right, strict=True):
        for about in named(label[row.position]):
            by_class.setdefault(about, []).append(right)
    looks = [min(row.seconds, IDLE) for row in rows if row.seconds is not None]
    return Rater(
        name=name,
        labels=len(rows),
        seconds=statistics.median(looks) if looks else None,
        gold=_right(is_right),
        gold_by_class={c: _right(by_class[c]) for c in settings.classes if c in by_class},
        gold_newest=_right(is_right[-NEWEST:]),
        gold_in_tens=_right(is_right[: len(is_right) // TENS * TENS]),
        agreement=_right(
            settings.now(row.value) == label[row.position]
            for row in rows
            if row.position in shared and row.position in label and row.strategy != GOLD
        ),
        said=dict(Counter(one for row in rows for one in named(settings.now(row.value)))),
        swayed=_swayed(rows, settings),
    )


def _swayed(rows: Sequence[Judged], settings: Settings) -> Swayed | None:
    told: dict[bool, list[bool]] = {True: [], False: []}
    for row in rows:
        if row.suggestion is not None:
            same = settings.now(row.value) == settings.now(row.suggestion)
            told[bool(row.suggestion_shown)].append(same)
    if not told[True]:
        return None
    return Swayed(_right(told[True]), _right(told[False]))


def _right(told: Iterable[bool]) -> Right:
    every = list(told)
    return Right(sum(every), len(every))


def _apart(one: Estimate, other: Estimate) -> Estimate:
    low = ((one.value - one.low) ** 2 + (other.high - other.value) ** 2) ** 0.5
    high = ((one.high - one.value) ** 2 + (other.value - other.low) ** 2) ** 0.5
    apart = one.value - other.value
    return Estimate(apart, apart - low, apart + high)
