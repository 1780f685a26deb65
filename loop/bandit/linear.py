"""What rewards say of each candidate: a ridge regression on the context, one for each.

The disjoint linear model of Li et al. 2010 (Algorithm 1). It is a sum over rewarded choices, so
that a reward that is taken back leaves it as it would be without.
"""

import math

import numpy as np

from loop.bandit.context import Vector

RIDGE = 1.0  # as in both papers


class Linear:
    """The regression of one candidate on contexts of *size* numbers."""

    def __init__(self, size: int) -> None:
        self.gram = RIDGE * np.eye(size)  #: shape (size, size)
        self.moment = np.zeros(size)  #: sum of reward times context
        self._inverse: Vector | None = None

    def add(self, context: Vector, reward: float) -> None:
        """Learn from one more choice."""
        self.gram += np.outer(context, context)
        self.moment += reward * context
        self._inverse = None

    def correct(self, context: Vector, by: float) -> None:
        """A choice that was learned from already has a reward higher *by* so much."""
        self.moment += by * context

    def expect(self, context: Vector) -> tuple[float, float]:
        """The expected reward, and how uncertain it is: the root of x' A^-1 x."""
        if self._inverse is None:
            self._inverse = np.asarray(np.linalg.inv(self.gram), dtype=np.float64)
        direction: Vector = self._inverse @ context
        return float(direction @ self.moment), math.sqrt(max(float(direction @ context), 0.0))
