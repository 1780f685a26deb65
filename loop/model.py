"""The classifier of a round: a modAL learner, built afresh from the labels each time.

The only module here that imports modAL. Its own `teach` and `fit` need scikit-learn < 1.8
(modAL#196); building anew leaves nothing to drift out of step with the log.
"""

import difflib
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

import numpy as np
from modAL.models import ActiveLearner
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from loop.errors import SettingsError

ENTRY_POINTS = "askwell.estimators"


def recipes() -> list[str]:
    """The names of all recipes: ours and the plug-ins'."""
    return ["default", *(entry.name for entry in entry_points(group=ENTRY_POINTS))]


def estimator(recipe: str, seed: int) -> BaseEstimator:
    """The unfitted classifier of a recipe: `default`, or a plug-in's factory called with the seed.

    Raises `SettingsError` for a name that nobody registered, or a plug-in that cannot be imported.
    """
    if recipe == "default":
        return LogisticRegression(C=10, class_weight="balanced", max_iter=2_000, random_state=seed)
    plugins = {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
    if recipe not in plugins:
        known = ["default", *plugins]
        near = difflib.get_close_matches(recipe, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise SettingsError(f"There is no recipe {recipe!r}.{hint} Known: {', '.join(known)}.")
    try:
        factory: Callable[[int], BaseEstimator] = plugins[recipe].load()
    except ImportError as why:
        raise SettingsError(f"The recipe {recipe!r} cannot be imported: {why}.") from why
    return factory(seed)


def fit(unfitted: BaseEstimator, X: NDArray[np.float32], y: NDArray[Any]) -> ActiveLearner:
    """Train a fresh learner on everything labeled so far; X (n, n_features), y (n,) classes."""
    return ActiveLearner(unfitted, X_training=X, y_training=y)
