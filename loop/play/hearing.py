"""What people say of what they see: stored once, and made into what the agent learns from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from loop.play.lesson import Lesson
from loop.play.tamer import Signal
from loop.store import Database, log, play
from loop.store.play import Said

UNDO = "undo"  # in place of a value
NOT_SEEN = "nothing was on screen just before it, or the player was started anew since"
NOT_YET = "it is of a time that has not come yet by the player's clock"
NOTHING = "there is no signal of yours left to take back"
TAKEN = "something else was said under this id"
AHEAD = 1.0  # seconds that the clock of who says it may be ahead


@dataclass(frozen=True)
class Clock:
    """By which signals are dated: that of one player, as of now."""

    life: str
    now: float  #: seconds


@dataclass
class Heard:
    """What became of some signals."""

    saved: list[str] = field(default_factory=list)
    rejected: list[dict[str, str]] = field(default_factory=list)
    learned: list[Signal] = field(default_factory=list)
    is_undone: bool = False  #: one was taken back, so all is to be learned anew


def take(
    db: Database, lesson: Lesson, clock: Clock, who: str, told: Sequence[dict[str, Any]]
) -> Heard:
    """Append what is new of it to the log, in the caller's transaction.

    A signal is `{"signal_id", "value": 1 | -1 | "undo", "life", "at"}`: which player had shown what
    it is about, and when, on that player's clock. One that is there already is saved.
    """
    heard = Heard()
    for one in told:
        why = _refused(db, lesson, clock, who, one, heard)
        if why is None:
            heard.saved.append(one["signal_id"])
        else:
            heard.rejected.append({"signal_id": one["signal_id"], "reason": why})
    return heard


def _refused(
    db: Database, lesson: Lesson, clock: Clock, who: str, one: dict[str, Any], heard: Heard
) -> str | None:
    """Why this one was not stored, or None."""
    id_ = one["signal_id"]
    if id_.startswith(log.OURS):
        return f"ids that begin with {log.OURS!r} are the player's own; use another"
    if (before := log.event(db, id_)) is not None:
        return None if _is_same(before, who, one["value"]) else TAKEN
    if one["value"] == UNDO:
        return _take_back(db, id_, who, heard)
    is_of_now = one["life"] == clock.life
    if is_of_now and one["at"] > clock.now + AHEAD:
        return NOT_YET
    signal = lesson.signal(one["value"], one["at"]) if is_of_now else None
    if signal is None:
        return NOT_SEEN
    play.say(db, id_, who, _stored(signal, *lesson.place(one["at"])))
    heard.learned.append(signal)
    return None


def _take_back(db: Database, id_: str, who: str, heard: Heard) -> str | None:
    """Why there is nothing to take back, or None."""
    if (target := play.newest_of(db, who)) is None:
        return NOTHING
    play.take_back(db, id_, who, target)
    heard.is_undone = True
    return None


def _is_same(before: dict[str, Any], who: str, said: Any) -> bool:
    if before["annotator"] != who:
        return False
    if said == UNDO:
        return bool(before["kind"] == play.UNDO)
    return bool(before["kind"] == play.SIGNAL and before["value"]["value"] == said)


def _stored(signal: Signal, episode: int, step: int, seconds: float) -> Said:
    rows = zip(signal.shares, signal.actions, signal.states, strict=True)
    about = [[float(share), int(action), *map(float, state)] for share, action, state in rows]
    return Said(signal.value, episode, step, round(seconds, 3), about)


def signals(db: Database) -> list[Signal]:
    """All signals that count, as they were given, oldest first."""
    return [_read(row["said"]) for row in play.standing(db)]


def _read(said: Said) -> Signal:
    rows = np.array(said.about, np.float64)
    return Signal(said.value, rows[:, 0], rows[:, 1].astype(np.int64), rows[:, 2:])
