"""The best of several classifiers, by cross-validation on the labels alone."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from loop.estimators.folds import folds
from loop.estimators.learning import Weights, ends, learned

FOLDS = 5
LEAST = 30  # labels below which it is the first: the folds are too small to tell
MOST = 1_000  # labels that they are compared on, drawn at random: what bounds the cost


class BestOf:
    """The candidate that is right most often in cross-validation; where two are, the first.

    One that cannot learn from so few rows of some class, and says so, is right on none.
    """

    def __init__(self, *candidates: Any, seed: int = 0) -> None:
        if not candidates:
            raise ValueError("best_of has no candidates")
        self.candidates = candidates
        self.seed = seed

    def learn(
        self,
        X: NDArray[np.float32],
        y: NDArray[Any],
        others: NDArray[np.float32],
        weights: Weights = None,
    ) -> BaseEstimator:
        """See `Learning`."""
        return learned(self._best(X, y, others), X, y, others, weights)

    def ends(self) -> list[BaseEstimator]:
        """See `Learning`."""
        return [end for one in self.candidates for end in ends(one)]

    def _best(self, X: NDArray[np.float32], y: NDArray[Any], others: NDArray[np.float32]) -> Any:
        rows = np.random.default_rng(self.seed).permutation(len(y))[:MOST]
        fold_of = folds(y[rows], FOLDS, self.seed)
        if len(rows) < LEAST or (fold_of < 0).all():
            return self.candidates[0]
        right = [self._right(one, X[rows], y[rows], others, fold_of) for one in self.candidates]
        return self.candidates[int(np.argmax(right))]

    @staticmethod
    def _right(
        candidate: Any,
        X: NDArray[np.float32],
        y: NDArray[Any],
        others: NDArray[np.float32],
        fold_of: NDArray[np.intp],
    ) -> int:
        """How many rows it is right on, each predicted by what learned from the other folds."""
        right = 0
        for fold in range(FOLDS):
            kept, left_out = fold_of != fold, fold_of == fold
            if not left_out.any() or len(np.unique(y[kept])) < 2:
                continue
            try:
                model = learned(candidate, X[kept], y[kept], others)
            except ValueError:
                continue
            right += int((model.predict(X[left_out]) == y[left_out]).sum())
        return right
