"""Classifiers of ours that a recipe names, beside scikit-learn's: one file for each.

Most are ways to learn (`Learning`): what they make of labels is a classifier of scikit-learn's.
"""

from collections.abc import Callable, Mapping
from typing import Any

from loop.estimators.best_of import BestOf
from loop.estimators.bradley_terry import BradleyTerry
from loop.estimators.decisive import Decisive
from loop.estimators.folds import folds
from loop.estimators.learning import Learning, ends, learned
from loop.estimators.logistic import logistic
from loop.estimators.reward import Reward, gaussian_reward, linear_reward
from loop.estimators.self_training import SelfTraining

NAMED: Mapping[str, Callable[..., Any]] = {
    "logistic": logistic,
    "self_training": SelfTraining,
    "best_of": BestOf,
    "bradley_terry": BradleyTerry,
    "linear_reward": linear_reward,
    "gaussian_reward": gaussian_reward,
}

__all__ = [
    "NAMED",
    "BestOf",
    "BradleyTerry",
    "Decisive",
    "Learning",
    "Reward",
    "SelfTraining",
    "ends",
    "folds",
    "gaussian_reward",
    "learned",
    "linear_reward",
]
