"""How good is the model? Accuracy on the audit items, with its interval, or honestly nothing."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST_AUDIT = 20  # answers below which no accuracy is stated
Z95 = 1.959963984540054


def wilson(correct: float, n: float) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927), as (low, high) in 0–1."""
    share, spread = correct / n, Z95**2 / n
    centre = (share + spread / 2) / (1 + spread)
    half = Z95 / (1 + spread) * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    # The share itself lies inside, also where rounding puts a border a hair beside it.
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def hits(predicted: NDArray[Any], truth: NDArray[Any]) -> int:
    """How many rows were predicted exactly: of several classes, all of them and no other."""
    return int(np.all((predicted == truth).reshape(len(truth), -1), axis=1).sum())


def accuracy(correct: int, n: int) -> tuple[float | None, float | None, float | None]:
    """Accuracy with its interval, or three times None below `LEAST_AUDIT` answers."""
    if n < LEAST_AUDIT:
        return None, None, None
    return correct / n, *wilson(correct, n)
