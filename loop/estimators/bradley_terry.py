"""Bradley–Terry: which of two outputs is better, by the strengths of the systems they come from."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit, logsumexp, softmax
from sklearn.base import BaseEstimator, ClassifierMixin

from strategies.strengths import BOTH_BAD, TIE, VARIANCE, A, B, strengths


class BradleyTerry(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Strengths of systems from answers about pairs (Bradley & Terry 1952), and what is answered.

    A row holds +1 for the system of a and -1 for that of b; differences of any features will do.
    Answers are `a`, `b`, `tie` and `both-bad`. Strengths are the likeliest where each is
    N(0, *variance*) before the first answer, and a tie is half a win for each. With them ties are
    the likelier the nearer two systems are (Davidson 1970): a : tie : b as e^(d/2) : ν : e^(-d/2),
    d = s_a - s_b. `both-bad` tells of no strength and has its share everywhere.

    On PandaLM's pairs the held-out log loss is 0.9107, with one share of ties for all pairs 0.9115;
    with strengths and ν found together 0.9105, but worse from 30 and from 100 answers
    (benchmarks/tie_models.py). Raises `ValueError` where *variance* is not above 0.
    """

    def __init__(self, variance: float = VARIANCE) -> None:
        if variance <= 0:
            raise ValueError(f"the variance of bradley_terry is above 0, not {variance}")
        self.variance = variance

    def fit(
        self, X: NDArray[Any], y: NDArray[Any], sample_weight: NDArray[np.float64] | None = None
    ) -> Self:
        """Learn from X, (n, n_systems), and answers y, (n,), each counted by its weight above 0.

        Raises `ValueError` for other answers and weights, and where nothing tells of a strength.
        """
        answers = np.asarray(y)
        weights = np.ones(len(answers)) if sample_weight is None else np.asarray(sample_weight)
        if (weights <= 0).any():
            raise ValueError("bradley_terry takes weights above 0")
        told = answers != BOTH_BAD
        if not told.any():
            raise ValueError("bradley_terry learns nothing where both are always bad")
        self.strengths_ = strengths(X, answers, weights, self.variance).mean
        self.classes_ = np.unique(answers)
        self.both_bad_ = float(1 - weights[told].sum() / weights.sum())
        self.log_tie_ = self._log_tie(X[told], answers[told] == TIE, weights[told])
        return self

    def predict_proba(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Of each class that was seen, (n, n_classes)."""
        half = np.asarray(X @ self.strengths_) / 2
        nothing = np.zeros_like(half)
        said = {A: half, B: -half, TIE: nothing + self.log_tie_, BOTH_BAD: nothing - np.inf}
        found: NDArray[np.float64] = softmax(
            np.column_stack([said[str(one)] for one in self.classes_]), axis=1
        )
        found *= 1 - self.both_bad_
        found[:, self.classes_ == BOTH_BAD] = self.both_bad_
        return found

    def predict(self, X: NDArray[Any]) -> NDArray[Any]:
        """The likeliest class, (n,)."""
        found: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return found

    def _log_tie(
        self, X: NDArray[Any], tied: NDArray[np.bool_], weights: NDArray[np.float64]
    ) -> float:
        """The logarithm of ν, with which as many ties are expected of these rows as they have."""
        share = weights @ tied / weights.sum()
        signs = [sign for sign, one in ((0.5, A), (-0.5, B)) if one in self.classes_]
        if not signs or share == 0:
            return 0.0  # nothing else was answered, or no tie: no other answer has a share in them
        decided = logsumexp(np.outer(X @ self.strengths_, signs), axis=1)

        def beyond(log_tie: float) -> float:
            return float(weights @ expit(log_tie - decided) / weights.sum() - share)

        return float(
            brentq(beyond, decided.min() + logit(share) - 1, decided.max() + logit(share) + 1)
        )
