"""modAL's learners, built afresh from the log each time: of a round, and of a tuning session.

The only module here that imports modAL. Its own `teach` and `fit` need scikit-learn < 1.8
(modAL#196); building anew leaves nothing to drift out of step with the log.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from modAL.acquisition import optimizer_EI, optimizer_PI, optimizer_UCB
from modAL.models import ActiveLearner, BayesianOptimizer
from numpy.typing import NDArray
from sklearn.multiclass import OneVsRestClassifier

from loop.estimators import ends, learned
from loop.estimators.learning import Weights
from loop.gaussian.process import Process


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


@dataclass(frozen=True)
class _Learned:
    """A process that has learned all it will, as modAL asks an estimator."""

    process: Process

    def predict(self, X: NDArray[np.float64], *, return_std: bool) -> Any:
        mean, variance = self.process.spread(X)
        sd = np.sqrt(np.maximum(variance, LEAST_VARIANCE))
        return (mean, sd) if return_std else mean


LEAST_VARIANCE = 1e-12  # the functions divide by its root
ACQUISITIONS = {"ei": optimizer_EI, "pi": optimizer_PI, "ucb": optimizer_UCB}
SETTLED = {"ucb": {"beta": 2.5}}  # how they weigh, where modAL's default is not ours


def acquire(
    name: str, process: Process, best: float, X: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How promising rows X, (n, n_features), are by an acquisition function of modAL, (n,).

    *best* is what improvement is counted from: what is believed of the best one so far. The highest
    rating would be no use for that, as any is only that high by luck.
    """
    optimizer = BayesianOptimizer(_Learned(process))
    optimizer.y_max = best
    found: NDArray[np.float64] = ACQUISITIONS[name](optimizer, X, **SETTLED.get(name, {}))
    return found
