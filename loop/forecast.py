"""How many more labels to a target? A pure forecast from two things that every round measures.

The audit answers say how good the newest model is. How often its predictions still change says how
much more labels may bring: on past curves, which `benchmarks/forecast.py` makes and measures, that
alone told as much as all that was tried beside it: see docs/why.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from loop.evaluation import LEAST_AUDIT

ROUNDS = 3  # newest rounds whose changed predictions are averaged
FARTHEST = 10  # times the labels so far: nothing is said of what lies beyond
A_STEP = 1.05  # times the labels so far: no more than that is as good as now
DRAWS = 4_000
EDGES = (0.1, 0.5, 0.9)  # of the 80 % interval, and the middle


@dataclass(frozen=True)
class Law:
    """How gains went on past curves: log-normal, by how often predictions change."""

    usual: float = -2.64  #: of ln(gain of twice the labels + LEAST_GAIN), where turnover is whole
    slope: float = 0.69  #: by ln(turnover + LEAST_TURNOVER)
    spread: float = 0.95
    fading: float = math.log(0.48)  #: of ln(what another doubling gains / the one before)
    fading_spread: float = 0.90


LEARNED = Law()
LEAST_GAIN, LEAST_TURNOVER = 0.003, 0.02


@dataclass(frozen=True)
class Step:
    """One round, as the forecast sees it."""

    labels: int
    agreement: float | None  #: share of items predicted as by the model before; None: not known


@dataclass(frozen=True)
class Known:
    """What a forecast rests on."""

    labels: int  #: that the newest model was trained on
    audit: int  #: audit answers it was measured on
    correct: int
    turnover: float  #: share of predictions that change while the labels double


@dataclass(frozen=True)
class Interval:
    """Eight times in ten it lies between *low* and *high*."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Reach:
    """The same of the labels at which a target is reached; None: farther than was looked."""

    low: float | None
    middle: float | None
    high: float | None


def turnover(steps: Sequence[Step]) -> float | None:
    """The share of predictions that change while the labels double; None where it is not known.

    Between two logistic regressions it grows with the square root of the doublings between them, as
    a random walk does, so rounds of any length can be told together. (A forest's grows less: part
    of it is chance at every fit.) Rounds without a new label do not count.
    """
    grown = [(before, after) for before, after in pairwise(steps) if after.labels > before.labels]
    rates = [
        (1 - after.agreement) / math.sqrt(math.log2(after.labels / before.labels))
        for before, after in grown[-ROUNDS:]
        if after.agreement is not None
    ]
    return sum(rates) / ROUNDS if len(rates) == ROUNDS else None


def known(steps: Sequence[Step], audit: int, correct: int) -> Known | None:
    """What there is to rest a forecast on; None while it is too little."""
    rate = turnover(steps)
    if rate is None or audit < LEAST_AUDIT:
        return None
    return Known(steps[-1].labels, audit, correct, rate)


@dataclass(frozen=True)
class Futures:
    """How it may go on, drawn `DRAWS` times; arrays are (DRAWS,)."""

    labels: int
    accuracy: NDArray[np.float64]  #: now
    gain: NDArray[np.float64]  #: of the next doubling
    fading: NDArray[np.float64]  #: what another doubling gains, as a share of the one before

    def gains(self, doublings: float) -> NDArray[np.float64]:
        """What so many doublings gain, (DRAWS,); never more than there is to gain."""
        powers = np.expm1(doublings * np.log(self.fading)) / (self.fading - 1)
        return np.minimum(self.gain * powers, 1 - self.accuracy)

    def labels_to(self, target: float, most: int) -> Reach:
        """Labels in all at which *target* is reached; None beyond *most* or ten times as many."""
        missing = np.maximum(target - self.accuracy, 0)
        with np.errstate(divide="ignore", invalid="ignore"):  # gains that never add up to it
            doublings = np.log1p(missing * (self.fading - 1) / self.gain) / np.log(self.fading)
        doublings = np.where(missing > 0, np.nan_to_num(doublings, nan=np.inf), 0)
        farthest = math.log2(min(max(most, self.labels) / self.labels, FARTHEST))
        found = np.quantile(
            np.where(doublings > farthest, np.inf, doublings), EDGES, method="higher"
        )
        ends = [self.labels * 2**end if end <= farthest else None for end in found.tolist()]
        return Reach(*ends)

    def gain_of(self, labels: int) -> Interval:
        """How much more accuracy there is at so many *labels*."""
        return _interval(self.gains(math.log2(labels / self.labels)))

    def accuracy_at(self, labels: int) -> Interval:
        """The accuracy at so many *labels*, those so far or more."""
        return _interval(self.accuracy + self.gains(math.log2(labels / self.labels)))


@lru_cache(maxsize=4)
def futures(known: Known, law: Law = LEARNED) -> Futures:
    """Draws from what is known: the same for the same."""
    rng = np.random.default_rng(0)
    # Every accuracy is as likely as any other before the first audit answer.
    accuracy = rng.beta(known.correct + 1, known.audit - known.correct + 1, DRAWS)
    usual = law.usual + law.slope * math.log(known.turnover + LEAST_TURNOVER)
    gain = np.maximum(np.exp(rng.normal(usual, law.spread, DRAWS)) - LEAST_GAIN, 0)
    fading = np.exp(rng.normal(law.fading, law.fading_spread, DRAWS))
    return Futures(known.labels, accuracy, gain, fading)


def tells(reach: Reach, labels: int) -> bool:
    """Whether it says more than that the target is reached, or may be now or never."""
    is_ahead = reach.low is None or reach.low > A_STEP * labels
    return is_ahead or (reach.high is not None and reach.high > A_STEP * labels)


def _interval(values: NDArray[np.float64]) -> Interval:
    return Interval(*np.quantile(values, EDGES).tolist())
