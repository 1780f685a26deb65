"""Policies planned by a learned reward, and how they did: kept in the log, for whoever asks.

No arrays here: the page reads this.
"""

from typing import Any

from loop.errors import SettingsError
from loop.people import OWNER
from loop.play.terms import CART_POLE
from loop.project import Project
from loop.status import status
from loop.store import log, standings
from loop.store.log import Event

PLAN = "plan"
POLICIES = {"planned": "planned", "random": "random weights"}  # what was played, and its name


def keep(project: Project, told: dict[str, Any]) -> None:
    """Put down what came of a plan, as `loop.play.planner.plan` tells it."""
    with project.store.write() as db:
        log.append(db, [Event(f"{log.OURS}{PLAN}-{log.end(db)}", PLAN, OWNER, value=told)])


def newest(project: Project) -> dict[str, Any] | None:
    """What came of the newest plan, and `since`, the items labeled since; None before the first."""
    with project.store.snapshot() as db:
        found = log.latest(db, PLAN)
        if found is None:
            return None
        told: dict[str, Any] = found["value"]
        return told | {"since": standings.changed_since(db, told["log_seq"])}


def environment(project: Project, named: str | None) -> str:
    """What a policy is to be planned for; *named* is needed where the project does not know it.

    Raises `SettingsError` where there is nothing to plan by.
    """
    settings, folder = project.settings, project.folder
    if not settings.clips:
        raise SettingsError(
            f"{folder} holds no clips of play, and plans are made by what was learned of them. A "
            f"project of clips begins with: askwell play FOLDER --clips 300"
        )
    known = settings.environment
    if known is None:
        if named is None:
            raise SettingsError(
                f"{folder} is from before a project kept what its clips are of: name it, for "
                f"example --env {CART_POLE}"
            )
        known = named
    elif named not in {None, known}:
        raise SettingsError(f"The clips of {folder} are of {known}, not of {named}.")
    if why := too_soon(project):
        raise SettingsError(why)
    return known


def too_soon(project: Project) -> str | None:
    """Why no policy can be planned yet, or None."""
    now = status(project)
    return None if now["model"] else f"No model yet: the trainer waits for {now['waiting_for']}."


def means(one: dict[str, dict[str, float]]) -> tuple[str, str]:
    """The mean steps and the mean return of a policy, each with its 95 % interval, in words."""
    steps, score = (
        f"{one[of]['mean']:,.1f} ({one[of]['low']:,.1f} to {one[of]['high']:,.1f})"
        for of in ("steps", "return")
    )
    return steps, score
