"""A round, or a choice of what is asked first, done again from the log; and where it differs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from loop import cold_start, retrain, snapshot
from loop.decisions import InForce
from loop.features import FeatureCache
from loop.project import Project
from loop.ranking import Ranking
from loop.retrain import Made
from loop.settings import Settings
from loop.snapshot import Snapshot
from loop.store import Database, log, past, rounds

# What rounds and starts left in the log before they left digests.
ALWAYS = frozenset({"version", "labels", "pool", "strategy", "recipe", "seed"})


@dataclass(frozen=True)
class Redone:
    """A round or a start, done again."""

    event: dict[str, Any]
    now: Snapshot
    order: Ranking
    made: Made | None  #: of a round

    @property
    def record(self) -> dict[str, Any]:
        """What it would leave in the log, as the log would give it back."""
        if self.made is None:
            told = cold_start.record(self.now, self.order)
        else:
            told = {
                "version": self.now.version,
                "labels": self.made.n_labels,
                "pool": len(self.now.askable),
                "strategy": self.now.settings.strategy,
            } | retrain.record(self.now, self.made)
        again: dict[str, Any] = json.loads(json.dumps(told))
        return again

    @property
    def is_whole(self) -> bool:
        """Whether all of it could be compared; not where the log has no digests of it."""
        return "digests" in self.event["value"]

    def differences(self) -> list[str]:
        """Where it is not what the log tells, in words."""
        told, again = self.event["value"], self.record
        names = (
            [*again, "diary", "again"]
            if self.is_whole
            else [n for n in again if n in ALWAYS & told.keys()]
        )
        return [
            words
            for name in dict.fromkeys(names)
            if name != "versions"
            for words in _differing(name, told.get(name), again.get(name))
        ]


@contextmanager
def as_of(db: Database, seq: int) -> Iterator[Settings]:
    """The state as of row *seq* of the log, in a transaction, and the settings in force then."""
    with past.at(db, seq):
        settings = InForce().at(db).settings
        past.settle(db, settings.usual, rounds.again(db, settings.usual))
        yield settings


def every(db: Database) -> list[dict[str, Any]]:
    """All that is to be done again, in order."""
    every = [*log.of_kind(db, "start"), *log.of_kind(db, "round")]
    done = [event for event in every if "failure" not in event["value"]]
    return sorted(done, key=lambda event: int(event["seq"]))


def redo(project: Project, event: dict[str, Any], cache: FeatureCache) -> Redone:
    """Do it again; *cache* keeps the features. Raises what a round does."""
    told = event["value"]
    with project.store.snapshot() as db, as_of(db, told["log_seq"]) as settings:
        now = snapshot.seen_in(db, settings, told.get("out", 0))
        X = retrain.matrix(db, settings, cache, project.media)
    if event["kind"] == "start":
        return Redone(event, now, cold_start.chosen(X, now), None)
    made = retrain.work_out(project, now, X, cache)
    return Redone(event, now, made.order, made)


def _differing(name: str, was: Any, now: Any) -> Iterator[str]:
    if isinstance(was, dict) and isinstance(now, dict):
        for part in sorted(was.keys() | now.keys()):
            yield from _differing(f"{name}.{part}", was.get(part), now.get(part))
    elif was != now:
        yield f"{name} is {was!r} in the log, and comes out as {now!r}"
