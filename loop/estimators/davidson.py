"""What people say of two outputs whose values differ so much: a, b, tie or both bad.

Ties are the likelier the nearer the two are (Davidson 1970): a : tie : b as e^(d/2) : ν : e^(-d/2)
for the difference d. `both-bad` tells of no difference and has its share everywhere.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit, logsumexp, softmax

from strategies.strengths import BOTH_BAD, TIE, A, B

Vector = NDArray[np.float64]

# By Gauss and Hermite, for what is believed of a difference: exact to 1e-6 up to a variance of 9.
_PLACES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(31)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class Davidson:
    """How likely each answer is, by the difference of the two values."""

    classes: NDArray[Any]  #: (n_classes,) the answers that were seen, sorted
    log_tie: float  #: the logarithm of ν
    both_bad: float  #: the share of `both-bad`

    @classmethod
    def of(cls, differences: Vector, answers: NDArray[Any], weights: Vector) -> Self:
        """As many ties and `both-bad` are expected as *answers*, (n,), have, by their weights.

        Raises `ValueError` where nothing but `both-bad` was said.
        """
        told = answers != BOTH_BAD
        if not told.any():
            raise ValueError("nothing is learned where both are always bad")
        classes = np.unique(answers)
        log_tie = _log_tie(differences[told], answers[told] == TIE, weights[told], classes)
        return cls(classes, log_tie, float(1 - weights[told].sum() / weights.sum()))

    def proba(self, mean: Vector, variance: Vector | None = None) -> Vector:
        """Of each class, (n, n_classes), by what is believed of the differences, (n,) each.

        Where a variance is given, all differences that may be are counted, each as it is likely.
        """
        if variance is None:
            return self._said(mean)
        spread, found = np.sqrt(variance), np.zeros((len(mean), len(self.classes)))
        for place, weight in zip(_PLACES, _WEIGHTS, strict=True):
            found += weight * self._said(mean + place * spread)
        return found

    def _said(self, differences: Vector) -> Vector:
        half, nothing = differences / 2, np.zeros_like(differences)
        said = {A: half, B: -half, TIE: nothing + self.log_tie, BOTH_BAD: nothing - np.inf}
        found: Vector = softmax(np.column_stack([said[str(one)] for one in self.classes]), axis=1)
        found *= 1 - self.both_bad
        found[:, self.classes == BOTH_BAD] = self.both_bad
        return found


def _log_tie(
    differences: Vector, tied: NDArray[np.bool_], weights: Vector, classes: NDArray[Any]
) -> float:
    """The logarithm of ν, with which as many ties are expected of these as there are."""
    share = weights @ tied / weights.sum()
    signs = [sign for sign, one in ((0.5, A), (-0.5, B)) if one in classes]
    if not signs or share == 0:
        return 0.0  # nothing else was answered, or no tie: no other answer has a share in them
    decided = logsumexp(np.outer(differences, signs), axis=1)

    def beyond(log_tie: float) -> float:
        return float(weights @ expit(log_tie - decided) / weights.sum() - share)

    return float(brentq(beyond, decided.min() + logit(share) - 1, decided.max() + logit(share) + 1))
