"""Guessing: what a round's model makes of each item, and the words that pulled it there."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop.features import FeatureCache
from loop.guesses import Guesses, Pull
from loop.project import Project
from loop.ranking import Ranking
from loop.store import items

EXPLAINED = 300  # items, those asked first, of which the words that pulled are kept


def guess(
    project: Project,
    estimator: Any,
    order: Ranking,
    likeliest: NDArray[np.void],
    cache: FeatureCache,
) -> Guesses:
    """The guesses of a round; *cache* has made its features, *likeliest* is as in `Guesses`."""
    first = order.entries["position"][order.again :][:EXPLAINED].tolist()
    classes = tuple(map(str, estimator.classes_))
    return Guesses(classes, likeliest, _pulls(project, cache, estimator, first, likeliest))


def _pulls(
    project: Project,
    cache: FeatureCache,
    estimator: Any,
    positions: list[int],
    likeliest: NDArray[np.void],
) -> dict[str, list[Pull]]:
    """The words that pulled towards the likeliest class, away from the second, of some items."""
    vocabulary = cache.vocabulary()
    weights = getattr(estimator, "coef_", None)  # a linear model's, one row for each class
    is_of_pairs = hasattr(estimator, "support_vectors_")  # a row for each two classes, not for each
    if vocabulary is None or weights is None or is_of_pairs:
        return {}
    if len(weights) == 1:  # of two classes only the second one's are kept
        weights = np.vstack([-weights, weights])
    about = likeliest["classes"][positions]
    texts = [
        "\n".join(
            item.fields[name] for name, kind in project.settings.kinds.items() if kind == "text"
        )
        for item in items.at(project.store.read, positions)
    ]
    pulls = vocabulary.pulls(
        texts, [weights[first] - weights[second] for first, second, *_ in about]
    )
    return {str(position): found for position, found in zip(positions, pulls, strict=True)}
