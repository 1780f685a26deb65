"""Self-training: a classifier learns from what it is sure of itself (Scudder 1965)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import has_fit_parameter

from loop.estimators.learning import Weights, ends

MOST = 5_000  # rows without a label that are looked at, drawn at random
SHARE = 0.5  # of these, at most, that are learned from


class SelfTraining:
    """Fit on the labels, then on them and on the rows that it is surest of, in *rounds*.

    In each round *times* as many rows more as there are labels, counting *weight* each; of a class
    as many as it has of all rows by the mean of their probabilities, so that a rare one stays rare.
    Raises `ValueError` for a classifier that takes no weights, and for numbers that make no sense.
    """

    def __init__(
        self,
        estimator: Any,
        rounds: int = 3,
        times: float = 10,
        weight: float = 0.3,
        seed: int = 0,
    ) -> None:
        if not (hasattr(estimator, "fit") and has_fit_parameter(estimator, "sample_weight")):
            raise ValueError(
                "self_training needs a classifier whose rows may have weights, and "
                f"{type(estimator).__name__} is none"
            )
        if rounds < 0 or times <= 0 or weight <= 0:
            raise ValueError(
                "self_training takes rounds of 0 or more, times and a weight above 0, not "
                f"rounds={rounds}, times={times}, weight={weight}"
            )
        self.estimator = estimator
        self.rounds = rounds
        self.times = times
        self.weight = weight
        self.seed = seed

    def learn(
        self,
        X: NDArray[np.float32],
        y: NDArray[Any],
        others: NDArray[np.float32],
        weights: Weights = None,
    ) -> BaseEstimator:
        """See `Learning`."""
        drawn = np.random.default_rng(self.seed).permutation(len(others))[:MOST]
        rows = others[np.sort(drawn)]
        model = clone(self.estimator).fit(X, y, sample_weight=weights)
        sure_of = np.ones(len(y)) if weights is None else weights
        for turn in range(self.rounds if len(rows) else 0):
            n = min(SHARE * len(rows), self.times * len(y) * (turn + 1))
            sure, said = _surest(model, rows, n)
            counted = np.concatenate([sure_of, np.full(len(sure), self.weight)])
            every = np.concatenate([X, rows[sure]]), np.concatenate([y, said])
            model = clone(self.estimator).fit(*every, sample_weight=counted)
        return model

    def ends(self) -> list[BaseEstimator]:
        """See `Learning`."""
        return ends(self.estimator)


def _surest(
    model: Any, rows: NDArray[np.float32], n: float
) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """About *n* rows, the surest of each class, and what they are taken for."""
    proba = model.predict_proba(rows)
    counts = np.rint(n * proba.mean(axis=0)).astype(int)
    order = np.argsort(-proba, axis=0, kind="stable")
    places = [order[:count, of] for of, count in enumerate(counts)]
    return np.concatenate(places), np.repeat(model.classes_, [len(one) for one in places])
