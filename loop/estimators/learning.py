"""Ways to learn that end in a classifier of scikit-learn's."""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import has_fit_parameter

Weights = NDArray[np.float64] | None


@runtime_checkable
class Learning(Protocol):
    """Makes a fitted classifier of labels, and of rows that have none."""

    def learn(
        self,
        X: NDArray[np.float32],
        y: NDArray[Any],
        others: NDArray[np.float32],
        weights: Weights = None,
    ) -> BaseEstimator:
        """The classifier, fitted on X (n, n_features) and y (n,); *others* (m, n_features).

        *weights*, (n,), from 0 to 1: how sure each label is; None where all are.
        """

    def ends(self) -> list[BaseEstimator]:
        """The unfitted classifiers that may come of it, the usual one first."""


def ends(unfitted: Any) -> list[BaseEstimator]:
    """The unfitted classifiers that may come of a classifier or a way to learn."""
    return unfitted.ends() if isinstance(unfitted, Learning) else [unfitted]


def learned(
    unfitted: Any,
    X: NDArray[np.float32],
    y: NDArray[Any],
    others: NDArray[np.float32],
    weights: Weights = None,
) -> BaseEstimator:
    """The classifier that comes of it; one that takes no weights believes all labels alike."""
    if isinstance(unfitted, Learning):
        return unfitted.learn(X, y, others, weights)
    takes_them = weights is not None and has_fit_parameter(unfitted, "sample_weight")
    unfitted.fit(X, y, **({"sample_weight": weights} if takes_them else {}))
    return unfitted
