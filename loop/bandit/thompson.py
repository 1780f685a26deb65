"""Thompson sampling with linear payoffs (Agrawal and Goyal 2013): serve by the chance to be best.

The posterior of each candidate's expected reward is normal, and independent of the others' in a
disjoint model. So the chance that a draw of one is above all others is an integral over one
variable, and need not be counted from draws: it is taken at the middles of equally likely slices.
"""

import numpy as np
from scipy.special import ndtr, ndtri

from loop.bandit.context import Vector

SLICES = 200
_POINTS = ndtri((np.arange(SLICES) + 0.5) / SLICES)


def chances(means: Vector, widths: Vector, scale: float) -> Vector:
    """The chance of each candidate to be drawn highest, where its draw is N(mean, (scale width)^2).

    *means* and *widths*, above 0, have shape (…, candidates).
    """
    deviations = scale * widths
    draws = means[..., None] + deviations[..., None] * _POINTS  # (…, candidates, slices)
    others, spread = means[..., None, None, :], deviations[..., None, None, :]
    below = ndtr((draws[..., None] - others) / spread)  # that each of them is below a draw
    itself = np.arange(means.shape[-1])
    below[..., itself, :, itself] = 1.0
    highest = below.prod(axis=-1).mean(axis=-1)
    shares: Vector = highest / highest.sum(axis=-1, keepdims=True)
    return shares
