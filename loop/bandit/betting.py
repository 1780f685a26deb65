"""Intervals by betting: they hold for data that a learning policy collected, at any time one looks.

Somebody bets against a value v: of their stake a share u is put on each outcome in turn, which
makes it 1 + u z(v) times as much, where z(v) >= -1 is 0 on average if v is true, given all before.
Then their wealth is 40 or more at any time with a chance of 1 in 40 at most (Ville 1939), and the
values that make them so rich are ruled out. No variance is estimated, so large weights that have
not come yet do no harm; the price is a wider interval than a normal one. Waudby-Smith and Ramdas
2024 (means), Karampatziakis, Mineiro and Ramdas 2021 and Waudby-Smith et al. 2024 (policies).
"""

from collections.abc import Callable

import numpy as np

from loop.bandit.context import Vector

DOUBT = 0.05  # of an interval, half of it at each end
_SHARES = np.geomspace(0.005, 0.9, 8)  # the stake is spread evenly over them
_STEPS = 14  # bisections: 1/16,384
_AT_ONCE = 8  # outcomes multiplied before a logarithm is taken: 1.9 to the 8th is no overflow

Outcomes = Callable[[float], Vector]


def lowest(outcomes: Outcomes, doubt: float = DOUBT / 2) -> float:
    """The lowest value in [0, 1] that is not ruled out with *doubt*.

    *outcomes* gives z(v), shape (n,), for a v above 0; it falls as v rises, and so does the wealth.
    """
    low, high = 0.0, 1.0
    limit = -np.log(doubt)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _log_wealth(outcomes(middle)) >= limit:
            low = middle
        else:
            high = middle
    return low


def _log_wealth(z: Vector) -> float:
    """The logarithm of what the stake has become, a mean over the shares."""
    padded = np.zeros(-len(z) % _AT_ONCE + len(z))
    padded[: len(z)] = z
    factors = (1 + _SHARES[:, None] * padded).reshape(len(_SHARES), -1, _AT_ONCE).prod(axis=2)
    by_share = np.log(factors).sum(axis=1)
    return float(np.logaddexp.reduce(by_share) - np.log(len(_SHARES)))
