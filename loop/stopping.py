"""When is it enough? Advice with its evidence, never an act: a person decides.

Each decision is a pure function; it gives None where nothing is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from loop.evaluation import LEAST_AUDIT, wilson
from loop.forecast import Futures

STABLE_KAPPA = 0.99  # of successive models (Bloodgood & Vijay-Shanker 2009)
STABLE_ROUNDS = 3
LITTLE = 0.005  # gain in accuracy below which twice the labels are hardly worth it


@dataclass(frozen=True)
class Advice:
    """What one rule says."""

    rule: str  #: budget, target, stability or plateau
    stop: bool
    words: str  #: the evidence, for people
    numbers: dict[str, float | int | None] = field(default_factory=dict)


def budget_used(labels: int, budget: int | None) -> Advice | None:
    """Whether as many labels were given as are to be; None where no *budget* is set."""
    if budget is None:
        return None
    words = f"{labels:,} of {budget:,} labels of the budget are given"
    return Advice("budget", labels >= budget, words, {"labels": labels, "budget": budget})


def target_reached(correct: int, audit: int, target: float | None) -> Advice | None:
    """Whether the accuracy is surely at the target: the lower end of its 95 % interval is."""
    if target is None or audit < LEAST_AUDIT:
        return None
    low, high = wilson(correct, audit)
    words = (
        f"accuracy lies between {low:.1%} and {high:.1%} (95 %, {audit} audit answers); the target "
        f"is {target:.1%}"
    )
    return Advice("target", low >= target, words, {"low": low, "high": high, "target": target})


def predictions_stable(kappas: Sequence[float | None]) -> Advice | None:
    """Whether successive models agree (Cohen's kappa, oldest first); None until three are known."""
    newest = kappas[-STABLE_ROUNDS:]
    known = [kappa for kappa in newest if kappa is not None]
    if len(known) < STABLE_ROUNDS:
        return None
    least = min(known)
    words = (
        f"the last {STABLE_ROUNDS} models agreed with the one before by a kappa of {least:.3f} or "
        f"more; {STABLE_KAPPA} counts as stable"
    )
    return Advice("stability", least >= STABLE_KAPPA, words, {"kappa": least})


def gains_little(futures: Futures | None) -> Advice | None:
    """Whether twice the labels would gain less than half a point; None without a forecast."""
    if futures is None:
        return None
    gain = futures.gain_of(2 * futures.labels)
    words = (
        f"twice the labels would gain about {100 * gain.middle:.1f} points "
        f"(80 %: {100 * gain.low:.1f} to {100 * gain.high:.1f})"
    )
    numbers = {"low": gain.low, "middle": gain.middle, "high": gain.high}
    return Advice("plateau", gain.middle < LITTLE, words, numbers)
