"""The classifier of a round: a modAL learner, built afresh from the labels each time.

The only module here that imports modAL. Its own `teach` and `fit` need scikit-learn < 1.8
(modAL#196); building anew leaves nothing to drift out of step with the log.
"""

import warnings
from typing import Any

import numpy as np
from modAL.models import ActiveLearner
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.multiclass import OneVsRestClassifier


def fit(unfitted: BaseEstimator, X: NDArray[np.float32], y: NDArray[Any]) -> ActiveLearner:
    """Train a fresh learner on everything labeled so far.

    X is (n, n_features). y is (n,) classes, or (n, n_classes) indicators: then one binary
    classifier is trained for each class against the rest.
    """
    if y.ndim == 1:
        return ActiveLearner(unfitted, X_training=X, y_training=y)
    with warnings.catch_warnings():
        # A class that nothing has yet, or everything: it is predicted as it stands.
        warnings.filterwarnings("ignore", "Label not", UserWarning)
        return ActiveLearner(OneVsRestClassifier(unfitted), X_training=X, y_training=y)
