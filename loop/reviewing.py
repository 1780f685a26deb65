"""Review: what people disagree on or doubt, with all they said of it, and the last word on it.

A decision is a row of the log that keeps every answer as it is; see `loop.store.decided`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from loop import second_look, tasks
from loop.dataset import Record
from loop.errors import DataError, LoopError
from loop.project import Project
from loop.settings import Settings
from loop.store import Database, decided, doubts, items, log, reviews, standings, withdrawn
from loop.store.decided import DECISION, GOLD, Decided
from loop.store.doubts import Doubt
from loop.store.items import Item
from loop.store.log import Event
from loop.tasks import Value

LONGEST_WHY = 2_000  # characters
AGAINST = {  # a label, by the detector that speaks against it: `look_again`'s, `second_look`'s
    "model": "a model that has not learned it says {said} ({probability:.2f})",
    "cleaned": "one that learned only labels on which models agree says {said}",
    "words": "its words say {said}",
    "newest": "the newest model says {said} ({probability:.2f})",
    "audit": "it pulls the model away from the audit answers",
}


class ReviewError(LoopError):
    """A decision that cannot be taken."""


@dataclass(frozen=True)
class Given:
    """What somebody said of an item, by the classes' names of today."""

    annotator: str
    kind: str
    label: Value | None
    comment: str | None
    at: float  #: seconds since 1970, UTC
    suggestion: str | None  #: that they had seen when they answered
    guideline_version: int | None


@dataclass(frozen=True)
class Case:
    """An item to be reviewed: why, and all that was said of it, oldest first."""

    item: Item
    reasons: list[str]  #: see `loop.store.reviews`, the most pressing first
    given: list[Given]
    decided: Decided | None
    doubt: Doubt | None  #: see `against`
    consensus: tuple[Value, float] | None  #: what several answers come to, and how sure that is


@dataclass(frozen=True)
class _Waits:
    """Everything that waits, by position."""

    settings: Settings
    reasons: dict[int, list[str]]
    doubts: dict[int, Doubt]
    settled: dict[int, tuple[Value, float]]


@dataclass(frozen=True)
class Verdict:
    """What somebody decides of an item. No label takes the decision in force back."""

    item_id: str
    label: Value | None
    is_gold: bool = False  #: ask it of people who have not seen it, to see who judges so
    why: str | None = None


def against(doubt: Doubt) -> list[str]:
    """What speaks against a label, in words."""
    told = {"said": doubt.said, "probability": doubt.probability}
    return [AGAINST[by].format(**told) for by in doubt.against]


def queue(project: Project, n: int, reason: str | None = None) -> list[Case]:
    """The first *n* items to review, the most pressing first; for one reason, or any."""
    with project.store.snapshot() as db:
        waits = _looked(project, db)
        wanted = [one for one in waits.reasons if reason in {None, *waits.reasons[one]}]
        return _cases(db, waits, wanted[:n])


def waiting(project: Project) -> Counter[str]:
    """How many items wait for review, by reason; an item may have several."""
    with project.store.snapshot() as db:
        waits = _looked(project, db)
    return Counter(reason for reasons in waits.reasons.values() for reason in reasons)


def case(project: Project, item_id: str) -> Case:
    """One item, whether it waits for review or not. Raises `ReviewError` for none."""
    with project.store.snapshot() as db:
        position = _position(db, item_id)
        return _cases(db, _looked(project, db), [position])[0]


def decide(project: Project, by: str, verdicts: Sequence[Verdict]) -> int:
    """Store decisions, all of them or none, in one transaction; returns how many changed anything.

    The next model is trained on them. Raises `ReviewError` naming the item.
    """
    with project.store.write() as db:
        settings = project.terms(db).settings
        changed = [store(db, settings, by, verdict) for verdict in verdicts]
    return sum(changed)


def gold(name: str, records: Sequence[Record]) -> list[Verdict]:
    """Verdicts on rows of a file that bring the right label. Raises `DataError` for one without."""
    if blank := [record.where for record in records if record.label is None]:
        raise DataError(name, [f"{where} has no label, and gold items need one" for where in blank])
    return [Verdict(record.id, record.label, is_gold=True) for record in records]


def known(project: Project, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Those on items of the project: what was erased from it is left out of an import."""
    there = items.positions_of(project.store.read, [verdict.item_id for verdict in verdicts])
    return [verdict for verdict in verdicts if verdict.item_id in there]


def store(db: Database, settings: Settings, by: str, verdict: Verdict) -> bool:
    """Store a decision; returns whether it changed anything. Raises `ReviewError`."""
    position = _position(db, verdict.item_id)
    label = tasks.get(settings.task).ordered(verdict.label, settings.classes)
    why = (verdict.why or "").strip() or None
    if label is None and verdict.is_gold:
        raise ReviewError(f"{verdict.item_id!r} cannot be gold without a label.")
    if label is not None and (misfit := tasks.get(settings.task).misfit(label, settings.classes)):
        raise ReviewError(f"{verdict.item_id!r}: {misfit}.")
    if why and len(why) > LONGEST_WHY:
        raise ReviewError(
            f"{verdict.item_id!r}: the reason has {len(why):,} characters, more than "
            f"{LONGEST_WHY:,}."
        )
    before = decided.of(db, position)
    if label is None and before is None:
        return False
    if before and (before.label, before.is_gold, before.why) == (label, verdict.is_gold, why):
        return False
    kind = GOLD if verdict.is_gold else DECISION
    event_id = f"{log.OURS}{kind}-{log.end(db)}"
    log.append(db, [Event(event_id, kind, by, position, value=label, comment=why)])
    decided.settle(db, position, settings.usual)
    return True


def _position(db: Database, item_id: str) -> int:
    position = items.positions_of(db, [item_id]).get(item_id)
    if position is None:
        raise ReviewError(f"There is no item {item_id!r} here.")
    if withdrawn.is_out(db, position):
        raise ReviewError(f"{item_id!r} is withdrawn; restore it first.")
    return position


def _looked(project: Project, db: Database) -> _Waits:
    settings = project.terms(db).settings
    settled = project.settled.at(db, settings)
    newest = second_look.against(project, db, settled)
    more = {"low consensus": second_look.low(settled), "model against": newest}
    return _Waits(
        settings,
        reviews.waiting(db, settings.now, more),
        newest | doubts.standing(db, settings.now),
        {one.position: (one.label, one.confidence) for one in settled},
    )


def _cases(db: Database, waits: _Waits, positions: Sequence[int]) -> list[Case]:
    settings = waits.settings
    return [
        Case(
            item,
            waits.reasons.get(position, []),
            [_given(settings, row) for row in standings.about(db, position)],
            _now(settings, decided.of(db, position)),
            waits.doubts.get(position),
            waits.settled.get(position),
        )
        for item, position in zip(items.at(db, positions), positions, strict=True)
    ]


def _now(settings: Settings, word: Decided | None) -> Decided | None:
    return word and replace(word, label=settings.now(word.label))


def _given(settings: Settings, row: dict[str, Any]) -> Given:
    return Given(
        row["annotator"],
        row["kind"],
        settings.now(row["value"]) if row["kind"] == "label" else None,
        row["comment"],
        row["received_at"],
        settings.now(row["suggestion"]) if row["suggestion_shown"] else None,
        row["guideline_version"],
    )
