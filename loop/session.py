"""One annotator's traffic: answers in, questions out, each call one transaction."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loop.decisions import InForce, Terms
from loop.pool import Left, Pool
from loop.settings import Settings
from loop.store import Database, Store, items, leases, log
from loop.store.items import Item
from loop.store.leases import Lease
from loop.store.log import JUDGEMENTS, Event

CLOCK_SLACK = 86_400.0  # seconds; a browser's clock further off than a day is not believed


@dataclass(frozen=True)
class Answer:
    """What one person says of one item. `answer_id` is made by whoever asks, once."""

    answer_id: str
    item_id: str
    kind: str  #: label | skip | unsure | flag | undo
    value: str | None = None  #: the class, for a label
    shown_at: float | None = None  #: seconds since 1970, UTC
    answered_at: float | None = None
    comment: str | None = None
    target: str | None = None  #: for an undo: the answer taken back
    guideline_version: int | None = None  #: that its person had before them; the newest if not said


@dataclass(frozen=True)
class Receipt:
    """What became of some answers. An answer in `saved` is on disk."""

    saved: list[str]
    rejected: list[tuple[str, str]]  #: (answer_id, reason)
    items: list[Item]  #: the person's whole new queue
    left: Left


class Session:
    """Answers and questions for any annotator of one project."""

    def __init__(self, store: Store, rankings: Path, in_force: InForce) -> None:
        self._store, self._rankings, self._in_force = store, rankings, in_force
        self._newest_pool: Pool | None = None

    def next_items(self, annotator: str, n: int) -> tuple[list[Item], Left]:
        """This person's open leases first, then new ones, *n* in all."""
        with self._store.write() as db:
            pool = self._pool(self._in_force.at(db).settings)
            lent = pool.refill(db, annotator, n)
            return items.at(db, [lease.position for lease in lent]), pool.left(db, annotator)

    def answers(self, annotator: str, n: int) -> list[tuple[Answer, Item]]:
        """This person's newest *n* standing answers, newest first, each with its item."""
        with self._store.snapshot() as db:
            newest = log.newest_of(db, annotator, n)
            about = items.at(db, [row["position"] for row in newest])
            settings = self._in_force.at(db).settings
        return [
            (_answer(settings, row, item), item) for row, item in zip(newest, about, strict=True)
        ]

    def submit(
        self,
        annotator: str,
        answers: Sequence[Answer],
        holding: Sequence[str] | None = None,
        n: int = 0,
    ) -> Receipt:
        """Store answers, in order, and lease the next *n* items if `holding` is told."""
        saved: list[str] = []
        rejected: list[tuple[str, str]] = []
        with self._store.write() as db:
            terms = self._in_force.at(db)
            pool = self._pool(terms.settings)
            ids = {answer.item_id for answer in answers} | set(holding or [])
            positions = items.positions_of(db, ids)
            for answer in answers:
                reason = _take(db, terms, annotator, answer, positions.get(answer.item_id))
                if reason is None:
                    saved.append(answer.answer_id)
                else:
                    rejected.append((answer.answer_id, reason))
            queue: list[Item] = []
            if holding is not None:
                has = [positions[item] for item in holding if item in positions]
                lent = pool.refill(db, annotator, n, has)
                queue = items.at(db, [lease.position for lease in lent])
            left = pool.left(db, annotator)
        return Receipt(saved, rejected, queue, left)

    def _pool(self, settings: Settings) -> Pool:
        """The pool under these settings, which somebody may just have changed."""
        pool = self._newest_pool
        if pool is None or pool.settings is not settings:
            pool = self._newest_pool = Pool(self._rankings, settings)
        return pool


def _take(
    db: Database, terms: Terms, annotator: str, answer: Answer, position: int | None
) -> str | None:
    """Store one answer; returns why not, or None."""
    if position is None:
        return f"there is no item {answer.item_id!r}"
    if answer.answer_id.startswith(log.OURS):
        return f"the answer id {answer.answer_id!r} is one of our own; make up another"
    earlier = log.event(db, answer.answer_id)
    if earlier is not None:
        same = (earlier["annotator"], earlier["position"], earlier["kind"], earlier["value"])
        if same == (annotator, position, answer.kind, answer.value):
            return None  # a replay: it is saved already
        return f"the answer id {answer.answer_id!r} was used before, for another answer"
    reason = _refusal(db, terms, annotator, answer, position)
    if reason is not None:
        return reason
    lease = leases.of(db, position, annotator)
    log.append(db, [_event(annotator, answer, position, lease, terms.guideline.version)])
    log.settle(db, position, annotator, terms.settings.overlap)
    leases.drop(db, position, annotator)
    if answer.kind == "undo" and _has_room(db, terms.settings, position, annotator):
        # Back on this person's screen, for the reason it was asked in the first place.
        undone = log.event(db, answer.target or "") or {}
        until = time.time() + terms.settings.lease_seconds
        leases.lend(db, annotator, leases.reason_of(undone), until)
    return None


def _refusal(
    db: Database, terms: Terms, annotator: str, answer: Answer, position: int
) -> str | None:
    """Why an answer cannot be taken, or None."""
    if answer.kind == "undo":
        undone = log.event(db, answer.target or "") or {}
        if (undone.get("annotator"), undone.get("position")) != (annotator, position):
            return f"there is no answer {answer.target!r} of yours on this item to undo"
        return None
    if misfit := _misfit(terms, answer):
        return misfit
    # A live lease counts, also where somebody flagged the item meanwhile; so does a correction
    # of one's own label, and a lease that ran out if nobody else was asked.
    if (
        leases.is_live(db, position, annotator, time.time())
        or log.has_labeled(db, position, annotator)
        or _has_room(db, terms.settings, position, annotator)
    ):
        return None
    return "the time for it ran out, and somebody else was asked meanwhile"


def _has_room(db: Database, settings: Settings, position: int, annotator: str) -> bool:
    others = leases.others(db, position, annotator, time.time())
    return others is not None and others < settings.overlap


def _misfit(terms: Terms, answer: Answer) -> str | None:
    """Why an answer does not fit the project, or None."""
    settings, newest = terms.settings, terms.guideline.version
    if answer.kind not in JUDGEMENTS:
        return f"there is no kind of answer {answer.kind!r}: use {', '.join(JUDGEMENTS)} or undo"
    if answer.kind == "label" and settings.now(answer.value or "") not in settings.classes:
        classes = ", ".join(settings.classes)
        return f"there is no class {answer.value!r}: this project has {classes}"
    if answer.kind != "label" and answer.value is not None:
        return f"an answer {answer.kind!r} has no value, not {answer.value!r}"
    if (answer.guideline_version or 0) > newest:
        return f"there is no guideline {answer.guideline_version}; the newest is {newest}"
    return None


def _answer(settings: Settings, row: dict[str, Any], item: Item) -> Answer:
    kept = ("kind", "shown_at", "answered_at", "comment", "target", "guideline_version")
    value = settings.now(row["value"]) if row["kind"] == "label" else None
    return Answer(row["event_id"], item.id, value=value, **{name: row[name] for name in kept})


def _event(
    annotator: str, answer: Answer, position: int, lease: Lease | None, newest: int
) -> Event:
    return Event(
        event_id=answer.answer_id,
        kind=answer.kind,
        annotator=annotator,
        position=position,
        value=answer.value,
        shown_at=_believed(answer.shown_at),
        answered_at=_believed(answer.answered_at),
        comment=answer.comment,
        target=answer.target,
        strategy=lease.strategy if lease else None,
        model_version=lease.model_version if lease else None,
        score=lease.score if lease else None,
        rank=lease.rank if lease else None,
        guideline_version=answer.guideline_version or newest or None,
    )


def _believed(when: float | None) -> float | None:
    """A browser's time, or None if its clock is off by more than a day."""
    return when if when is not None and abs(when - time.time()) < CLOCK_SLACK else None
