"""Bradley–Terry: which of two outputs is better, by the strengths of the systems they come from."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from loop.estimators.davidson import Davidson
from strategies.strengths import BOTH_BAD, VARIANCE, strengths


class BradleyTerry(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Strengths of systems from answers about pairs (Bradley & Terry 1952), and what is answered.

    A row holds +1 for the system of a and -1 for that of b; differences of any features will do.
    Answers are `a`, `b`, `tie` and `both-bad`. Strengths are the likeliest where each is
    N(0, *variance*) before the first answer, and a tie is half a win for each. With them ties are
    the likelier the nearer two systems are (`Davidson`).

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
        if (answers == BOTH_BAD).all():
            raise ValueError("bradley_terry learns nothing where both are always bad")
        self.strengths_ = strengths(X, answers, weights, self.variance).mean
        said = Davidson.of(np.asarray(X @ self.strengths_), answers, weights)
        self.classes_, self.log_tie_, self.both_bad_ = said.classes, said.log_tie, said.both_bad
        return self

    def predict_proba(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Of each class that was seen, (n, n_classes)."""
        said = Davidson(self.classes_, self.log_tie_, self.both_bad_)
        return said.proba(np.asarray(X @ self.strengths_))

    def predict(self, X: NDArray[Any]) -> NDArray[Any]:
        """The likeliest class, (n,)."""
        found: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return found
