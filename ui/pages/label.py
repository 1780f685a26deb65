"""The label page: one item, one decision, one key. All of it is painted in the browser."""

from typing import Any

from loop import Project, tasks
from loop.people import Claim
from loop.settings import Settings
from loop.tasks import correct
from loop.tasks.task import OUTPUT
from ui import cards
from ui.label_card import label_card


def show(project: Project, claim: Claim) -> None:
    """Mount the label card."""
    cards.mount(label_card, project, claim, _more)


def _more(settings: Settings) -> dict[str, Any]:
    task = tasks.get(settings.task)
    return {
        "project": settings.name,
        "layout": settings.layout,
        "highlight": settings.highlight,
        "shown_as": task.shown_as,
        "answer_kind": task.kind,
        "scale_words": settings.scale_words,
        "corrects": _corrected(settings),
        "speed": settings.speed,
        "tunes": settings.space is not None,
    }


def _corrected(settings: Settings) -> str | None:
    """The column whose text is put right, where that is the task."""
    if settings.task != correct.TASK.name:
        return None
    return OUTPUT if OUTPUT in settings.columns else settings.columns[0]
