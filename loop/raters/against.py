"""Each person against the labels of the items: what they take for what, and Cohen's kappa of it.

The label of an item is what is known of it, else what most of the others say: one's own answer
never speaks for itself.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.raters.answers import Answers, Codes, Matrix

CELLS = 4_000_000  # of the counts looked at at once
NOTHING = 1e-12  # of a variance


def reference(answers: Answers, truth: Codes) -> Codes:
    """The label that each answer is held against, (n_answers,); -1 where there is none.

    *truth*, (n_items,), is -1 where it is not known. Then it is what most of the others said; where
    they are tied, or nobody else answered, there is none.
    """
    found = truth[answers.items]
    at_once = 1 + CELLS // answers.n_classes
    unknown = np.flatnonzero(found < 0)
    for begin in range(0, len(unknown), at_once):
        rows = unknown[begin : begin + at_once]
        others = answers.counts[answers.items[rows]]
        others[np.arange(len(rows)), answers.labels[rows]] -= 1
        most = others.max(axis=1)
        is_one = ((others == most[:, None]).sum(axis=1) == 1) & (most > 0)
        found[rows[is_one]] = others[is_one].argmax(axis=1)
    return found


@dataclass(frozen=True)
class Kappas:
    """Cohen's kappa of each annotator with the labels; arrays of (n_annotators,)."""

    n: Codes  #: answers that have a label to be held against
    kappa: Matrix  #: NaN where chance alone agrees always, or there is no answer
    spread: Matrix  #: its standard error; 0 where nothing varies, NaN where there is no kappa
    spread_by_chance: Matrix  #: the same, if there were no agreement but by chance


def kappas(
    annotators: Codes, said: Codes, labels: Codes, n_annotators: int, n_classes: int
) -> Kappas:
    """Kappa (Cohen 1960) with the large-sample errors of Fleiss, Cohen and Everitt (1969).

    From answers that have a label, (n_answers,) each.
    """
    n = np.bincount(annotators, minlength=n_annotators)

    def mean(weights: Matrix | NDArray[np.bool_]) -> Matrix:
        sums = np.bincount(annotators, weights, minlength=n_annotators)
        return np.divide(sums, n, out=np.full(n_annotators, np.nan), where=n > 0)

    # Sums over the cells of an annotator's table are means over the answers in them.
    says, labeled = annotators * n_classes + said, annotators * n_classes + labels
    is_labeled_so = _share(labeled, says, n[annotators])
    both = is_labeled_so + _share(says, labeled, n[annotators])
    same = said == labels
    chance = mean(is_labeled_so)
    left = np.where(chance < 1, 1 - chance, np.nan)
    kappa = (mean(same) - chance) / left
    missed = (1 - kappa)[annotators]
    told = mean(np.where(same, 1 - both * missed, both * missed) ** 2)
    told -= (kappa - chance * (1 - kappa)) ** 2
    by_chance = chance + chance**2
    by_chance -= mean(is_labeled_so * (is_labeled_so + _share(says, says, n[annotators])))
    found = [_root(square, n) / left for square in (told, by_chance)]
    return Kappas(n, kappa, *found)


def _root(square: Matrix, n: Codes) -> Matrix:
    """The standard error of a mean; what is left of rounding where nothing varies is 0."""
    return np.sqrt(np.where(square > NOTHING, square, 0) / np.maximum(n, 1))


def _share(keys: Codes, at: Codes, n: Codes) -> Matrix:
    """How often each key of *at* is among *keys*, as a share of *n*."""
    kinds, times = np.unique(keys, return_counts=True)
    place = np.minimum(np.searchsorted(kinds, at), len(kinds) - 1)
    return np.where(kinds[place] == at, times[place], 0) / n


def table(said: Codes, labels: Codes, n_classes: int) -> NDArray[np.intp]:
    """How often which label got which answer, (n_classes, n_classes): a row for each label."""
    cells = np.bincount(labels * n_classes + said, minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes)
