"""The label page: one item, one decision, one key. All of it is painted in the browser."""

from typing import Any

from loop import Project
from loop.people import Claim
from loop.settings import Settings
from ui import cards
from ui.label_card import label_card


def show(project: Project, claim: Claim) -> None:
    """Mount the label card."""
    cards.mount(label_card, project, claim, _more)


def _more(settings: Settings) -> dict[str, Any]:
    return {
        "project": settings.name,
        "layout": settings.layout,
        "highlight": settings.highlight,
    }
