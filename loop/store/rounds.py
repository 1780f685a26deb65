"""What the trainer publishes: models, the learning curve, the ranking's pointer row, its state."""

import json
import time
from dataclasses import asdict, dataclass
from typing import Any

from loop.store import latecomers, log
from loop.store.database import Database, insert, rows, value
from loop.store.log import Event
from loop.store.wanted import Again, Usual

TRAINER = "trainer"  # who writes rounds and failures into the log


@dataclass(frozen=True)
class Round:
    """One retrain, as published."""

    version: int
    reason: str
    log_seq: int  #: the last row of the log that it saw
    labels: int
    pool: int  #: items ranked
    strategy: str
    fit_seconds: float
    rank_seconds: float
    round_seconds: float
    agreement: float | None = None  #: share of items taken for the same as by the model before
    kappa: float | None = None  #: the same, but for chance (Cohen 1960)


@dataclass(frozen=True)
class Point:
    """One point of the learning curve, measured on the audit items."""

    version: int
    labels: int
    audit: int
    correct: int
    accuracy: float | None  #: None while too few audit items have an answer
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Pointer:
    """Which ranking is in use.

    The first `again` places are asked again, then `head` are the strategy's, the rest the tail's.
    """

    version: int  #: of the model; 0 before the first
    file: str
    strategy: str
    head: int
    tail: str
    start: int = 0  #: so many first places hold only items that nobody need be asked about
    guesses: str | None = None  #: what the model makes of the items, see `loop.guesses`
    again: int = 0


def publish(
    db: Database,
    round_: Round,
    point: Point,
    quality: dict[str, Any] | None = None,
    analysis: dict[str, Any] | None = None,
    *,
    at: float | None = None,
) -> None:
    """Record a finished round, its point of the curve, and what else is known of its model.

    As of now or of another time.
    """
    insert(db, "models", asdict(round_) | {"published_at": at or time.time()})
    insert(db, "curve", asdict(point))
    for table, told in (("quality", quality), ("analysis", analysis)):
        if told is not None:
            insert(db, table, {"version": round_.version, "told": json.dumps(told)})


def diary(db: Database) -> dict[str, Any]:
    """What strategies wrote down in the newest round, for the next one."""
    newest = log.latest(db, "round")
    found: dict[str, Any] = newest["value"].get("diary", {}) if newest else {}
    return found


def again(db: Database, usual: Usual) -> list[Again]:
    """What the newest round wants asked again, and how many answers it is to have.

    Nothing where all items get as many answers.
    """
    newest = log.latest(db, "round") if usual.pool < usual.audit else None
    return [(p, n) for p, n in newest["value"].get("again", [])] if newest else []


def point_at(db: Database, pointer: Pointer) -> None:
    """Put another ranking in use, in one row, and nothing behind it."""
    insert(db, "ranking", {"id": 1} | asdict(pointer), replace=True)
    latecomers.clear(db)


def ranking(db: Database) -> Pointer | None:
    """The ranking in use; None before the first import."""
    found = rows(
        db, "SELECT version, file, strategy, head, tail, start, guesses, again FROM ranking"
    )
    return Pointer(**found[0]) if found else None


def forget_guesses(db: Database) -> None:
    """Use no guesses until the next round."""
    db.execute("UPDATE ranking SET guesses = NULL")


def start_at(db: Database, file: str, start: int) -> None:
    """Note that all items before place *start* of the ranking *file* are closed.

    Reopening any item sets it back to 0 (a trigger), and so does another ranking.
    """
    db.execute("UPDATE ranking SET start = ? WHERE file = ?", [start, file])


def latest(db: Database) -> dict[str, Any] | None:
    """The newest model's row."""
    found = rows(db, "SELECT * FROM models ORDER BY version DESC LIMIT 1")
    return found[0] if found else None


def newest(db: Database, n: int) -> list[dict[str, Any]]:
    """The rows of the newest *n* models, oldest first."""
    return rows(db, "SELECT * FROM models ORDER BY version DESC LIMIT ?", n)[::-1]


def curve(db: Database) -> list[Point]:
    """The learning curve, oldest first."""
    return [Point(**row) for row in rows(db, "SELECT * FROM curve ORDER BY version")]


def quality(db: Database) -> dict[str, Any] | None:
    """What is known of the newest model, see `loop.quality.audit`; None with too few answers."""
    return _told_of_newest(db, "quality")


def analysis(db: Database) -> dict[str, Any] | None:
    """Where the newest model is wrong, see `loop.quality.analysis`; None with too few answers."""
    return _told_of_newest(db, "analysis")


def forget_analyses(db: Database) -> None:
    """Say nothing of where models are wrong until the next round."""
    db.execute("DELETE FROM analysis")


def _told_of_newest(db: Database, table: str) -> dict[str, Any] | None:
    newest = f"SELECT told FROM {table} WHERE version = (SELECT max(version) FROM models)"
    told = value(db, newest)
    return json.loads(told) if told else None


def trainer(db: Database) -> dict[str, Any]:
    """What the trainer last said of itself: state, note, since."""
    found = rows(db, "SELECT state, note, since FROM trainer")
    return found[0] if found else {"state": "never started", "note": "", "since": None}


def say(db: Database, state: str, note: str, working_on: int | None = None) -> None:
    """Set what the trainer, or whoever supervises it, says of itself.

    `working_on` is the log's last row when a round begins; None while none is under way.
    """
    db.execute(
        "INSERT INTO trainer(id, state, note, since, working_on) VALUES (1, ?, ?, ?, ?) "
        "ON CONFLICT(id) DO UPDATE SET state = excluded.state, note = excluded.note, "
        "working_on = excluded.working_on, "
        "since = CASE WHEN state = excluded.state THEN since ELSE excluded.since END",
        [state, note, time.time(), working_on],
    )


def note(db: Database, words: str) -> None:
    """Add to what is said of the trainer, whatever its state."""
    db.execute("UPDATE trainer SET note = ?", [words])


def working_on(db: Database) -> int | None:
    """The row of the log up to which a round under way has read; None if there is none."""
    found: int | None = value(db, "SELECT working_on FROM trainer")
    return found


def fail(db: Database, why: str, seq: int) -> None:
    """Record a round that failed on the log up to row *seq*; the next one waits for new labels."""
    failure = {"log_seq": seq, "why": why}
    log.append(db, [Event(f"{log.OURS}failure-{log.end(db)}", "failure", TRAINER, value=failure)])
    db.execute("UPDATE trainer SET answered = asked, working_on = NULL")


def ask(db: Database) -> int:
    """Ask for a round now; returns the number of this request."""
    say_nothing = "INSERT OR IGNORE INTO trainer(id, state, note) VALUES (1, 'never started', '')"
    db.execute(say_nothing)
    db.execute("UPDATE trainer SET asked = asked + 1")
    return int(value(db, "SELECT asked FROM trainer"))


def requests(db: Database) -> tuple[int, int]:
    """The number of the last request for a round, and of the last one answered."""
    found = rows(db, "SELECT asked, answered FROM trainer")
    return (found[0]["asked"], found[0]["answered"]) if found else (0, 0)


def answer(db: Database, number: int) -> None:
    """Note that every request up to *number* was answered, by success or by failure."""
    db.execute("UPDATE trainer SET answered = max(answered, ?), working_on = NULL", [number])


def offer(db: Database, offers: list[dict[str, Any]]) -> None:
    """Say which strategies and recipes this project can be served with."""
    insert(db, "offers", {"id": 1, "offers": json.dumps(offers)}, replace=True)


def offers(db: Database) -> list[dict[str, Any]]:
    """What the trainer said it can do: recipe, strategy, label, refused; [] before it ever ran."""
    found = value(db, "SELECT offers FROM offers")
    return json.loads(found) if found else []
