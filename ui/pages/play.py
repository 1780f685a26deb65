"""The play page: an agent plays, and learns from the keys of who watches it."""

from typing import Any

from loop import Project
from loop.people import Claim
from loop.settings import Settings
from ui import cards
from ui.play_card import play_card


def show(project: Project, claim: Claim, *, may_invite: bool) -> None:
    """Mount the play card."""

    def more(settings: Settings) -> dict[str, Any]:
        actions = settings.play.actions if settings.play else ()
        return {"project": settings.name, "actions": actions, "may_invite": may_invite}

    cards.mount(play_card, project, claim, more, within="play:")
