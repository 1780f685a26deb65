"""What finished curves say: areas, intervals, paired differences, who cannot be told apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from loop.compare.cell import Point

SURE = 0.95
SAME = 0.003  # of an area
ROUNDING = 1e-12  # of an area: less is how numbers are kept, no difference
LEAST = 2  # seeds, for an interval
POINTS_OF_LU = 4  # of a curve, for the area of Lu et al.: guessing, first labels, two queries


@dataclass(frozen=True)
class Interval:
    """A mean and its interval by Student's t; no width is known of a single value."""

    mean: float
    low: float | None
    high: float | None


def interval(values: Sequence[float] | NDArray[np.float64]) -> Interval:
    """The mean of independent values with its 95 % interval."""
    n, mean = len(values), float(np.mean(values))
    if n < 2:
        return Interval(mean, None, None)
    half = float(stats.t.ppf((1 + SURE) / 2, n - 1) * np.std(values, ddof=1) / np.sqrt(n))
    return Interval(mean, mean - half, mean + half)


def area(curve: Sequence[Point]) -> float:
    """Area under the accuracy by trapezes from the first labels on, over their number: a mean."""
    labels, accuracy = _asked(curve)
    if len(labels) == 1:
        return float(accuracy[0])
    return float(np.trapezoid(accuracy, labels) / (labels[-1] - labels[0]))


def area_of_lu(curve: Sequence[Point]) -> float:
    """The area as Lu et al. 2023 (arXiv 2306.08954) have it, to stand beside their tables.

    The first labels are left out, and n - 1 intervals are divided by n, which is lower by 1/n.
    """
    _, accuracy = _asked(curve)
    after = accuracy[1:]
    if len(after) < 2:
        raise ValueError(f"The area of Lu et al. needs two queries or more, not {len(after)}.")
    return float(np.trapezoid(after) / len(after))


def labels_to(curve: Sequence[Point], accuracy: float) -> int | None:
    """The fewest labels that reached an accuracy; None where none did: nothing is extrapolated."""
    return next((p.labels for p in curve if p.labels and p.accuracy >= accuracy), None)


def utilisation(ours: Sequence[Point], theirs: Sequence[Point]) -> float | None:
    """The share of *theirs* labels that *ours* takes to the accuracy which *theirs* ends with.

    After Culver et al. 2006; None where *ours* never gets there.
    """
    end = theirs[-1]
    labels = labels_to(ours, end.accuracy)
    return None if labels is None else labels / end.labels


@dataclass(frozen=True)
class Paired:
    """A strategy minus another on the same seeds."""

    difference: Interval
    p: float | None  #: of a paired t-test, two-sided; 1 where nothing differs, None of one seed


def paired(ours: Sequence[float], theirs: Sequence[float]) -> Paired:
    """Seed by seed. Raises `ValueError` where they are not of the same seeds."""
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} values cannot be paired with {len(theirs)}.")
    differences = np.array(ours) - np.array(theirs)
    if len(differences) < 2:
        return Paired(interval(differences), None)
    if np.abs(differences).max() < ROUNDING:
        return Paired(interval(differences), 1.0)
    if np.ptp(differences) < ROUNDING:
        return Paired(interval(differences), 0.0)
    return Paired(interval(differences), float(stats.ttest_rel(ours, theirs).pvalue))


def alike(curves: Mapping[str, Mapping[int, Sequence[Point]]]) -> list[tuple[str, str]]:
    """Pairs of strategies that cannot be told apart: one of the two may well do nothing.

    Their curves are the same in every seed that both finished, or the 95 % interval of their areas'
    difference lies within `SAME` of 0. Few seeds make it wide: that two are not listed does not say
    that they differ.
    """
    names = sorted(curves)
    return [
        (a, b)
        for i, a in enumerate(names)
        for b in names[i + 1 :]
        if _are_alike(curves[a], curves[b])
    ]


def _are_alike(some: Mapping[int, Sequence[Point]], others: Mapping[int, Sequence[Point]]) -> bool:
    both = sorted(set(some) & set(others))
    if both and all(_asked(some[s])[1].tolist() == _asked(others[s])[1].tolist() for s in both):
        return True
    if len(both) < LEAST:
        return False
    apart = paired([area(some[s]) for s in both], [area(others[s]) for s in both]).difference
    return apart.low is not None and apart.low > -SAME and (apart.high or 0) < SAME


def _asked(curve: Sequence[Point]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Labels and accuracy, from the first labels on."""
    points = [p for p in curve if p.labels]
    return np.array([p.labels for p in points]), np.array([p.accuracy for p in points])
