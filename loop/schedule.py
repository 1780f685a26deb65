"""When is a round due? A pure decision: no clock, no thread, no database."""

import math
from dataclasses import dataclass
from enum import StrEnum

from loop.settings import RetrainPolicy


class Reason(StrEnum):
    """Why a round starts, in words for people."""

    FIRST_MODEL = "first model"
    ENOUGH_LABELS = "enough new labels"
    ASKED_FOR = "asked for"
    NEW_ITEMS = "new items"


@dataclass(frozen=True)
class LoopState:
    """What the decision looks at. Counts are items of the pool; audit answers do not count."""

    labels: int = 0  #: items with a label now
    classes: int = 0  #: different classes among those labels
    new: int = 0  #: items whose answer changed since the last round began, failed or not
    trained_on: int | None = None  #: labels the last model was fitted on; None before the first
    asked: bool = False  #: somebody wants a round now
    ranked: int = 0  #: items that the last model's ranking ordered
    imported: int = 0  #: items that came into the pool since that round began, failed or not


def due(policy: RetrainPolicy, state: LoopState) -> Reason | None:
    """Why a round should start now, or None."""
    if state.classes < 2:
        return None
    if state.asked:
        return Reason.ASKED_FOR
    if state.new >= missing(policy, state):
        return Reason.FIRST_MODEL if state.trained_on is None else Reason.ENOUGH_LABELS
    # The strategy has not seen these. A few may wait for labels; a share like that of labels not.
    if state.trained_on is not None and state.imported > policy.growth * state.ranked:
        return Reason.NEW_ITEMS
    return None


def missing(policy: RetrainPolicy, state: LoopState) -> int:
    """How many changed answers a round takes, counted from the last one."""
    if state.trained_on is None:
        return policy.first
    return max(policy.least, math.ceil(policy.growth * state.trained_on))


def waiting_for(policy: RetrainPolicy, state: LoopState) -> str:
    """What the trainer waits for, in words for people."""
    if state.labels == 0:
        return "the first label"
    if state.classes < 2:
        return "a second class: all labels so far are of one"
    more = 0 if state.asked else missing(policy, state) - state.new
    return f"{more} more label{'s' if more != 1 else ''}" if more > 0 else "nothing: a round is due"


def batch_size(policy: RetrainPolicy, labels: int, out: int) -> int:
    """How many items the strategy picks.

    The answers expected until the next round, twice over, plus the items that are out: those on
    lease or passed over by somebody may be picked again, and would leave too few for the others.
    """
    return 2 * max(policy.first, policy.least, math.ceil(policy.growth * labels)) + out
