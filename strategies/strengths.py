"""Strengths of what is compared in pairs: the likeliest ones, and how sure they are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit

A, B, TIE, BOTH_BAD = ANSWERS = ("a", "b", "tie", "both-bad")
WON = {A: 1.0, TIE: 0.5, B: 0.0}  # of one comparison; "both-bad" tells of no strength
VARIANCE = 1.0  # of a strength before any answer: of two systems one wins 73 % for each step of 1
CLOSE = 1e-9  # of the gradient, where the likeliest strengths are found


@dataclass(frozen=True)
class Strengths:
    """What is believed of the strengths of n systems: a Gaussian."""

    mean: NDArray[np.float64]  #: (n,)
    covariance: NDArray[np.float64]  #: (n, n)

    def after(self, contrast: NDArray[np.float64], wins: float) -> "Strengths":
        """What is believed when *contrast*, (n,), that wins with this chance, is answered once.

        The answer itself is not known yet, so that the mean stays.
        """
        told = self.covariance @ contrast
        weight = wins * (1 - wins)
        less = np.outer(told, told) * weight / (1 + weight * (contrast @ told))
        return Strengths(self.mean, self.covariance - less)


def are_contrasts(rows: Any) -> bool:
    """Whether each row has +1 in one column, -1 in another and else 0, or is all 0."""
    found, one = dense(rows), np.eye(rows.shape[1])
    return bool((found == one[found.argmax(axis=1)] - one[found.argmin(axis=1)]).all())


def dense(rows: Any) -> NDArray[np.float64]:
    """Rows as an array, whatever they are."""
    return np.asarray(rows.toarray() if sparse.issparse(rows) else rows, np.float64)


def strengths(
    contrasts: NDArray[Any],
    labels: NDArray[Any],
    weights: NDArray[np.float64] | None = None,
    variance: float = VARIANCE,
) -> Strengths:
    """The posterior by Laplace's method of Bradley & Terry's model (1952), a wins by σ(row·s).

    Rows of *contrasts*, (n_answers, n_systems), hold +1 for the system of a and -1 for that of b;
    differences of any features will do. *labels*, (n_answers,), are of `ANSWERS`: a tie is half a
    win for each. *weights*, (n_answers,), count answers. A priori strengths are N(0, *variance*),
    and independent. Raises `ValueError` for other labels.
    """
    if not (known := np.isin(labels, ANSWERS)).all():
        raise ValueError(
            f"{str(labels[~known][0])!r} is no answer about a pair: {', '.join(ANSWERS)}"
        )
    tell = labels != BOTH_BAD
    rows = np.asarray(contrasts, np.float64)[tell]
    won = np.array([WON[str(label)] for label in labels[tell]])
    counts = np.ones(len(won)) if weights is None else np.asarray(weights, np.float64)[tell]
    prior = np.eye(rows.shape[1]) / variance

    def loss(s: NDArray[np.float64]) -> float:
        margin = rows @ s
        return float(counts @ (np.logaddexp(0, margin) - won * margin) + s @ prior @ s / 2)

    def gradient(s: NDArray[np.float64]) -> NDArray[np.float64]:
        return rows.T @ (counts * (expit(rows @ s) - won)) + prior @ s

    def precision(s: NDArray[np.float64]) -> NDArray[np.float64]:
        wins = expit(rows @ s)
        return (rows.T * (counts * wins * (1 - wins))) @ rows + prior

    start = np.zeros(rows.shape[1])
    found = minimize(
        loss, start, method="trust-exact", jac=gradient, hess=precision, options={"gtol": CLOSE}
    )
    return Strengths(found.x, np.asarray(np.linalg.inv(precision(found.x)), np.float64))
