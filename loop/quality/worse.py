"""Slices on which the model does worse than on the rest, by more than chance would let it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from loop.holm import holm
from loop.quality.share import Estimate, share
from loop.slices import LEAST, Slice

MOST = 20  # slices told of
CHANCE = 0.05  # to name any slice where none is worse


@dataclass(frozen=True)
class Worse:
    """One slice beside all other audit answers."""

    slice: Slice
    n: int
    accuracy: Estimate
    rest: Estimate  #: the accuracy of all others
    p: float  #: chance that so few or fewer are right if it were like the rest
    p_holm: float  #: the same, of all slices that were looked at
    is_worse: bool


@dataclass(frozen=True)
class Found:
    """What came of looking at slices."""

    looked_at: int
    slices: list[Worse]  #: `MOST` at most of those that are below the rest, by their evidence


def worse(right: NDArray[np.bool_], members: Mapping[Slice, NDArray[np.bool_]]) -> Found:
    """Compare the slices of at least `LEAST` answers with the rest.

    *right*, (n,), says of each answer whether the model agrees; *members*, (n,) each, which are in
    a slice. By Fisher's exact test, one-sided, adjusted by Holm (1979) over all slices looked at:
    that holds however they overlap.
    """
    n, hits = len(right), int(right.sum())
    counts = {
        one: (int(among.sum()), int((right & among).sum()))
        for one, among in members.items()
        if LEAST <= among.sum() < n
    }
    p_values = {
        one: float(hypergeom.cdf(both, n, hits, size)) for one, (size, both) in counts.items()
    }
    found = [
        Worse(
            one,
            size := counts[one][0],
            share(both := counts[one][1], size),
            share(hits - both, n - size),
            p_values[one],
            p_holm,
            p_holm < CHANCE,
        )
        for one, p_holm in holm(p_values).items()
    ]
    below = [one for one in found if one.accuracy.value < one.rest.value]
    return Found(len(counts), below[:MOST])
