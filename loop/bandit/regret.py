"""How much was lost by not serving the best candidate from the beginning: cumulative regret."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loop.bandit.context import Vector
from loop.quality.share import Estimate

POINTS = 60  # of the picture, at most


@dataclass(frozen=True)
class Lost:
    """After so many rewarded choices, in rewards: below 0 where contexts were made use of."""

    after: int
    regret: Estimate


def best(values: Sequence[Estimate]) -> Estimate:
    """What the best of several candidates is worth, by intervals that hold together.

    The value is that of the surest one: the highest is often the one that was tried least.
    """
    return Estimate(
        max(values, key=lambda one: one.low).value,
        max(one.low for one in values),
        max(one.high for one in values),
    )


def cumulative(rewards: Vector, value: Estimate) -> list[Lost]:
    """What *value* each time would have brought, less what came; the interval is that of *value*.

    The rewards, shape (n,), are those that came: their own chance is part of what was lost.
    """
    came = np.cumsum(rewards)
    ends = np.unique(np.linspace(1, len(rewards), min(POINTS, len(rewards))).astype(int))
    ends_of = (value.value, value.low, value.high)
    return [
        Lost(int(n), Estimate(*(float(n * end - came[n - 1]) for end in ends_of))) for n in ends
    ]
