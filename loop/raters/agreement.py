"""How far annotators agree: percent, Fleiss' kappa, Krippendorff's alpha; over all and by class.

Only items with two answers or more tell. Each statistic sees how often each pattern of counts
occurs (`loop.raters.resampling`), so that a thousand resamples are a few products of matrices.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loop.raters.answers import Answers, Matrix
from loop.raters.resampling import Figure, Statistic, figure, patterns

NO_ORDER = "The classes are not numbers, so they have no order."
NO_DISTANCE = "The classes are not numbers, so there are no distances between them."


@dataclass(frozen=True)
class OfClass:
    """How far annotators agree on one class against all others."""

    percent: Figure  #: how likely another one says it where one does
    fleiss: Figure
    alpha: Figure


@dataclass(frozen=True)
class Agreement:
    """All figures of one set of answers."""

    items: int  #: those with two answers or more, by which all is told
    percent: Figure  #: how likely two people who answered an item said the same, mean of the items
    fleiss: Figure
    alpha_nominal: Figure
    alpha_ordinal: Figure
    alpha_interval: Figure
    classes: list[OfClass]


def agreement(
    answers: Answers, values: Sequence[float] | None, rng: np.random.Generator
) -> Agreement:
    """Every figure with its interval; *values* are those of the classes, if they are numbers."""
    counts = answers.counts[answers.counts.sum(axis=1) >= 2]
    seen, why = patterns(counts), _undefined(answers, counts)
    ordered = np.argsort(values) if values is not None else None

    def of(statistic: Statistic) -> Figure:
        return figure(statistic, seen, rng, why) if len(counts) else Figure(None, why=why)

    def in_order(counts: Matrix, times: Matrix) -> Matrix:
        return alpha_ordinal(counts[:, ordered], times)

    def on_scale(counts: Matrix, times: Matrix) -> Matrix:
        return _alpha_of_values(counts, times, np.array(values, float)[None])

    return Agreement(
        len(counts),
        of(percent),
        of(chance_corrected(fleiss)),
        of(chance_corrected(alpha_nominal)),
        of(chance_corrected(in_order)) if values is not None else Figure(None, why=NO_ORDER),
        of(chance_corrected(on_scale)) if values is not None else Figure(None, why=NO_DISTANCE),
        [_of_class(counts, place, rng, why) for place in range(answers.n_classes)],
    )


def _of_class(counts: Matrix, place: int, rng: np.random.Generator, why: str) -> OfClass:
    if not len(counts):
        return OfClass(*(Figure(None, why=why) for _ in range(3)))
    this = counts[:, place]
    seen = patterns(np.stack([this, counts.sum(axis=1) - this], axis=1))
    why = "On items with two answers, all say it, or nobody does."
    return OfClass(
        figure(_specific, seen, rng, "Nobody says it on an item with two answers."),
        figure(chance_corrected(fleiss), seen, rng, why),
        figure(chance_corrected(alpha_nominal), seen, rng, why),
    )


def _undefined(answers: Answers, counts: Matrix) -> str:
    """Why there may be no figure."""
    if answers.n_annotators < 2:
        return "There is one annotator only."
    if not len(counts):
        return "No item was answered by two annotators."
    if len(counts) < 2:
        return "One item only was answered by two annotators; what chance gives is not known."
    return "Everybody says the same class on every item; what chance gives is the same."


def chance_corrected(statistic: Statistic) -> Statistic:
    """The same, NaN where there is one item, or one class only that anybody says."""

    def guarded(counts: Matrix, times: Matrix) -> Matrix:
        is_told = ((times @ counts > 0).sum(axis=1) > 1) & (times.sum(axis=1) > 1)
        found = np.full(len(times), np.nan)
        found[is_told] = statistic(counts, times[is_told])
        return found

    return guarded


def percent(counts: Matrix, times: Matrix) -> Matrix:
    """The mean over the items of the share of pairs of answers that agree."""
    n = counts.sum(axis=1)
    return times @ ((counts * (counts - 1)).sum(axis=1) / (n * (n - 1))) / times.sum(axis=1)


def _specific(counts: Matrix, times: Matrix) -> Matrix:
    """How likely another annotator of the item says the first class where one does."""
    first, n = counts[:, 0], counts.sum(axis=1)
    said = times @ first
    both = times @ (first * (first - 1) / (n - 1))
    return np.divide(both, said, out=np.full(len(said), np.nan), where=said > 0)


def fleiss(counts: Matrix, times: Matrix) -> Matrix:
    """Fleiss' kappa (1971); where items differ in their number of answers, as Gwet (2014) has it.

    Every item then counts the same, in what is seen and in what chance gives.
    """
    shares = times @ (counts / counts.sum(axis=1, keepdims=True)) / times.sum(axis=1)[:, None]
    chance = (shares**2).sum(axis=1)
    return (percent(counts, times) - chance) / (1 - chance)


def alpha_nominal(counts: Matrix, times: Matrix) -> Matrix:
    """Krippendorff's alpha (2011) where classes are the same or not."""
    n, total = counts.sum(axis=1), times @ counts
    seen = times @ ((n**2 - (counts**2).sum(axis=1)) / (n - 1))
    N = total.sum(axis=1)
    return 1 - seen * (N - 1) / (N**2 - (total**2).sum(axis=1))


def alpha_ordinal(counts: Matrix, times: Matrix) -> Matrix:
    """The same where the columns are in order: distances are those of the mean ranks."""
    total = times @ counts
    return _alpha_of_values(counts, times, total.cumsum(axis=1) - total / 2)


def _alpha_of_values(counts: Matrix, times: Matrix, values: Matrix) -> Matrix:
    """The same for squared distances of *values*, (n or 1, n_classes).

    The sum of the squared distances of n numbers is n times their squares' sum minus the square of
    their sum.
    """
    n, total = counts.sum(axis=1), times @ counts
    N = total.sum(axis=1, keepdims=True)
    values = values - (total * values).sum(axis=1, keepdims=True) / N  # else digits cancel out
    of_items = n * (values**2 @ counts.T) - (values @ counts.T) ** 2  # (n or 1, n_patterns)
    seen = (times * of_items / (n - 1)).sum(axis=1)
    chance = (total * values**2).sum(axis=1) * N[:, 0]
    return 1 - seen * (N[:, 0] - 1) / chance
