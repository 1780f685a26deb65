"""Is the model right as often as it says? The picture of its reliability, and the mean gap."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop.evaluation import Z95
from loop.quality.share import Estimate, share

BINS = 10
_STRETCHES = np.linspace(0, 3, 31)
_SIMULATED = 500
_TAIL = 0.025


@dataclass(frozen=True)
class Bin:
    """The answers of which the model was about equally sure."""

    confidence: float  #: how sure it was on average
    accuracy: Estimate  #: the share that it got right
    n: int


@dataclass(frozen=True)
class Calibration:
    """How sure the model is beside how often it is right."""

    confidence: float  #: on average
    error: Estimate  #: the expected calibration error
    bins: list[Bin]  #: those of ten equal ones that hold an answer, least sure first


@dataclass(frozen=True)
class _Binned:
    """Sums over the answers of each bin that holds one."""

    n: NDArray[Any]
    sure: NDArray[Any]
    right: NDArray[Any]


def calibration(
    right: NDArray[np.bool_], sure: NDArray[np.float64], rng: np.random.Generator
) -> Calibration:
    """The expected calibration error (Naeini et al. 2015) and the bins behind it.

    The gaps of the bins are counted whatever their sign, so chance alone makes an error: of a
    perfect model and 20 answers about 0.15. What is stated is the error by which the measured one
    is as likely too high as too low, and the interval holds those that may well have given it: the
    gaps seen are shrunk and stretched, and answers drawn with each. Bootstrapping adds chance to
    chance, and its interval misses in most cases. The interval is at least the normal one around
    what is stated, for gaps that leave no room to stretch.
    """
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    _, place, n = np.unique(place, return_inverse=True, return_counts=True)  # without empty ones
    binned = _Binned(n, np.bincount(place, sure), np.bincount(place, right))
    gaps = np.sign(binned.sure - binned.right)[place] * (sure - right)
    padding = Z95**2 / len(sure)  # as in Wilson's interval
    half = Z95 / (1 + padding) * math.sqrt((gaps.var() + padding / 4) / len(sure))
    value, low, high = _stretched(binned, rng)
    error = Estimate(value, max(0.0, min(low, value - half)), min(1.0, max(high, value + half)))
    return Calibration(float(sure.mean()), error, _bins(binned))


def _bins(binned: _Binned) -> list[Bin]:
    sums = zip(binned.n.tolist(), binned.sure.tolist(), binned.right.tolist(), strict=True)
    return [Bin(sure / n, share(int(right), n), n) for n, sure, right in sums]


def _stretched(binned: _Binned, rng: np.random.Generator) -> tuple[float, float, float]:
    """The error that is the middle of what may have given the measured one, and both ends."""
    n, total = binned.n, binned.n.sum()
    sure, gaps = binned.sure / n, (binned.sure - binned.right) / n
    measured = np.abs(binned.sure - binned.right).sum() / total
    drawn = rng.multinomial(total, n / total, _SIMULATED)  # (n_simulated, n_bins)
    chance = np.clip(sure - _STRETCHES[:, None] * gaps, 0, 1)  # to be right, by stretch and bin
    right = rng.binomial(drawn, chance[:, None])
    errors = np.abs(drawn * sure - right).sum(axis=2) / total
    true = (n * np.abs(sure - chance)).sum(axis=1) / total
    lower, not_higher = (errors < measured).mean(axis=1), (errors <= measured).mean(axis=1)
    may_be = (not_higher >= _TAIL) & (lower <= 1 - _TAIL)
    may_be[0] |= not may_be.any()  # less than chance makes of a perfect model
    may_be[1:] |= may_be[:-1]
    may_be[:-1] |= may_be[1:]  # the ends lie between two that were tried
    middle = np.maximum.accumulate(1 - (lower + not_higher) / 2)
    return float(np.interp(0.5, middle, true)), float(true[may_be].min()), float(true[may_be].max())
