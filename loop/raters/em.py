"""Expectation maximisation from the shares of the votes: what Dawid–Skene and one-coin share."""

from collections.abc import Callable

import numpy as np

from loop.raters.aggregation import Tick, normalised
from loop.raters.answers import Answers, Codes, Matrix

MOST = 1_000  # rounds
TOLERANCE = 1e-6  # of every posterior probability between two rounds
# Answers that an annotator begins with: half right, half spread evenly over the classes. All spread
# evenly, they would turn a rare class that one annotator alone says into another.
PRIOR = 1.0

# From how often each use meets each true class, (n_uses, n_classes), to the logarithm of how
# likely its annotator is to say it where that class is true.
Chances = Callable[[Matrix], Matrix]


def climb(answers: Answers, chances: Chances, tick: Tick) -> tuple[Matrix, int, bool]:
    """The posterior, the rounds that it took, and whether nothing moved any more."""
    posterior, uses = answers.shares, answers.uses
    for n in range(1, MOST + 1):
        log = uses.said @ chances(uses.heard @ posterior) + np.log(classes(posterior))
        before, (posterior, _) = posterior, normalised(log)
        tick(n)
        if np.abs(posterior - before).max() < TOLERANCE:
            return posterior, n, True
    return posterior, MOST, False


def prior_right(n_classes: int) -> float:
    """How many of the answers at the beginning are right."""
    return PRIOR * (1 + 1 / n_classes) / 2


def prior_said(labels: Codes, n_classes: int) -> Matrix:
    """How many of them say each of these labels, by the true class, (n_labels, n_classes)."""
    said = np.full((len(labels), n_classes), PRIOR / n_classes / 2)
    said[np.arange(len(labels)), labels] = prior_right(n_classes)
    return said


def classes(posterior: Matrix) -> Matrix:
    """How frequent each class is, with one item more that is evenly of all, (n_classes,)."""
    n_items, n_classes = posterior.shape
    return (posterior.sum(axis=0) + 1 / n_classes) / (n_items + 1)
