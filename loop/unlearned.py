"""What models say of labels that they have not learned."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import strategies
from loop import model, recipes
from loop.estimators.learning import Weights
from loop.quality import label_errors
from loop.settings import Settings


def fitting(
    settings: Settings,
    seen: NDArray[np.float32],
    y: NDArray[Any],
    others: strategies.Selection,
    weights: Weights = None,
) -> label_errors.Fit:
    """How the recipe in force learns some of the labels, by their places: as in `model.fit`."""

    def fit(kept: NDArray[np.intp]) -> Any:
        unfitted = recipes.estimator(settings.recipe, settings.seed, settings.modality)
        sure = None if weights is None else weights[kept]
        return model.fit(unfitted, seen[kept], y[kept], others, sure).estimator

    return fit


def probabilities(
    settings: Settings,
    seen: NDArray[np.float32],
    y: NDArray[Any],
    others: strategies.Selection,
    weights: Weights = None,
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """The classes of *y*, sorted, and how likely each is of each row by models of the other rows.

    *seen* is (n, n_features), *y* (n,), the probabilities (n, n_classes); NaN where no other row is
    of the class of one. *others* are rows without a label, for recipes that learn from them too.
    """
    fit = fitting(settings, seen, y, others, weights)
    with threadpool_limits(1):
        return np.unique(y), label_errors.out_of_sample(fit, seen, y, settings.seed)
