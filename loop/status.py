"""Where the loop stands: one document for the terminal, the API and the pages."""

import statistics
from typing import Any

from loop import schedule, tasks
from loop.evaluation import LEAST_AUDIT
from loop.outlook import outlook
from loop.project import Project
from loop.settings import Settings
from loop.store import Database, items, log, play, rounds, standings

IDLE = 120.0  # seconds; a longer look at one item is a break, not work


def status(project: Project) -> dict[str, Any]:
    """The state of the loop as one JSON-ready document."""
    with project.store.snapshot() as db:
        settings, guideline = project.terms(db).settings, project.terms(db).guideline
        state = loop_state(settings, db)
        model = rounds.latest(db)
        failure = log.latest(db, "failure")
        failed = failure is not None and (model is None or failure["seq"] > model["log_seq"])
        audit_answered = sum(n for _, n in standings.label_counts(db, items.AUDIT))
        return {
            "name": settings.name,
            "task": settings.task,
            "recipe": settings.recipe,
            "start": settings.start,
            "strategy": settings.strategy,
            "guideline_version": guideline.version,
            "items": {"pool": items.count(db, items.POOL), "audit": items.count(db, items.AUDIT)},
            "labels": state.labels,
            "answers": _answers(settings, db),
            "classes": class_counts(settings, db),
            "closed": standings.closed_count(db),
            "model": model,
            "accuracy": accuracy(db),
            "accuracy_waits_for": settings.no_rounds
            or (
                f"{audit_answered} of {LEAST_AUDIT} audit answers"
                if audit_answered < LEAST_AUDIT
                else "the next model"
            ),
            "failure": failure["value"]["why"] if failure and failed else None,
            "trainer": rounds.trainer(db),
            "waiting_for": (
                f"nothing: {settings.no_rounds}"
                if settings.no_rounds
                else schedule.waiting_for(settings.retrain, state)
            ),
            "no_rounds": settings.no_rounds,
            "seconds_per_label": pace(db),
            "outlook": outlook(settings, state.labels, db),
            "play": _play(settings, db),
        }


def _play(settings: Settings, db: Database) -> dict[str, Any] | None:
    """What is played, what was said of it, and the mean of the last ten returns; else None."""
    if settings.play is None:
        return None
    scores = [one.score for one in play.episodes(db)]
    return {
        "environment": settings.play.environment,
        **play.counts(db),
        "episodes": len(scores),
        "last_ten": statistics.fmean(scores[-10:]) if scores else None,
    }


def _answers(settings: Settings, db: Database) -> dict[str, int]:
    """Standing answers by kind."""
    kind = tasks.get(settings.task).kind
    counts = standings.standing_counts(db)
    return {kind if name == "label" else name: n for name, n in counts.items()}


def pace(db: Database, annotator: str | None = None) -> float | None:
    """Median seconds a person looks at an item; longer looks than `IDLE` count as `IDLE`."""
    times = [min(seconds, IDLE) for seconds in standings.lead_times(db, annotator)]
    return statistics.median(times) if times else None


def accuracy(db: Database) -> dict[str, Any] | None:
    """The newest point of the curve that states an accuracy, or None: not known yet."""
    points = rounds.curve(db)
    if not points or points[-1].accuracy is None:
        return None
    last = points[-1]
    return {
        "value": last.accuracy,
        "low": last.low,
        "high": last.high,
        "version": last.version,
        "labels": last.labels,
        "audit": last.audit,
    }


def class_counts(settings: Settings, db: Database) -> dict[str, int]:
    """Labeled items of the pool by class, in the project's order, zeros included."""
    task = tasks.get(settings.task)
    counts = dict.fromkeys(settings.classes, 0)
    for label, n in standings.label_counts(db, items.POOL):
        for name in task.named(settings.now(label)):
            counts[name] += n
    return counts


def loop_state(settings: Settings, db: Database) -> schedule.LoopState:
    """What the scheduler's decision looks at."""
    counts = standings.label_counts(db, items.POOL)
    model = rounds.latest(db)
    failure = log.latest(db, "failure")
    tried = max(model["log_seq"] if model else 0, failure["value"]["log_seq"] if failure else 0)
    asked, answered = rounds.requests(db)
    return schedule.LoopState(
        labels=sum(n for _, n in counts),
        classes=len({str(settings.now(label)) for label, _ in counts}),
        new=standings.changed_since(db, tried),
        trained_on=model["labels"] if model else None,
        asked=asked > answered,
        ranked=model["pool"] if model else 0,
        imported=items.imported_since(db, tried),
    )
