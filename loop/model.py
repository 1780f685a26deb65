"""The classifier of a round: a modAL learner, built afresh from the labels each time.

The only module here that imports modAL. Its own `teach` and `fit` need scikit-learn < 1.8
(modAL#196); building anew leaves nothing to drift out of step with the log.
"""

import warnings
from typing import Any

import numpy as np
from modAL.models import ActiveLearner
from numpy.typing import NDArray
from sklearn.multiclass import OneVsRestClassifier

from loop.estimators import ends, learned
from loop.estimators.learning import Weights


def fit(
    unfitted: Any,
    X: NDArray[np.float32],
    y: NDArray[Any],
    others: Any = None,
    weights: Weights = None,
) -> ActiveLearner:
    """Train a fresh learner on everything labeled so far.

    *unfitted* is a classifier or a way to learn (`loop.estimators.Learning`); X is (n, n_features),
    and *others*, (m, n_features), are rows without a label, an array or a `Selection`. y is (n,)
    classes, or (n, n_classes) indicators: then one binary classifier is trained for each class
    against the rest, on the labels alone. *weights*, (n,), say how sure each class is, where the
    classifier takes such; indicators all count the same.
    """
    with warnings.catch_warnings():
        # So few labels that each is of a class of its own are no regression problem.
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        # A class that nothing has yet, or everything: it is predicted as it stands.
        warnings.filterwarnings("ignore", "Label not", UserWarning)
        if y.ndim == 1:
            rest = X[:0] if others is None else others
            return ActiveLearner(learned(unfitted, X, y, rest, weights))
        return ActiveLearner(OneVsRestClassifier(ends(unfitted)[0]), X_training=X, y_training=y)
