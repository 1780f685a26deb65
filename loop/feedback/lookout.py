"""Looks for what goes wrong unseen, in the trainer, and opens an alarm of each sort at a time."""

import time
from collections.abc import Iterable
from dataclasses import asdict

from loop import webhooks
from loop.feedback import falling
from loop.feedback.falling import Falling
from loop.project import Project
from loop.store import Database, alarms, feedback, judged, rounds
from loop.tasks.compare import UNDECIDED

EVERY = 50  # new interactions, or answers, after which they are looked at again
ACCURACY, AGREEMENT, DRIFT = "accuracy", "agreement", "drift"
HOUR = 3_600.0  # seconds


class Lookout:
    """Of one project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._seen: dict[str, int] = {}  # what each sort was looked at with

    def keep_up(self) -> list[str]:
        """Look at what has grown enough; returns the ids of the alarms that opened."""
        db = self._project.store.read
        newest = rounds.latest(db)
        opened = []
        if self._has_grown(ACCURACY, newest["version"] if newest else 0, 1):
            opened += self._open(ACCURACY, falling.accuracy(rounds.curve(db)))
        if self._has_grown(AGREEMENT, judged.count(db), EVERY):
            opened += self._open(AGREEMENT, falling.agreement(_agreed(db)))
        if self._has_grown(DRIFT, feedback.end(db), EVERY):
            opened += self._drift(db)
        return opened

    def _drift(self, db: Database) -> list[str]:
        told = feedback.newest_texts(db, falling.NEW + falling.OLD)
        found = falling.drift([text for _, text in told], self._project.settings.seed)
        if found is None:
            return []
        drifting, places = found
        return self._open(DRIFT, drifting, [told[place][0] for place in places])

    def _has_grown(self, rule: str, now: int, by: int) -> bool:
        if now < self._seen.get(rule, 0) + by:
            return False
        self._seen[rule] = now
        return True

    def _open(self, rule: str, told: Falling | None, evidence: Iterable[int] = ()) -> list[str]:
        """One alarm of a sort at a time, and none soon after one was closed."""
        if told is None:
            return []
        with self._project.store.write() as db:
            wait = self._project.terms(db).settings.alarm.cool_down_hours * HOUR
            mine = [one for one in alarms.every(db) if one.told["rule"] == rule]
            if any(one.closed_at is None or time.time() < one.closed_at + wait for one in mine):
                return []
            document = {"rule": rule, "priority": 1.0, "because": "it concerns everything"}
            document |= asdict(told)
            id_ = alarms.open_(db, document, evidence)
            webhooks.enqueue(db, "alarm.opened", {"alarm_id": id_} | document)
        return [id_]


def _agreed(db: Database) -> list[bool]:
    """Of each item that several people answered, in the order of its newest answer, whether alike.

    Those that find neither output better agree like any others.
    """
    said: dict[int, list[str]] = {}
    for one in judged.every(db):
        value = "undecided" if one.value in UNDECIDED else str(one.value)
        said[one.position] = [*said.pop(one.position, []), value]
    return [len(set(values)) == 1 for values in said.values() if len(values) > 1]
