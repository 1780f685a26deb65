"""Alarms that wait for somebody, and what was done about them."""

from dataclasses import dataclass
from typing import Any

from loop import webhooks
from loop.errors import LoopError
from loop.project import Project
from loop.store import alarms, feedback
from loop.store.alarms import Alarm

MENDED, FALSE = "mended", "a false alarm"
HOW = (MENDED, FALSE)


class AlarmError(LoopError):
    """An alarm that cannot be closed so."""


@dataclass(frozen=True)
class Open:
    """An open alarm, with what people said of the interactions that it rests on."""

    alarm: Alarm
    evidence: list[dict[str, Any]]  #: rows of `loop.store.feedback`, in the order they came


def waiting(project: Project) -> list[Open]:
    """Those that are open, the most pressing first."""
    with project.store.snapshot() as db:
        open_ = [one for one in alarms.every(db) if one.closed_at is None]
        return [
            Open(one, feedback.of_interactions(db, alarms.evidence(db, one.id)))
            for one in sorted(open_, key=lambda one: -one.told["priority"])
        ]


def close(project: Project, by: str, id_: str, how: str, words: str | None = None) -> None:
    """Close an alarm. Raises `AlarmError` where there is none that is open, or no such *how*."""
    if how not in HOW:
        raise AlarmError(f"An alarm is closed as {' or '.join(HOW)}, not {how!r}.")
    with project.store.write() as db:
        found = alarms.one(db, id_)
        if found is None:
            raise AlarmError(f"There is no alarm {id_!r} here.")
        if found.closed_at is not None:
            raise AlarmError(f"{found.closed_by} has closed it already: {found.how}.")
        told = f"{how}: {words}" if words else how
        alarms.close(db, id_, by, told)
        webhooks.enqueue(db, "alarm.closed", {"alarm_id": id_, "how": how})
