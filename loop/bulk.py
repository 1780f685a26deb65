"""Many items labeled at once: which are offered, what one batch stores, how all of it goes back.

Offered is what nobody has on screen, never an audit item. Each answer is taken by the same rules
as if it came alone (`loop.answers.take`), and says `bulk`: no strategy chose its item.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop import bulk_choice, clusters, guesses, tasks
from loop.answers import Answer, take
from loop.bulk_choice import Choice
from loop.clusters import Clusters
from loop.errors import LoopError
from loop.project import Project
from loop.settings import Settings
from loop.slices import Slice
from loop.store import Database, batches, items, leases, log, rounds, standings
from loop.store.items import Item
from loop.store.leases import Lease
from loop.store.log import BULK
from loop.tasks import Value

MOST = 500  # items labeled at once
SHORT = 1_000  # characters of a text that are shown among many


class BulkError(LoopError):
    """A choice of items, or a batch, that there is not."""


@dataclass(frozen=True)
class Offered:
    """One item that may be labeled among others."""

    item: Item  #: its texts cut to `SHORT` characters
    probability: float | None  #: of the class that was asked for, by the newest model


@dataclass(frozen=True)
class Cluster:
    """Items that are alike."""

    number: int
    open: int  #: of its items may be labeled here now
    words: Sequence[str]  #: most telling first


@dataclass(frozen=True)
class Last:
    """A batch that stands, in whole or in part."""

    batch_id: str
    value: Value
    items: int  #: that still have this answer of it


@dataclass(frozen=True)
class Offer:
    """What fits a choice."""

    items: list[Offered]  #: best first, see `loop.bulk_choice`
    fit: int  #: items in all
    clusters: list[Cluster]  #: of all open items, whatever was chosen; none before they are made
    guessed_by: int | None  #: the model that `says` asks; None where there is none
    last: Last | None  #: what this person can take back


@dataclass(frozen=True)
class Batch:
    """One answer about many items. Sent again, it is still one."""

    batch_id: str  #: made by whoever asks, once; see `loop.store.batches`
    item_ids: Sequence[str]
    value: Value | None
    says: str | None = None  #: the class by which the items were chosen, and which was on screen
    guessed_by: int | None = None  #: the model that said so; the newest if not said
    shown_at: float | None = None  #: seconds since 1970, UTC
    answered_at: float | None = None
    guideline_version: int | None = None  #: the newest if not said


@dataclass(frozen=True)
class Done:
    """What became of a batch. What is in `saved` is on disk."""

    saved: list[str]  #: ids of items
    left_out: list[tuple[str, str]]  #: (id, reason)


def refusal(settings: Settings) -> str | None:
    """Why no item of a project can be answered together with others, or None."""
    if tasks.get(settings.task).shown_as in {"classes", "sets"}:
        return None
    what = tasks.get(settings.task).what
    return f"To {what} takes a look at each, so nothing can be done to many at once"


def find(project: Project, annotator: str, choice: Choice, n: int, skip: int = 0) -> Offer:
    """*n* of the items that this person may label at once, after the first *skip*.

    Raises `BulkError` for a class or a column of metadata that there is not.
    """
    grouped = clusters.load(project.clusters)
    with project.store.snapshot() as db:
        settings = project.terms(db).settings
        _check(settings, choice.says)
        _check(settings, choice.second)
        _check_column(settings, choice.part)
        pointer = rounds.ranking(db)
        name = pointer.guesses if pointer else None
        guessed = guesses.load(project.guesses, name)
        positions = _open(db, annotator)
        counted = _counted(grouped, positions)
        positions = bulk_choice.looked_up(db, settings, choice, positions)
        positions, proba = bulk_choice.narrowed(settings, grouped, guessed, choice, positions)
        page = slice(skip, skip + n)
        shown = items.at(db, positions[page].tolist())
        beside: Sequence[float | None] = proba[page] or [None] * len(shown)
        last = batches.newest(db, annotator)
        return Offer(
            items=[Offered(_short(item), p) for item, p in zip(shown, beside, strict=True)],
            fit=len(positions),
            clusters=counted,
            guessed_by=pointer.version if pointer and len(guessed.entries) else None,
            last=Last(last[0], settings.now(last[1]), last[2]) if last else None,
        )


def label(project: Project, annotator: str, batch: Batch) -> Done:
    """Store one answer about many items, in one transaction; what cannot be is left out.

    Raises `BulkError` for more than `MOST` items, and for a class or a model that there is not.
    """
    if len(batch.item_ids) > MOST:
        raise BulkError(f"{len(batch.item_ids)} items are more than {MOST}; label them in parts.")
    saved, left_out = [], []
    with project.store.write() as db:
        terms = project.terms(db)
        _check(terms.settings, batch.says)
        value = tasks.get(terms.settings.task).ordered(batch.value, terms.settings.classes)
        batch = replace(batch, value=value)
        asked = _why_asked(db, terms.settings, batch)
        positions = items.positions_of(db, batch.item_ids)
        for item_id in dict.fromkeys(batch.item_ids):
            position = positions.get(item_id)
            if position is None:
                reason: str | None = f"there is no item {item_id!r}"
            else:
                lease = replace(asked, position=position)
                answer = _answer(batch, item_id, position)
                reason = _not_here(db, terms.settings, annotator, answer, position)
                reason = reason or take(db, terms, annotator, answer, position, lease)
            if reason is None:
                saved.append(item_id)
            else:
                left_out.append((item_id, reason))
    return Done(saved, left_out)


def take_back(project: Project, annotator: str, batch_id: str) -> int | None:
    """Undo this person's whole batch, in one transaction; returns how many answers went back.

    Every one is an undo row of its own; what was corrected or taken back meanwhile stays as it is.
    Nothing is lent out again, as nothing was. None where there is no such batch of theirs.
    """
    with project.store.write() as db:
        terms = project.terms(db)
        given = batches.answers(db, batch_id, annotator)
        standing = [row for row in given if standings.stands(db, row["seq"])]
        about = items.at(db, [row["position"] for row in standing])
        for row, item in zip(standing, about, strict=True):
            undo = Answer(
                f"undo-{row['event_id']}",
                item.id,
                "undo",
                answered_at=time.time(),
                target=row["event_id"],
            )
            take(db, terms, annotator, undo, item.position, leases.reason_of(row))
    return len(standing) if given else None


def _check(settings: Settings, says: str | None) -> None:
    if why := refusal(settings):
        raise BulkError(f"{why}.")
    if says is not None and settings.now(says) not in settings.classes:
        known = ", ".join(settings.classes)
        raise BulkError(f"There is no class {says!r}; there are: {known}.")


def _check_column(settings: Settings, part: Slice | None) -> None:
    if part is not None and part.by == "meta" and part.column not in settings.meta:
        known = ", ".join(settings.meta) or "none"
        raise BulkError(f"There is no metadata column {part.column!r}; there are: {known}.")


def _open(db: Database, annotator: str) -> NDArray[np.int64]:
    """The positions that this person may label at once now, ascending."""
    may = np.ones(items.count(db), bool)
    may[leases.not_for_many(db, annotator, time.time())] = False
    return np.flatnonzero(may)


def _counted(grouped: Clusters, positions: NDArray[np.int64]) -> list[Cluster]:
    numbers = grouped.of(positions)["cluster"]
    counts = np.bincount(numbers[numbers >= 0], minlength=len(grouped.words)).tolist()
    return [
        Cluster(number, n, words)
        for number, (n, words) in enumerate(zip(counts, grouped.words, strict=True))
        if n
    ]


def _why_asked(db: Database, settings: Settings, batch: Batch) -> Lease:
    """Why the items of a batch were asked, whichever they are."""
    pointer = rounds.ranking(db)
    newest = pointer.version if pointer else None
    if batch.says is None:
        return Lease(-1, BULK, newest)
    if (batch.guessed_by or 0) > (newest or 0):
        raise BulkError(f"There is no model {batch.guessed_by}; the newest is {newest or 0}.")
    said = settings.now(batch.says)
    return Lease(-1, BULK, batch.guessed_by or newest, suggestion=said, suggestion_shown=True)


def _answer(batch: Batch, item_id: str, position: int) -> Answer:
    return Answer(
        batches.answer_id(batch.batch_id, position),
        item_id,
        "label",
        batch.value,
        batch.shown_at,
        batch.answered_at,
        guideline_version=batch.guideline_version,
    )


def _not_here(
    db: Database, settings: Settings, annotator: str, answer: Answer, position: int
) -> str | None:
    """Why an item is not labeled among others, though it might be by itself; or None."""
    if log.event(db, answer.answer_id) is not None:
        return None  # whether it is a replay is decided as for any answer
    if items.is_audit(db, position):
        return "it is judged by itself only"
    if log.left_of(db, position, annotator):
        return "you have answered it meanwhile"
    if standings.are_closed(db, [position]):
        return "it needs no more answers"
    if not leases.free(db, [position], annotator, settings.usual, time.time(), 1):
        return "somebody else has it on screen"
    return None


def _short(item: Item) -> Item:
    cut: dict[str, Any] = {
        name: f"{cell[:SHORT]}…" if isinstance(cell, str) and len(cell) > SHORT else cell
        for name, cell in item.fields.items()
    }
    return replace(item, fields=cut)
