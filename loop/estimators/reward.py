"""Reward models: how good an output is, learned from which of two people prefer."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from loop.estimators.beliefs import Belief, Gaussian, Linear
from loop.estimators.davidson import Davidson
from strategies.strengths import ANSWERS, BOTH_BAD, A, B

Matrix = NDArray[np.float64]


class Reward(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Which of two outputs is preferred, by the difference of their rewards.

    Rows are [φ(a), φ(b)], as `loop.features.Outputs` makes them; answers are `a`, `b`, `tie` and
    `both-bad`. A tie is half a preference for each, `both-bad` tells of no reward. Probabilities
    count every difference that may be, as likely as the *belief* has it, and answers as `Davidson`
    does.
    """

    def __init__(self, belief: Belief) -> None:
        self.belief = belief

    def fit(self, X: NDArray[Any], y: NDArray[Any], sample_weight: Matrix | None = None) -> Self:
        """Learn from X, (n, 2 n_features), and answers y, (n,), each counted by its weight above 0.

        Raises `ValueError` for other answers, rows and weights, and where all are `both-bad`.
        """
        answers = np.asarray(y)
        weights = np.ones(len(answers)) if sample_weight is None else np.asarray(sample_weight)
        if (weights <= 0).any():
            raise ValueError("a reward is learned with weights above 0")
        if not (known := np.isin(answers, ANSWERS)).all():
            raise ValueError(f"{str(answers[~known][0])!r} is no answer: {', '.join(ANSWERS)}")
        told = answers != BOTH_BAD
        if not told.any():
            raise ValueError("a reward learns nothing where both are always bad")
        first, second = halves(X)
        self.belief_ = clone(self.belief).learn(
            first[told], second[told], answers[told], weights[told]
        )
        mean, _ = self.belief_.differences(first, second)
        said = Davidson.of(mean, answers, weights)
        self.classes_, self.log_tie_, self.both_bad_ = said.classes, said.log_tie, said.both_bad
        return self

    def predict_proba(self, X: NDArray[Any]) -> Matrix:
        """Of each class that was seen, (n, n_classes)."""
        said = Davidson(self.classes_, self.log_tie_, self.both_bad_)
        return said.proba(*self.belief_.differences(*halves(X)))

    def predict(self, X: NDArray[Any]) -> NDArray[Any]:
        """The likeliest class, (n,)."""
        found: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return found

    def preferred(self, X: NDArray[Any]) -> Matrix:
        """The chance that a is preferred, (n,), where one of the two is."""
        decided = Davidson(np.array([A, B]), 0.0, 0.0)
        return decided.proba(*self.belief_.differences(*halves(X)))[:, 0]

    def differences(self, X: NDArray[Any]) -> tuple[Matrix, Matrix]:
        """Mean and variance, (n,) each, of how much better a is than b."""
        return self.belief_.differences(*halves(X))

    def covariance(self, X: NDArray[Any], others: NDArray[Any]) -> Matrix:
        """Of these differences with those of other pairs, (n, m)."""
        return self.belief_.covariance(halves(X), halves(others))

    def rewards(self, outputs: NDArray[Any]) -> tuple[Matrix, Matrix]:
        """Mean, (n,), and covariance, (n, n), of the rewards of single outputs, (n, n_features).

        Only differences mean something: what it was taught with has the reward 0 on average.
        """
        return self.belief_.values(np.asarray(outputs, np.float64))


def halves(X: NDArray[Any]) -> tuple[Matrix, Matrix]:
    """What is known of a, and of b, (n, n_features) each. Raises `ValueError`."""
    if X.shape[1] % 2:
        raise ValueError(
            f"a reward reads as many numbers of a as of b, and a row has {X.shape[1]}: the "
            "features of its recipe are outputs(…)"
        )
    first, second = np.split(np.asarray(X, np.float64), 2, axis=1)
    return first, second


def linear_reward(variance: float | None = None) -> Reward:
    """A reward that is a weighted sum of the features; see `Linear`."""
    return Reward(Linear(variance))


def gaussian_reward(length: float = 1.0) -> Reward:
    """A reward that is any smooth function of the features; see `Gaussian`."""
    return Reward(Gaussian(length))
