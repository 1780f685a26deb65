"""One coin: each annotator is right with one chance, whatever the class, or errs evenly.

Dawid–Skene with one number for each annotator (Zhang et al. 2016), for those with few answers. It
can collapse where annotators know one class better than another.
"""

import numpy as np

from loop.raters import em
from loop.raters.aggregation import Aggregation, Tick
from loop.raters.answers import Answers, Matrix
from loop.raters.em import PRIOR, prior_right

TINY = 1e-300  # where there is one class, and nobody can be wrong


def one_coin(answers: Answers, _rng: np.random.Generator, tick: Tick) -> Aggregation:
    """Accuracies and posterior in turn, until no posterior moves by 1e-6."""
    K, uses = answers.n_classes, answers.uses
    is_own = uses.labels[:, None] == np.arange(K)

    def accuracy(met: Matrix) -> Matrix:
        right = np.bincount(uses.annotators, uses.own(met), minlength=answers.n_annotators)
        return (right + prior_right(K)) / (answers.given + PRIOR)

    def chances(met: Matrix) -> Matrix:
        right = accuracy(met)
        wrong = np.maximum(1 - right, TINY) / max(K - 1, 1)
        of_use = np.log(right)[uses.annotators, None], np.log(wrong)[uses.annotators, None]
        return np.where(is_own, *of_use)

    posterior, rounds, converged = em.climb(answers, chances, tick)
    return Aggregation(posterior, accuracy(uses.heard @ posterior), rounds, converged)
