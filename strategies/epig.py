"""Expected predictive information gain: what an answer would tell of other rows' answers."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from strategies.committee import COST, NEEDS, mean_divergence, opinions
from strategies.contract import Picks, Positions, Query, Scores
from strategies.greedy import greedy
from strategies.registry import register

TARGETS = 100  # rows, drawn from the pool, whose answers the committee is asked about
BLOCK = 1_024  # rows looked at together


class Gain:
    """The gain of each row. Picks are taken one by one, as if the others were not there."""

    def __init__(self, said: NDArray[np.float64], bounds: Scores, targets: Positions) -> None:
        self.said = said.transpose(1, 2, 0)  # (n, n_classes, n_members)
        self.known = bounds
        self.targets = said[:, targets].reshape(len(said), -1)  # (n_members, targets · n_classes)
        self.alone = xlogy(m := self.targets.mean(axis=0), m).reshape(len(targets), -1).sum(axis=1)

    def bounds(self) -> Scores:
        """The mean divergence: by the data-processing inequality no row gains more than that."""
        return self.known

    def exact(self, rows: Positions) -> NDArray[np.float64]:
        """The mean mutual information, in nats, of a row's answer and each target's."""
        said = self.said[rows]
        joint = (said @ self.targets / len(self.targets)).reshape(len(rows), -1)
        mine = said.mean(axis=2)
        both = xlogy(joint, joint).sum(axis=1) / len(self.alone)
        gains: NDArray[np.float64] = both - self.alone.mean() - xlogy(mine, mine).sum(axis=1)
        return np.maximum(gains, 0)

    def lower(self, rows: Positions, worth: NDArray[np.float64], picked: int) -> None:
        """A pick changes nothing for the others."""

    def settle(self, _picked: Positions, rows: Positions, worth: NDArray[np.float64]) -> None:
        """Keep what was found."""
        self.known[rows] = worth


@register(
    "epig",
    label="EPIG (tells of other answers)",
    needs=NEEDS,
    cost=COST,
    formula="mean over targets t of I(answer of x; answer of t)",
    paper="Bickford Smith et al. 2023 (arXiv 2304.08151)",
    when="as BALD, where what the committee disagrees about should also matter to the pool",
)
def epig(query: Query, n: int) -> Picks:
    """Ask what would tell the most of the answers to 100 rows drawn from the pool.

    Exact, though few rows are looked at: BALD is an upper bound of it.
    """
    said = np.concatenate(list(opinions(query)), axis=1)
    nats = np.log(max(2, said.shape[2]))
    targets = np.sort(query.rng.permutation(query.n_pool)[:TARGETS])
    return greedy(Gain(said, mean_divergence(said) * nats, targets), n, query.rng, block=BLOCK)
