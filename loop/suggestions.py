"""When does a person see what the model would say? Pure decisions, the same at every look.

Audit and gold items never show it, and neither does a random share of the ordinary ones, so that
its absence tells nothing, and what it does to people's answers can be measured.
"""

from collections.abc import Sequence

from loop import dice
from loop.settings import Settings
from loop.store.leases import Lease

AUDIT = "audit"  # why an audit item is asked; no strategy chose it
GOLD = "gold"  # the same of a gold item
PRACTICE = "practice"  # and of one that is asked openly, before the real work


def is_withheld(settings: Settings, annotator: str, lease: Lease) -> bool:
    """Whether this person learns nothing of the model on this item before the answer."""
    if lease.strategy in {AUDIT, GOLD, PRACTICE}:
        return True
    fallen = dice.fall(settings.seed, "withheld", annotator, lease.position)
    return fallen < settings.withheld


def before(settings: Settings, annotator: str, lease: Lease) -> str | None:
    """The class to suggest before the answer, or None."""
    if settings.suggestions != "prefilled" or is_withheld(settings, annotator, lease):
        return None
    return called(settings, lease)


def after(settings: Settings, annotator: str, lease: Lease) -> str | None:
    """The class to name after the answer, for a second thought, or None."""
    if settings.suggestions != "after" or is_withheld(settings, annotator, lease):
        return None
    return called(settings, lease)


def likeliest(settings: Settings, guessed: Sequence[tuple[str, float]]) -> str | None:
    """The likeliest class of *guessed*, once those that were merged since are one."""
    merged = as_of_now(settings, guessed)
    return merged[0][0] if merged else None


def as_of_now(settings: Settings, guessed: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """The guesses by the classes' names of today, likeliest first."""
    sums: dict[str, float] = {}
    for name, probability in guessed:
        sums[settings.now(name)] = sums.get(settings.now(name), 0.0) + probability
    return sorted(sums.items(), key=lambda pair: -pair[1])


def called(settings: Settings, lease: Lease) -> str | None:
    """What the model suggests, as the class is called now."""
    return None if lease.suggestion is None else settings.now(lease.suggestion)
