"""A policy that does what a learned reward asks for, by trying policies out."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]

POPULATION, BEST, ROUNDS = 60, 10, 8
NARROWEST = 0.05  # standard deviation of a weight, so that it never stops looking


def cross_entropy(value: Callable[[Matrix], float], size: int, rng: np.random.Generator) -> Matrix:
    """The weights, (size,), that *value* is highest at, by the cross-entropy method.

    In each round a population is drawn, N(mean, sd²) for each weight, and mean and sd are those of
    its best ones (Rubinstein 1999; as here Mannor et al. 2003). A linear policy asks for weights.
    """
    mean, spread = np.zeros(size), np.ones(size)
    for _ in range(ROUNDS):
        drawn = mean + spread * rng.standard_normal((POPULATION, size))
        best = np.argsort([-value(weights) for weights in drawn], kind="stable")[:BEST]
        mean, spread = drawn[best].mean(axis=0), np.maximum(drawn[best].std(axis=0), NARROWEST)
    return mean
