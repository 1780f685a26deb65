"""How each person judges: on gold items, beside the others, over time, and with suggestions.

Figures are shares with 95 % intervals, or None where there is nothing to count. No figure says why
somebody differs: who knows best differs from the others, too.
"""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loop import consensus, practice, tasks
from loop.project import Project
from loop.quality.share import Estimate, difference, share
from loop.settings import Settings
from loop.status import IDLE
from loop.store import Database, decided, items, judged
from loop.store.judged import Judged
from loop.suggestions import GOLD
from loop.tasks import Value

NEWEST = 20  # gold answers that tell of late
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
        return difference(share(shown.right, shown.of), share(withheld.right, withheld.of))


@dataclass(frozen=True)
class Rater:
    """One person."""

    name: str
    labels: int
    seconds: float | None  #: median of their answers; a longer look than `IDLE` counts as that
    gold: Right  #: labels on items asked as gold, right where they are what was decided
    gold_by_class: dict[str, Right]  #: the same by what was decided, of the classes that occur
    gold_newest: Right  #: of the newest `NEWEST`
    gold_in_tens: Right  #: of the oldest, a multiple of ten: what may be told to the person
    agreement: Right  #: on items with several answers: where they said what the item's label is
    said: dict[str, int]  #: how often each class, by today's names
    swayed: Swayed | None  #: None where nothing was ever suggested


@dataclass(frozen=True)
class Team:
    """Everybody who ever gave a label, those with most first."""

    raters: list[Rater]
    gold_items: int
    shared_items: int  #: with several people's labels
    warned: list[str]  #: a sentence on each who is right too rarely on gold: see `loop.practice`
    answers: list[Judged]  #: all of theirs that stand, oldest first
    label: dict[int, Value]  #: by position: what was decided, else what several answers come to
    last_word: dict[int, Value]  #: of these, what was decided
    settings: Settings


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
        times = Counter(row.position for row in rows)
        shared = {position for position, n in times.items() if n > 1}
        by_name: dict[str, list[Judged]] = {}
        for row in rows:
            by_name.setdefault(row.annotator, []).append(row)
        raters = [_rater(name, of, label, shared, settings) for name, of in by_name.items()]
        raters.sort(key=lambda one: (-one.labels, one.name))
        warned = _warned(db, settings, raters)
    return Team(raters, gold, len(shared), warned, rows, label, last_word, settings)


def warning(project: Project, name: str) -> str | None:
    """What somebody is told who is right too rarely on gold items, or None."""
    with project.store.snapshot() as db:
        settings = project.terms(db).settings
        return practice.warning(settings, practice.on_gold(db, settings, name))


def _warned(db: Database, settings: Settings, raters: Sequence[Rater]) -> list[str]:
    several = [one.name for one in raters if one.gold.of >= practice.LEAST]
    if settings.warn_below is None:
        return []
    said = (
        practice.warned(settings, name, practice.on_gold(db, settings, name)) for name in several
    )
    return [one for one in said if one]


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
        gold_in_tens=_right(is_right[: len(is_right) // practice.TENS * practice.TENS]),
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
