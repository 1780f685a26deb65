"""What people's feedback of the last days comes to, kept by the trainer while it waits."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from loop import tasks
from loop.feedback import judgements
from loop.feedback.issues import issues
from loop.feedback.summary import UNNAMED, about, likes, summary
from loop.project import Project
from loop.settings import Settings
from loop.store import Database, corrections, feedback, insights, log
from loop.tasks import correct
from loop.tasks.judgement import Judgement

DAY = 86_400.0  # seconds
READ = 5_000  # characters of a complaint
EXCERPT = 300  # characters of a text that is shown as a sample
PAUSE = 2.0  # seconds between two looks, and
SHARE = 0.05  # of the time at most is spent on them


class Insights:
    """Makes the document anew where something was said since, but never all of the time."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._not_before = 0.0  # by the monotonic clock

    def keep_up(self) -> None:
        """Bring the document up to date, if it is time."""
        db, settings = self._project.store.read, self._project.settings
        if time.monotonic() < self._not_before or insights.seen(db) == _seen(db, settings):
            return
        began = time.monotonic()
        look(self._project)
        took = time.monotonic() - began
        self._not_before = time.monotonic() + max(PAUSE, took / SHARE)


def look(project: Project, now: float | None = None) -> dict[str, Any]:
    """Make the document of the window that ends *now* (seconds since 1970), and store it."""
    until = time.time() if now is None else now
    with project.store.snapshot() as db:
        settings = project.terms(db).settings
        seen = _seen(db, settings)
        erasure = log.latest_seq(db, "erase")
        since = until - settings.insight_days * DAY
        told = [one for one in _judgements(db, settings, since) if one.created_at <= until]
        dismissed = corrections.dismissed(db)
    made = document([one for one in told if one.feedback_id not in dismissed], settings)
    made |= {"days": settings.insight_days, "until": until}
    with project.store.write() as db:
        if log.latest_seq(db, "erase") == erasure:  # else it may hold what is gone
            insights.put(db, seen, made)
    return made


def document(told: Sequence[Judgement], settings: Settings) -> dict[str, Any]:
    """The summary, and the common issues."""
    rng = np.random.default_rng(settings.seed)
    complaints = _complaints(told)
    texts = ["\n".join(filter(None, (one.comment, one.prompt)))[:READ] for one in complaints]
    return {
        "summary": summary(told, rng),
        "complaints": len(complaints),
        "issues": [
            {
                "n": len(one.members),
                "words": one.words,
                "by_version": _versions([complaints[i] for i in one.members]),
                "samples": [_sample(complaints[i]) for i in one.nearest],
            }
            for one in issues(texts)
        ],
    }


def _judgements(db: Database, settings: Settings, since: float) -> list[Judgement]:
    """Classes are no feedback: of a project that gives them, only what applications sent."""
    if tasks.get(settings.task).kind == "label":
        rows = feedback.standing(db, since)
        return [judgements.of_interaction(settings, row) for row in rows]
    return list(judgements.every(db, settings, since))


def _seen(db: Database, settings: Settings) -> str:
    """What a document depends on: all that was said, by which settings, on which day."""
    answers = 0 if tasks.get(settings.task).kind == "label" else log.end(db)
    today = int(time.time() // DAY)
    newest = log.latest_seq(db, "settings")
    return f"{feedback.end(db)} {answers} {newest} {today}"


def _complaints(told: Sequence[Judgement]) -> list[Judgement]:
    """One of each thing that somebody disliked or corrected, with the newest words about it."""
    found: dict[object, Judgement] = {}
    for one in told:
        if likes(one) is False or one.kind == correct.TASK.kind:
            words = None if one.comment == feedback.TOMBSTONE else one.comment
            before = found.get(about(one))
            words = words or (before.comment if before else None)
            if words or one.prompt:  # else nothing can be alike, or was erased
                found[about(one)] = replace(one, comment=words)
    return list(found.values())


def _versions(complaints: Sequence[Judgement]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in complaints:
        name = one.model_version or UNNAMED
        counts[name] = counts.get(name, 0) + 1
    return counts


def _sample(one: Judgement) -> dict[str, Any]:
    texts = {"prompt": one.prompt, "output": one.output, "comment": one.comment}
    return {"feedback_id": one.feedback_id, "interaction_id": one.interaction_id} | {
        name: text and text[:EXCERPT] for name, text in texts.items()
    }
