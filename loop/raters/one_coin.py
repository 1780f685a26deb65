"""One coin: each annotator is right with one chance, whatever the class, or errs evenly.

Dawid–Skene with one number for each annotator (Zhang et al. 2016), for those with few answers. It
can collapse where annotators know one class better than another.
"""

import numpy as np

from loop.raters import em
from loop.raters.aggregation import Aggregation, Tick
from loop.raters.answers import Answers, Matrix

PRIOR = 1.0  # answers, of which one in n_classes is right, that each annotator begins with


def one_coin(answers: Answers, _rng: np.random.Generator, tick: Tick) -> Aggregation:
    """Accuracies and posterior in turn, until no posterior moves by 1e-6."""
    K, uses = answers.n_classes, answers.uses
    is_own = uses.labels[:, None] == np.arange(K)

    def accuracy(met: Matrix) -> Matrix:
        right = np.bincount(uses.annotators, uses.own(met), minlength=answers.n_annotators)
        return (right + PRIOR / K) / (answers.given + PRIOR)

    def chances(met: Matrix) -> Matrix:
        right = accuracy(met)[uses.annotators, None]
        return np.log(np.where(is_own, right, (1 - right) / max(K - 1, 1)))

    posterior, rounds, converged = em.climb(answers, chances, tick)
    return Aggregation(posterior, accuracy(uses.heard @ posterior), rounds, converged)
