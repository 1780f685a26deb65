"""Calibrated uncertainty: probabilities as sure as they turn out to be right, then a margin."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from strategies.contract import Query, Scores
from strategies.models import copyable, fitted_copy
from strategies.registry import scored
from strategies.uncertainty import margins

FOLDS = 3
COLDEST, HOTTEST = np.log(1 / 20), np.log(20)
LEAST = 1e-12  # a probability of 0 would stay 0 at any temperature


@scored(
    "calibrated-margin",
    label="Smallest margin, calibrated",
    needs={"labels", "probabilities"},
    cost="O(n·C)",
    formula="margin score of p^(1/T), normalised",
    paper="Guo et al. 2017 (arXiv 1706.04599), temperature scaling",
    when="a model that is far too sure, where scores should mean the same from round to round",
)
def calibrated_margin(query: Query) -> Scores:
    """The margin after one temperature T was fitted to labels held out in three folds.

    With two classes the order is the margin's own; with more it is not. Without two labels of some
    class nothing can be held out, and T is 1.
    """
    return margins(softmax(np.log(np.maximum(query.proba(), LEAST)) / temperature(query), axis=1))


def temperature(query: Query) -> float:
    """The T that makes held-out labels likeliest, between 1/20 and 20. Raises `BadQuery`."""
    held = list(_held_out(query))
    if not held:
        return 1.0

    def surprise(log_t: float) -> float:
        return -sum(
            float(log_softmax(said / np.exp(log_t), axis=1)[np.arange(len(truth)), truth].sum())
            for said, truth in held
        )

    found = minimize_scalar(surprise, bounds=(COLDEST, HOTTEST), method="bounded")
    return float(np.exp(found.x))


def _held_out(query: Query) -> Iterator[tuple[NDArray[np.float64], NDArray[np.intp]]]:
    """Log-probabilities of held-out rows, and the place of each one's class among the classes."""
    seen: Any = query.seen
    model, labels = copyable(query), np.asarray(query.labels)
    fold = np.empty(len(labels), int)
    for one in np.unique(labels):  # dealt out class by class, so that each fold has something of it
        rows = query.rng.permutation(np.flatnonzero(labels == one))
        fold[rows] = np.arange(len(rows)) % FOLDS
    for k in range(FOLDS):
        classes = np.unique(labels[fold != k])
        held = np.flatnonzero((fold == k) & np.isin(labels, classes))
        if len(classes) < 2 or not len(held):
            continue
        member = fitted_copy(model, seen[fold != k], labels[fold != k])
        said = np.log(np.maximum(member.predict_proba(seen[held]), LEAST))
        yield said, np.searchsorted(member.classes_, labels[held])
