"""Recall, precision and F1 of each class, and the mean of the F1; each with its 95 % interval.

Truth and prediction come as indicator matrices, (n, n_classes): one class a row, or several.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.evaluation import Z95, wilson
from loop.quality.share import Estimate, share

LEAST = 3  # audit answers of a class, below which it is left out of the mean


@dataclass(frozen=True)
class OfClass:
    """How one class fares; None where no answer tells."""

    answers: int  #: audit items that are of it
    said: int  #: audit items that the model says are of it
    recall: Estimate | None
    precision: Estimate | None
    f1: Estimate | None


@dataclass(frozen=True)
class MacroF1:
    """The mean F1 of those classes that have at least `LEAST` audit answers."""

    value: float
    low: float
    high: float
    classes: int  #: so many they are


def of_classes(truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> list[OfClass]:
    """The figures of each class, in order of the columns."""
    counts = (one.sum(axis=0).tolist() for one in (truth, said, truth & said))
    return [_of_class(*one) for one in zip(*counts, strict=True)]


def _of_class(n_true: int, n_said: int, both: int) -> OfClass:
    either = n_true + n_said - both
    return OfClass(
        n_true,
        n_said,
        share(both, n_true) if n_true else None,
        share(both, n_said) if n_said else None,
        _f1(share(both, either)) if either else None,
    )


def _f1(jaccard: Estimate) -> Estimate:
    """From the share that is both, of the rows that are of a class or said to be: 2J / (1 + J)."""
    return Estimate(*(2 * j / (1 + j) for j in (jaccard.value, jaccard.low, jaccard.high)))


def macro_f1(truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> MacroF1 | None:
    """The mean F1; None where fewer than two classes have `LEAST` answers.

    Bootstrapping does not tell of classes with few answers that were all right. So each end is the
    farther one of two: of the intervals of the single classes put together (MOVER; Zou and Donner
    2008), by how their F1 hang together, and of the normal one by the delta method (Takahashi et
    al. 2022).
    """
    counted = truth.sum(axis=0) >= LEAST
    n = int(counted.sum())
    if n < 2:
        return None
    truth, said = truth[:, counted], said[:, counted]
    both, size = (truth & said).sum(axis=0), truth.sum(axis=0) + said.sum(axis=0)
    f1 = 2 * both / size
    # What each row adds to each F1, to first order: (n_rows, n_classes).
    pulls = (2.0 * (truth & said) - f1 * (truth.astype(float) + said)) / size
    normal = Z95 * float(np.linalg.norm(pulls.sum(axis=1))) / n
    together = _correlation(pulls)
    below, above = (
        max(normal, math.sqrt(max(0.0, float(reach @ together @ reach))) / n)
        for reach in _reaches(both, size - both, f1)
    )
    mean = float(f1.mean())
    return MacroF1(mean, max(0.0, mean - below), min(1.0, mean + above), n)


def _reaches(
    both: NDArray[np.intp], either: NDArray[np.intp], f1: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far the interval of each class reaches down and up."""
    ends = [wilson(b, e) for b, e in zip(both.tolist(), either.tolist(), strict=True)]
    low, high = (2 * j / (1 + j) for j in np.array(ends).T)
    return f1 - low, high - f1


def _correlation(pulls: NDArray[np.float64]) -> NDArray[np.float64]:
    """How the F1 of two classes vary together; not at all where one of them does not vary."""
    covariance = pulls.T @ pulls
    spread = np.sqrt(covariance.diagonal())
    scale = np.outer(spread, spread)
    found = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0)
    np.fill_diagonal(found, 1.0)
    return found
