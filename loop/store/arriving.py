"""Answers and gold from a file of another tool: each is stored once, as its people's own."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from loop.store import decided, erasure, items, log, withdrawn
from loop.store.database import Database, rows
from loop.store.decided import GOLD
from loop.store.log import Event
from loop.store.wanted import Usual

Now = Callable[[Any], Any]  # what a stored value is called today, after classes were renamed


@dataclass(frozen=True)
class Answered:
    """What somebody said of an item, elsewhere. Times are seconds since 1970, UTC."""

    where: str
    item_id: str
    event_id: str
    has_id: bool  #: of its own; else it was made of what the answer says
    kind: str
    annotator: str
    value: Any
    at: float | None
    lead_time: float | None
    comment: str | None
    order: list[str] | None
    suggestion: str | None
    suggestion_shown: bool | None
    model_version: int | None


@dataclass(frozen=True)
class Decided:
    """The right answer on an item that is gold."""

    item_id: str
    label: Any
    by: str
    at: float | None
    why: str | None


@dataclass(frozen=True)
class New:
    """How many were not there before."""

    answers: int
    gold: int


def is_other(db: Database, one: Answered, pseudonym: Callable[[str], str], now: Now) -> bool:
    """Whether an answer of its id is there, and says something else; of what was erased, not."""
    before = log.event(db, one.event_id)
    if before is None or withdrawn.is_erased(db, before["position"]):
        return False
    position = items.positions_of(db, [one.item_id]).get(one.item_id)
    told = (before["position"], before["kind"], now(before["value"]))
    if told != (position, one.kind, one.value):
        return True
    by = before["annotator"]
    return pseudonym(by) != pseudonym(one.annotator) and not erasure.is_pseudonym(db, by)


def said_by(db: Database, event_id: str) -> str | None:
    """Whose the answer of this id is; None where there is none."""
    before = log.event(db, event_id)
    return None if before is None else str(before["annotator"])


def new(db: Database, said: Iterable[Answered | Decided], now: Now) -> New:
    """What of it is new, counting items that are not there yet."""
    told = list(said)
    positions = items.positions_of(db, {one.item_id for one in told})
    found = [one for one in told if _is_new(db, one, positions.get(one.item_id), now)]
    answers = sum(isinstance(one, Answered) for one in found)
    return New(answers, len(found) - answers)


def store(db: Database, said: Iterable[Answered | Decided], usual: Usual, now: Now) -> New:
    """Append what is new of it, and bring the state up to date. Erased items are passed over."""
    told = list(said)
    positions = items.positions_of(db, {one.item_id for one in told})
    answers = gold = 0
    for one in told:
        position = positions.get(one.item_id)
        if position is None or not _is_new(db, one, position, now):
            continue
        if isinstance(one, Answered):
            answers += 1
            log.append(db, [_event(one, position)])
            log.settle(db, position, one.annotator, usual)
        else:
            gold += 1
            event_id, at = f"{log.OURS}{GOLD}-{log.end(db)}", one.at or time.time()
            told_by = Event(event_id, GOLD, one.by, position, one.label, comment=one.why)
            log.append(db, [replace(told_by, received_at=at)])
            decided.settle(db, position, usual)
    return New(answers, gold)


def _is_new(db: Database, one: Answered | Decided, position: int | None, now: Now) -> bool:
    if isinstance(one, Answered) and log.event(db, one.event_id) is not None:
        return False
    if position is None:
        return True
    if isinstance(one, Answered):
        return one.has_id or not _stands(db, one, position, now)
    before = decided.of(db, position)
    is_there = before is not None and before.is_gold
    same = before is not None and (now(before.label), before.why) == (one.label, one.why)
    return not (is_there and same) and not withdrawn.is_out(db, position)


def _event(one: Answered, position: int) -> Event:
    at, lead = one.at, one.lead_time
    return Event(
        one.event_id,
        one.kind,
        one.annotator,
        position,
        one.value,
        shown_at=at - lead if at is not None and lead is not None else None,
        answered_at=at,
        comment=one.comment,
        suggestion=one.suggestion,
        suggestion_shown=one.suggestion_shown,
        model_version=one.model_version,
        shown_order=log.packed(one.order),
    )


def _stands(db: Database, one: Answered, position: int, now: Now) -> bool:
    """Whether its person's answer on the item is the same already."""
    sql = "SELECT kind, value FROM standing WHERE position = ? AND annotator = ?"
    found = [
        (row["kind"], now(json.loads(row["value"] or "null")))
        for row in rows(db, sql, position, one.annotator)
    ]
    return found == [(one.kind, one.value)]
