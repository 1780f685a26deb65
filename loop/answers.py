"""One answer: when it is taken, and what it becomes in the log."""

import json
import time
from dataclasses import dataclass, replace
from typing import Any

from loop import sides, suggestions, tasks
from loop.decisions import Terms
from loop.pool import unlent
from loop.settings import Settings
from loop.store import Database, batches, decided, leases, log, standings, wanted
from loop.store.items import Item
from loop.store.leases import Lease
from loop.store.log import JUDGEMENTS, Event

CLOCK_SLACK = 86_400.0  # seconds; a browser's clock further off than a day is not believed


@dataclass(frozen=True)
class Answer:
    """What one person says of one item. `answer_id` is made by whoever asks, once."""

    answer_id: str
    item_id: str
    kind: str  #: that of the project's task, or skip | unsure | flag | undo
    value: Any = None  #: of the project's task: what it wants
    shown_at: float | None = None  #: seconds since 1970, UTC
    answered_at: float | None = None
    comment: str | None = None
    target: str | None = None  #: for an undo: the answer taken back
    guideline_version: int | None = None  #: that its person had before them; the newest if not said
    order: list[str] | None = None  #: of several outputs, as they stood; else as they were served


def take(
    db: Database,
    terms: Terms,
    annotator: str,
    answer: Answer,
    position: int | None,
    among_many: Lease | None = None,
) -> str | None:
    """Store one answer; returns why not, or None.

    `among_many` is why the item was asked where it was answered with others, lent to nobody; an
    undo then lends it to nobody either.
    """
    if position is None:
        return f"there is no item {answer.item_id!r}"
    ours = (log.OURS, batches.PREFIX) if among_many is None else log.OURS
    if answer.answer_id.startswith(ours):
        return f"the answer id {answer.answer_id!r} is one of our own; make up another"
    earlier = log.event(db, answer.answer_id)
    if earlier is not None:
        stored = (earlier["annotator"], earlier["position"], earlier["kind"])
        same = _as_said(terms, earlier["value"]) == _as_said(terms, answer.value)
        if same and stored == (annotator, position, answer.kind):
            return None  # a replay: it is saved already
        return f"the answer id {answer.answer_id!r} was used before, for another answer"
    reason = _refusal(db, terms, annotator, answer, position)
    if reason is not None:
        return reason
    lease = (
        among_many
        or leases.of(db, position, annotator)
        or _first_asked(db, terms.settings, position, annotator)
        or unlent(db, position)
    )
    log.append(db, [_event(terms, annotator, answer, position, lease)])
    log.settle(db, position, annotator, terms.settings.usual)
    leases.drop(db, position, annotator)
    goes_back = answer.kind == "undo" and among_many is None
    if goes_back and _is_open(db, terms.settings, position, annotator):
        # Back on this person's screen, for the reason it was asked in the first place.
        undone = leases.reason_of(log.event(db, answer.target or "") or {})
        back = unlent(db, position) if undone.strategy == log.BULK else undone
        leases.lend(db, annotator, back, time.time() + terms.settings.lease_seconds)
    return None


def _refusal(
    db: Database, terms: Terms, annotator: str, answer: Answer, position: int
) -> str | None:
    """Why an answer cannot be taken, or None."""
    if misfit := _misfit(terms, answer):
        return misfit
    if answer.kind == "undo":
        undone = log.event(db, answer.target or "") or {}
        if (undone.get("annotator"), undone.get("position")) != (annotator, position):
            return f"there is no answer {answer.target!r} of yours on this item to undo"
        return None
    # A live lease counts, also where somebody flagged the item meanwhile; so does a correction
    # of one's own label, and a lease that ran out if nobody else was asked.
    if (
        leases.is_live(db, position, annotator, time.time())
        or standings.has_labeled(db, position, annotator)
        or _has_room(db, terms.settings, position, annotator)
    ):
        return None
    return "the time for it ran out, and somebody else was asked meanwhile"


def _first_asked(db: Database, settings: Settings, position: int, annotator: str) -> Lease | None:
    """Why the answer that is corrected was asked for: its correction has the same reason.

    But it may have been given in the light of what the model had said.
    """
    before = log.left_of(db, position, annotator)
    if not before:
        return None
    lease = leases.reason_of(before[-1])
    told = lease.suggestion and suggestions.after(settings, annotator, lease) is not None
    return replace(lease, suggestion_shown=True) if told else lease


def _as_said(terms: Terms, value: Any) -> Any:
    """A set of classes is the same in any order, which changes where classes do."""
    is_set = tasks.get(terms.settings.task).shown_as == "sets" and isinstance(value, list)
    return sorted(value) if is_set else value


def _is_open(db: Database, settings: Settings, position: int, annotator: str) -> bool:
    """Whether this person can be asked again; not where a correction was undone."""
    before = log.left_of(db, position, annotator)
    return not before and _has_room(db, settings, position, annotator)


def _has_room(db: Database, settings: Settings, position: int, annotator: str) -> bool:
    if decided.is_gold(db, position):
        return True
    others = leases.others(db, position, annotator, time.time())
    return others is not None and others < wanted.of_item(db, position, settings.usual)


def _misfit(terms: Terms, answer: Answer) -> str | None:
    """Why an answer does not fit the project, or None."""
    settings, newest = terms.settings, terms.guideline.version
    if answer.kind not in {*JUDGEMENTS, "undo"}:
        kinds = ", ".join([tasks.get(settings.task).kind, *JUDGEMENTS[1:]])
        return f"there is no kind of answer {answer.kind!r}: use {kinds} or undo"
    if misfit := _misfit_of_value(settings, answer):
        return misfit
    if answer.target is not None and answer.kind != "undo":
        return f"an answer {answer.kind!r} has no target, not {answer.target!r}; an undo has"
    if (answer.guideline_version or 0) > newest:
        return f"there is no guideline {answer.guideline_version}; the newest is {newest}"
    return None


def _misfit_of_value(settings: Settings, answer: Answer) -> str | None:
    """Why its value, or the order in which outputs stood, does not fit the task, or None."""
    if answer.kind != "label":
        given = answer.value
        return None if given is None else f"an answer {answer.kind!r} has no value, not {given!r}"
    misfit = tasks.get(settings.task).misfit
    if misfit(answer.value, [*settings.classes, *settings.renamed]):
        return misfit(answer.value, settings.classes)
    return None if answer.order is None else sides.misfit(settings, answer.order)


def of_row(settings: Settings, row: dict[str, Any], item: Item) -> Answer:
    """An answer as it stands in the log, by the classes' names of today."""
    kept = ("shown_at", "answered_at", "comment", "target", "guideline_version")
    kind, value, order = row["kind"], None, row["shown_order"]
    if kind == "label":
        kind, value = tasks.get(settings.task).kind, settings.now(row["value"])
    told = {name: row[name] for name in kept}
    return Answer(row["event_id"], item.id, kind, value, order=order and json.loads(order), **told)


def _event(terms: Terms, annotator: str, answer: Answer, position: int, lease: Lease) -> Event:
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
        strategy=lease.strategy,
        model_version=lease.model_version,
        score=lease.score,
        rank=lease.rank,
        suggestion=lease.suggestion,
        suggestion_shown=lease.suggestion_shown,
        guideline_version=answer.guideline_version or terms.guideline.version or None,
        shown_order=_order(terms.settings, annotator, answer, position),
    )


def _order(settings: Settings, annotator: str, answer: Answer, position: int) -> str | None:
    """In which order the outputs stood when they were judged."""
    if answer.kind != "label":
        return None
    return log.packed(answer.order or sides.order(settings, annotator, position))


def _believed(when: float | None) -> float | None:
    """A browser's time, or None if its clock is off by more than a day."""
    return when if when is not None and abs(when - time.time()) < CLOCK_SLACK else None
