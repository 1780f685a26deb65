"""What a method makes of many answers: one class for each item, and how sure of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from loop.raters.answers import Answers, Codes, Matrix

DECIMALS = 12  # of a posterior: sums in another order differ by less, and ties stay ties
Tick = Callable[[int], None]  # told the number of rounds so far
Method = Callable[[Answers, np.random.Generator, Tick], "Aggregation"]


@dataclass(frozen=True)
class Aggregation:
    """The result of a method."""

    posterior: Matrix  #: (n_items, n_classes) how likely each class is; rows add up to 1
    accuracy: Matrix  #: (n_annotators,) how often each is right, as the method has it
    rounds: int = 1
    converged: bool = True
    parameters: Mapping[str, Matrix] = field(default_factory=dict)  #: what else it knows of each

    @property
    def confidence(self) -> Matrix:
        """The posterior of the likeliest class, (n_items,)."""
        return self.posterior.max(axis=1)

    @property
    def likeliest(self) -> NDArray[np.bool_]:
        """Which classes are: more than one where they are tied, (n_items, n_classes)."""
        return self.posterior == self.confidence[:, None]

    @property
    def tied(self) -> NDArray[np.bool_]:
        """The items with several likeliest classes, (n_items,)."""
        return self.likeliest.sum(axis=1) > 1

    def consensus(self, draws: Matrix) -> Codes:
        """The class of each item; of tied ones that which its draw, in [0, 1), falls on.

        All are equally likely to be fallen on. Always taking the first would favour a class: on one
        published set it moves the accuracy of the majority by two points.
        """
        so_far = self.likeliest.cumsum(axis=1)
        wanted = np.floor(draws * so_far[:, -1]) + 1
        return (so_far >= wanted[:, None]).argmax(axis=1)

    def hits(self, truth: Codes) -> Matrix:
        """How often each item with a known class, 0 and up, is right, over all draws.

        Items whose class is below 0 are left out. A class that nobody says is never hit.
        """
        known = np.flatnonzero(truth >= 0)
        is_said = truth[known] < self.posterior.shape[1]
        found = np.zeros(len(known))
        rows = known[is_said]
        likeliest = self.likeliest[rows]
        found[is_said] = likeliest[np.arange(len(rows)), truth[rows]] / likeliest.sum(axis=1)
        return found


def normalised(log: Matrix) -> tuple[Matrix, float]:
    """The posterior from logarithms of any size, and the sum of the logarithms of the evidence."""
    top = log.max(axis=1, keepdims=True)
    odds = np.exp(log - top)
    total = odds.sum(axis=1, keepdims=True)
    return np.round(odds / total, DECIMALS), float((top + np.log(total)).sum())
