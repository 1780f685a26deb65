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

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from loop.bandit import betting
from loop.bandit.betting import DOUBT, Outcomes
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


def values(served: Served, target: Vector, expected: Vector) -> Values:
    """What *target*, chances of shape (n, k), is worth; *expected* comes from `expectations`."""
    weighed = _weigh(served, target, expected)
    earned, total = weighed.weights * served.rewards, float(weighed.weights.sum())
    return Values(
        _interval(_ips, weighed, float(earned.mean()), DOUBT),
        _interval(_snips, weighed, float(earned.sum()) / total, DOUBT) if total else None,
        doubly_robust(served, target, expected),
    )


def doubly_robust(
    served: Served, target: Vector, expected: Vector, doubt: float = DOUBT
) -> Estimate:
    """The same by `dr` alone, with an interval that misses with a chance of *doubt* at most."""
    weighed = _weigh(served, target, expected)
    return _interval(_dr, weighed, float(weighed.robust(np.inf).mean()), doubt)


@dataclass(frozen=True)
class _Weighed:
    """Rewards, with all that a policy makes of them."""

    rewards: Vector  #: (n,)
    expected: Vector  #: (n, k)
    chosen: Vector  #: (n,)
    target: Vector  #: (n, k)
    ratios: Vector  #: (n, k), how much more likely the policy chooses each
    weights: Vector  #: (n,), those of what was chosen
    most: Vector  #: (n,), the largest there can be

    def missing(self) -> "_Weighed":
        """The same of what rewards lack to 1."""
        return replace(self, rewards=1 - self.rewards, expected=1 - self.expected)

    def robust(self, slack: Vector | float) -> Vector:
        """Outcomes of at least -*slack*: the model counts less where the weight is large."""
        with np.errstate(divide="ignore"):
            capped = np.minimum(self.expected, np.asarray(slack)[..., None] / self.ratios)
        capped = np.where(self.ratios > 0, capped, 0.0)
        mine = capped[np.arange(len(self.chosen)), self.chosen]
        return self.weights * (self.rewards - mine) + (self.target * capped).sum(axis=1)


def _weigh(served: Served, target: Vector, expected: Vector) -> _Weighed:
    ratios = np.divide(target, served.propensities, where=target > 0, out=np.zeros(target.shape))
    weights = ratios[np.arange(len(served)), served.chosen]
    return _Weighed(
        served.rewards, expected, served.chosen, target, ratios, weights, 1 / served.lowest
    )


def _interval(
    bet: Callable[[_Weighed], Outcomes], weighed: _Weighed, value: float, doubt: float
) -> Estimate:
    """From bets that the value is higher, and that what is missing is."""
    low = betting.lowest(bet(weighed), doubt / 2)
    high = 1 - betting.lowest(bet(weighed.missing()), doubt / 2)
    value = min(max(value, 0.0), 1.0)
    return Estimate(value, min(low, value), max(high, value))


def _ips(weighed: _Weighed) -> Outcomes:
    earned = weighed.weights * weighed.rewards
    return lambda value: earned / value - 1


def _snips(weighed: _Weighed) -> Outcomes:
    share = weighed.weights / weighed.most
    return lambda value: share * (weighed.rewards / value - 1)


def _dr(weighed: _Weighed) -> Outcomes:
    slack = _slack(len(weighed.rewards))
    robust = weighed.robust(slack)
    return lambda value: (robust - value) / (value + slack)


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
