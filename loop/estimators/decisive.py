"""Probabilities for classifiers that have a decision only."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin, clone


class Decisive(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose probabilities are the logistic function of its decision, or the softmax.

    They keep the order of the decision, and are not calibrated.
    """

    def __init__(self, estimator: BaseEstimator) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any) -> Self:
        """Fit a copy of the classifier."""
        self.fitted_ = clone(self.estimator).fit(X, y)
        self.classes_ = self.fitted_.classes_
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Classes, (n,)."""
        found: NDArray[Any] = self.fitted_.predict(X)
        return found

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """What stands for probabilities, (n, n_classes)."""
        decision = self.fitted_.decision_function(X)
        if decision.ndim == 1:
            decision = np.column_stack([np.zeros(len(decision)), decision])
        found: NDArray[np.float64] = softmax(decision, axis=1)
        return found
