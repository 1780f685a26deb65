"""When does a person see what the model would say? Pure decisions, the same at every look.

Audit items never show it, and neither does a random share of the ordinary ones, so that its
absence tells nothing, and what it does to people's answers can be measured.
"""

import random

from loop.settings import Settings
from loop.store.leases import Lease

AUDIT = "audit"  # why an audit item is asked; no strategy chose it


def is_withheld(settings: Settings, annotator: str, lease: Lease) -> bool:
    """Whether this person learns nothing of the model on this item before the answer."""
    if lease.strategy == AUDIT:
        return True
    dice = random.Random(f"{settings.seed}:withheld:{annotator}:{lease.position}")  # noqa: S311 - no secret
    return dice.random() < settings.withheld


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


def called(settings: Settings, lease: Lease) -> str | None:
    """What the model suggests, as the class is called now."""
    return None if lease.suggestion is None else settings.now(lease.suggestion)
