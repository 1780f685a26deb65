"""Signals and episodes of a project that plays, as events of the log.

A `signal` is good (1) or bad (-1), and holds what it was about; a `signal-undo` takes one back, by
its `target`; an `episode` is how one ended.
"""

from dataclasses import asdict, dataclass
from typing import Any

from loop.store import log
from loop.store.database import Database, rows, value
from loop.store.log import Event

SIGNAL, UNDO, EPISODE = "signal", "signal-undo", "episode"
PLAYER = "player"  # who writes episodes into the log


@dataclass(frozen=True)
class Said:
    """What somebody said, and all that it was about: rebuilt from this alone, Ĥ is the same.

    `about` has a row for each step that may have been meant: its share, its action, the state's
    numbers.
    """

    value: int
    episode: int
    step: int
    seconds: float  #: since the episode began to be shown, at most half a minute
    about: list[list[float]]


@dataclass(frozen=True)
class Episode:
    """One that ended."""

    number: int
    score: float  #: the sum of its rewards
    steps: int
    seed: int
    signals: int  #: that counted when it ended


def say(db: Database, signal_id: str, who: str, said: Said) -> None:
    """Append a signal."""
    log.append(db, [Event(signal_id, SIGNAL, who, value=asdict(said))])


def take_back(db: Database, signal_id: str, who: str, target: str) -> None:
    """Append that somebody takes the signal *target* back."""
    log.append(db, [Event(signal_id, UNDO, who, target=target)])


def end(db: Database, episode: Episode) -> None:
    """Append an episode that ended."""
    event = f"{log.OURS}episode-{episode.number}"
    log.append(db, [Event(event, EPISODE, PLAYER, value=asdict(episode))])


def standing(db: Database) -> list[dict[str, Any]]:
    """The signals that were not taken back, oldest first: signal_id, annotator, received_at, said.

    In the order of the log, so that what follows from them is the same to the last bit.
    """
    undone = {row["target"] for row in log.of_kind(db, UNDO)}
    return [
        {
            "signal_id": row["event_id"],
            "annotator": row["annotator"],
            "received_at": row["received_at"],
            "said": Said(**row["value"]),
        }
        for row in log.of_kind(db, SIGNAL)
        if row["event_id"] not in undone
    ]


def newest_of(db: Database, who: str) -> str | None:
    """The id of this person's newest signal that was not taken back; None without one."""
    sql = (
        "SELECT event_id FROM log s WHERE kind = ? AND annotator = ? AND NOT EXISTS "
        "(SELECT 1 FROM log u WHERE u.kind = ? AND u.target = s.event_id) ORDER BY seq DESC LIMIT 1"
    )
    found: str | None = value(db, sql, SIGNAL, who, UNDO)
    return found


def episodes(db: Database) -> list[Episode]:
    """Those that ended, oldest first."""
    return [Episode(**row["value"]) for row in log.of_kind(db, EPISODE)]


def counts(db: Database) -> dict[str, int]:
    """How many signals count, by what they say: `good`, `bad`."""
    sql = (
        "SELECT json_extract(value, '$.value') AS said, count(*) AS n FROM log s WHERE kind = ? "
        "AND NOT EXISTS (SELECT 1 FROM log u WHERE u.kind = ? AND u.target = s.event_id) "
        "GROUP BY said"
    )
    found = {row["said"]: row["n"] for row in rows(db, sql, SIGNAL, UNDO)}
    return {"good": found.get(1, 0), "bad": found.get(-1, 0)}
