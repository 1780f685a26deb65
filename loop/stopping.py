"""When is it enough? Advice with its evidence, never an act: a person decides.

Each decision is a pure function; it gives None where nothing is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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
    numbers: dict[str, float]


def budget_used(labels: int, budget: int | None) -> Advice | None:
    """Whether as many labels were given as are to be; None where no *budget* is set."""
    if budget is None:
        return None
    words = f"{labels:,} labels of a budget of {budget:,} are given"
    return Advice("budget", labels >= budget, words, {"labels": labels, "budget": budget})


def target_reached(correct: int, audit: int, target: float | None) -> Advice | None:
    """Whether the accuracy is surely at the target: the lower end of its 95 % interval is."""
    if target is None or audit < LEAST_AUDIT:
        return None
    low, high = wilson(correct, audit)
    words = (
        f"accuracy lies between {100 * low:.1f} % and {100 * high:.1f} % (95 % interval, {audit} "
        f"audit answers); the target is {100 * target:g} %"
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
        f"kappa of each of the last {STABLE_ROUNDS} models with the one before it was {least:.3f} "
        f"or more; {STABLE_KAPPA} counts as settled"
    )
    return Advice("stability", least >= STABLE_KAPPA, words, {"kappa": least})


def gains_little(futures: Futures, labels: int) -> Advice:
    """Whether going on to so many *labels*, twice those so far or all, gains under half a point."""
    gain = futures.gain_of(labels)
    words = (
        f"{labels - futures.labels:,} more labels would bring about {100 * gain.middle:.1f} points "
        f"of accuracy (8 times in 10: {100 * gain.low:.1f} to {100 * gain.high:.1f})"
    )
    numbers = {"low": gain.low, "middle": gain.middle, "high": gain.high}
    return Advice("plateau", gain.middle < LITTLE, words, numbers)
