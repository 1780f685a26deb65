"""Dawid and Skene (1979): each annotator confuses the classes in a way of their own."""

import numpy as np

from loop.raters import em
from loop.raters.aggregation import Aggregation, Tick
from loop.raters.answers import Answers, Matrix
from loop.raters.em import PRIOR, prior_right, prior_said


def dawid_skene(answers: Answers, _rng: np.random.Generator, tick: Tick) -> Aggregation:
    """Confusion matrices and posterior in turn, until no posterior moves by 1e-6."""

    def chances(met: Matrix) -> Matrix:
        return np.log(_said(answers, met))

    posterior, rounds, converged = em.climb(answers, chances, tick)
    met = answers.uses.heard @ posterior
    right = np.zeros((answers.n_annotators, answers.n_classes))
    right[answers.uses.annotators, answers.uses.labels] = answers.uses.own(met)
    chance = (right + prior_right(answers.n_classes)) / (_met(answers, met) + PRIOR)
    return Aggregation(posterior, chance @ em.classes(posterior), rounds, converged)


def confusion(answers: Answers, posterior: Matrix, annotator: int) -> Matrix:
    """How often this annotator says each class, by the true one: (true, said), rows add up to 1."""
    counted = prior_said(np.arange(answers.n_classes), answers.n_classes)
    rows = answers.annotators == annotator
    np.add.at(counted.T, answers.labels[rows], posterior[answers.items[rows]])
    return counted / counted.sum(axis=1, keepdims=True)


def _said(answers: Answers, met: Matrix) -> Matrix:
    """How likely each use is, by the true class, (n_uses, n_classes)."""
    prior = prior_said(answers.uses.labels, answers.n_classes)
    return (met + prior) / (_met(answers, met) + PRIOR)[answers.uses.annotators]


def _met(answers: Answers, met: Matrix) -> Matrix:
    """How many items of each class each annotator had, (n_annotators, n_classes)."""
    of, n = answers.uses.annotators, answers.n_annotators
    return np.stack([np.bincount(of, column, minlength=n) for column in met.T], axis=1)
