"""A sharper accuracy, by what the model says of audit items that nobody was asked about yet.

The answered ones may by chance be easier than the others; how sure the model is of both tells by
how much. This is the difference estimator of survey sampling (Cochran 1977, section 7.3), lately
called prediction-powered inference (Angelopoulos et al. 2023).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.evaluation import wilson

LEAST = 5  # right answers, and wrong ones, below which no slope is made of them
MOST = 2.0  # so many plain answers is one worth at most
TINY = 1e-9  # of a spread that there is none


@dataclass(frozen=True)
class Rows:
    """Audit items of one kind."""

    sure: NDArray[np.float64]  #: (n,) probability of the class that the model says
    drawn: NDArray[np.intp]  #: (n,) the import in which each was set aside, counted from 0


@dataclass(frozen=True)
class Sure:
    """How sure a model is of the audit items."""

    answered: Rows  #: in the order of the answers
    passed_over: Rows  #: asked about, and without a label: skipped, unsure, flagged
    unasked: Rows


@dataclass(frozen=True)
class Sharper:
    """Accuracy with its 95 % interval."""

    value: float
    low: float
    high: float
    worth: float  #: so many plain answers would be as sharp
    unasked: int  #: audit items without an answer that helped


@dataclass(frozen=True)
class Difference:
    """What the unasked add to the share of right answers."""

    added: float
    variance: float  #: of the share with it
    plain: float  #: the variance of the share alone
    unasked: int


def sharper(right: NDArray[np.bool_], sure: Sure) -> Sharper | None:
    """The accuracy by both; None where it is no sharper than the share of *right* answers.

    The interval is Wilson's, for as many answers as would be as sharp. Both accuracies are
    unbiased; that the same answers decide which is stated moves the mean of 9,600 audits by 0.0004
    at most (`benchmarks/audit_coverage.py`).
    """
    found = difference(right, sure)
    if found.variance >= found.plain:
        return None
    worth = len(right) * min(MOST, found.plain / found.variance)
    value = float(np.clip(right.mean() + found.added, 0, 1))
    return Sharper(value, *wilson(value * worth, worth), worth, found.unasked)


def difference(right: NDArray[np.bool_], sure: Sure) -> Difference:
    """The mean over all asked items of: a slope, times how much surer it is of the unasked.

    These are the unasked of the same import, on average. What is added is 0 in expectation, however
    wrong the model: audit items are asked in random order, so within an import an item that was
    asked and one that was not are exchangeable. The slope of an item is made of all the others
    (cross-fitting), so that it cannot know which of the two the item is. Items that were passed
    over count as asked: without them the unasked would look too hard.

    Only audit items may be compared. Those of the pool are trained on, or left over by a strategy
    that chose: how sure the model is of them says nothing of the rest.
    """
    asked = Rows(
        np.concatenate([sure.answered.sure, sure.passed_over.sure]),
        np.concatenate([sure.answered.drawn, sure.passed_over.drawn]),
    )
    n, n_asked = len(right), len(asked.sure)
    imports = int(np.append(asked.drawn, sure.unasked.drawn).max()) + 1
    here, there = (np.bincount(rows.drawn, minlength=imports) for rows in (asked, sure.unasked))
    mean, variance = _means(sure.unasked, np.maximum(there, 1))
    # That of the regression, less what the mean of the unasked errs itself.
    slopes = _slopes(right, asked.sure) * (there / np.maximum(there + here, 1))[asked.drawn]
    added = slopes * (mean[asked.drawn] - asked.sure)
    plain = np.zeros(n_asked)  # what each item adds to the share, to first order
    plain[:n] = (right - right.mean()) * n_asked / n
    leaning = np.bincount(asked.drawn, slopes, minlength=imports) / n_asked
    return Difference(
        float(added.mean()),
        float((plain + added).var() / n_asked + (leaning**2 * variance).sum()),
        float(plain.var() / n_asked),
        int(there[leaning > 0].sum()),
    )


def _means(rows: Rows, n: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How sure the model is of the rows of each import, *n* of each, and the variance of that."""
    mean = np.bincount(rows.drawn, rows.sure, minlength=len(n)) / n
    apart = (rows.sure - mean[rows.drawn]) ** 2
    return mean, np.bincount(rows.drawn, apart, minlength=len(n)) / n**2


def _slopes(right: NDArray[np.bool_], sure: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much more often it is right for how much surer it is: of all answers but the item's.

    The first items are those with an answer.
    """
    n, known = len(right), sure[: len(right)]
    own = np.zeros((5, len(sure)))
    own[:, :n] = np.ones(n), right, known, right * known, known**2
    n_others, hits, total, both, squares = own.sum(axis=1, keepdims=True) - own
    covariance, variance = both - hits * total / n_others, squares - total**2 / n_others
    is_enough = (np.minimum(hits, n_others - hits) >= LEAST) & (variance > TINY)
    slopes = np.divide(covariance, variance, out=np.zeros(len(sure)), where=is_enough)
    return slopes.clip(0, 1)  # 1 is that of a calibrated model
