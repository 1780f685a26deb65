"""What a policy would have brought, from what another one served: off-policy estimates.

Three of them, each with a 95 % interval (`loop.bandit.betting`) and from rewarded choices alone:

- `ips`: each reward weighs by how much more likely the policy in question would have chosen the
  same (inverse propensity scoring, Horvitz and Thompson 1952).
- `snips`: the same, divided by the sum of the weights (Swaminathan and Joachims 2015). It alone
  bears that one candidate is judged more often than another.
- `dr`: doubly robust (Dudík, Langford and Li 2011), what a model of the reward expects, and the
  weighted error of that; the model is fitted on all choices before a block, and judged in it.

They take contexts and rewards of all times to come from one distribution, and whether somebody
judges not to depend on what they think. Pure functions of arrays.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from loop.bandit import betting
from loop.bandit.betting import DOUBT
from loop.bandit.context import Vector
from loop.bandit.linear import RIDGE
from loop.quality.share import Estimate

BLOCKS = 20  # the model is fitted anew before each
_SLACK, _MORE_SLACK = 1.0, 0.1  # how far a doubly robust outcome may fall below 0: see `_slack`


@dataclass(frozen=True)
class Served:
    """*n* rewarded choices among *k* candidates, in the order in which they were made."""

    contexts: Vector  #: (n, size)
    chosen: Vector  #: (n,), which of the k
    propensities: Vector  #: (n, k); 0 where a candidate was not on offer
    rewards: Vector  #: (n,), from 0 to 1
    lowest: Vector  #: (n,), the least propensity that its policy ever gives

    def __len__(self) -> int:
        return len(self.rewards)

    def __getitem__(self, some: slice) -> "Served":
        return Served(**{name: values[some] for name, values in vars(self).items()})


@dataclass(frozen=True)
class Values:
    """What a policy is worth by each estimate."""

    ips: Estimate
    snips: Estimate | None  #: None where it would never have chosen as was chosen
    dr: Estimate


def fixed(served: Served, candidate: int) -> Vector:
    """The policy that always serves one candidate, shape (n, k)."""
    target = np.zeros(served.propensities.shape)
    target[:, candidate] = 1.0
    return target


def greedy(learned_from: Served, served: Served, among: int) -> Vector:
    """The policy that serves what the model of *learned_from* expects most of, shape (n, k).

    Of the first *among* candidates: those were on offer in all of *served*.
    """
    expected = served.contexts @ _coefficients(learned_from)[:, :among]
    return np.eye(served.propensities.shape[1])[expected.argmax(axis=1)]


def values(served: Served, target: Vector, expected: Vector, doubt: float = DOUBT) -> Values:
    """What *target*, chances of shape (n, k), is worth; *expected* comes from `expectations`."""
    rows = np.arange(len(served))
    ratios = np.divide(target, served.propensities, where=target > 0, out=np.zeros(target.shape))
    weights = ratios[rows, served.chosen]
    most = 1 / served.lowest
    both = [_Side(served, target, ratios, weights, most, expected, up=up) for up in (True, False)]

    def told(name: str, value: float) -> Estimate:
        up, down = (betting.lowest(getattr(side, name), doubt / 2) for side in both)
        value = min(max(value, 0.0), 1.0)
        return Estimate(value, min(up, value), max(1 - down, value))

    up = both[0]
    total = float(weights.sum())
    return Values(
        told("ips", float((weights * served.rewards).mean())),
        told("snips", float((weights * served.rewards).sum() / total)) if total else None,
        told("dr", float(up.doubly_robust(np.inf).mean())),
    )


class _Side:
    """The outcomes of bets on a value; of those on how much is missing to 1, where not *up*."""

    def __init__(
        self,
        served: Served,
        target: Vector,
        ratios: Vector,
        weights: Vector,
        most: Vector,
        expected: Vector,
        *,
        up: bool,
    ) -> None:
        self.rewards = served.rewards if up else 1 - served.rewards
        self.expected = expected if up else 1 - expected
        self.chosen = served.chosen
        self.target, self.ratios, self.weights, self.most = target, ratios, weights, most
        self._slack = _slack(len(served))
        self._robust = self.doubly_robust(self._slack)

    def ips(self, value: float) -> Vector:
        return self.weights * self.rewards / value - 1

    def snips(self, value: float) -> Vector:
        return self.weights / self.most * (self.rewards / value - 1)

    def dr(self, value: float) -> Vector:
        return (self._robust - value) / (value + self._slack)

    def doubly_robust(self, slack: Vector | float) -> Vector:
        """Outcomes of at least -*slack*: the model counts less where the weight is large."""
        with np.errstate(divide="ignore", invalid="ignore"):
            capped = np.minimum(self.expected, np.asarray(slack)[..., None] / self.ratios)
        capped = np.where(self.ratios > 0, capped, 0.0)
        mine = capped[np.arange(len(self.chosen)), self.chosen]
        return self.weights * (self.rewards - mine) + (self.target * capped).sum(axis=1)


def expectations(served: Served) -> Vector:
    """What the model expects of each candidate in each context, shape (n, k), from 0 to 1.

    Of a block it is fitted on those before; of the first, that is 0.5 throughout.
    """
    expected = np.full(served.propensities.shape, 0.5)
    ends = np.linspace(0, len(served), BLOCKS + 1).astype(int)
    for begin, end in pairwise(ends):
        if begin:
            model = _coefficients(served[:begin])
            expected[begin:end] = served.contexts[begin:end] @ model
    clipped: Vector = expected.clip(0.0, 1.0)
    return clipped


def _slack(n: int) -> Vector:
    """For each outcome in turn, shape (n,).

    The more there are, the smaller is the share of a stake that is put on each, and the further
    below 0 one may fall: so large weights can do with more of the model. By square roots, as the
    share falls.
    """
    slack: Vector = _SLACK + _MORE_SLACK * np.sqrt(np.arange(n))
    return slack


def _coefficients(served: Served) -> Vector:
    """Ridge regressions of the reward, one for each candidate, shape (size, k)."""
    size, k = served.contexts.shape[1], served.propensities.shape[1]
    found = np.zeros((size, k))
    for candidate in range(k):
        mine = served.chosen == candidate
        X = served.contexts[mine]
        found[:, candidate] = np.linalg.solve(
            X.T @ X + RIDGE * np.eye(size), X.T @ served.rewards[mine]
        )
    return found
