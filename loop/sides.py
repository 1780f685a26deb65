"""In which order several outputs stand before somebody: by chance, and the same at every look.

Whoever stands left or first is chosen more often than it should be, so the order is kept with the
answer; see `loop.feedback.position`.
"""

from loop import dice
from loop.settings import Settings
from loop.tasks import compare, rank

SIDES = "sides"


def outputs(settings: Settings) -> tuple[str, ...]:
    """The columns that hold outputs to choose among; none where there is one thing to judge."""
    return {
        compare.TASK.name: (compare.A, compare.B),
        rank.TASK.name: settings.classes,
    }.get(settings.task, ())


def order(settings: Settings, annotator: str, position: int) -> list[str] | None:
    """The outputs of an item as this person sees them, the left or first one first."""
    names = outputs(settings)
    if not names:
        return None
    return sorted(
        names, key=lambda name: dice.fall(settings.seed, annotator, SIDES, position, name)
    )


def misfit(settings: Settings, given: list[str]) -> str | None:
    """Why this is no order of the outputs, or None."""
    names = outputs(settings)
    if sorted(given) == sorted(names):
        return None
    return f"order: each of {', '.join(names) or 'no outputs'} stands in it once, not {given!r}"
