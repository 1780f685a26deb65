"""How often off-policy intervals hold the truth, on data that a learning policy collected.

Many simulations go side by side, each with a task of its own; decisions are the product's, over
regressions that are kept for all of them at once.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop.bandit import estimates
from loop.bandit.estimates import Served
from loop.bandit.policy import Policy, mixed

SIMULATIONS = 2_000
AT_ONCE = 250
CANDIDATES, SIZE = 3, 5
DRAWN = 50_000  # contexts that the truth is taken from
Z95 = 1.959964

Array = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """What is liked by whom: a task for each of `AT_ONCE` simulations."""

    slopes: Array  #: (simulations, candidates, size)
    is_crossed: bool  #: what is liked hangs on products of features, too

    def liked(self, contexts: Array) -> Array:
        """The chance of a thumb up, (simulations, candidates, n) of contexts (…, n, size)."""
        seen = contexts
        if self.is_crossed:
            seen = contexts.copy()
            seen[..., 1:] = contexts[..., 1:] * np.roll(contexts[..., 1:], 1, axis=-1)
        scores = self.slopes @ np.swapaxes(seen, -1, -2)
        return (1 / (1 + np.exp(-scores)) if self.is_crossed else scores).clip(0.02, 0.98)


def measure() -> dict[str, Any]:
    """A policy on a task that its model fits, and another on one that it does not."""
    return {
        "linear, LinUCB": _scenario(1, "linucb", (200, 1_000, 5_000), is_crossed=False),
        "crossed, Thompson": _scenario(2, "thompson", (200, 1_000), is_crossed=True),
    }


def _scenario(seed: int, kind: str, lengths: Sequence[int], *, is_crossed: bool) -> dict[str, Any]:
    names = [{"name": str(i)} for i in range(CANDIDATES)]
    policy = Policy.model_validate({"candidates": names, "kind": kind})
    told: dict[str, dict[str, list[tuple[bool, float]]]] = defaultdict(lambda: defaultdict(list))
    for batch in range(SIMULATIONS // AT_ONCE):
        rng = np.random.default_rng([3, seed, batch])
        spread, middle = (0.8, 0.4) if is_crossed else (0.15, 0.5)
        slopes = rng.normal(0, spread, (AT_ONCE, CANDIDATES, SIZE)) + middle * np.eye(SIZE)[0]
        world = World(slopes, is_crossed)
        contexts = _contexts(rng, DRAWN)
        for one, served in enumerate(_collected(rng, policy, world, max(lengths))):
            liked = World(slopes[one], is_crossed).liked(contexts)
            for n in lengths:
                for name, held in _judged(served[:n], contexts, liked):
                    told[str(n)][name].append(held)
    return {n: {name: _share(held) for name, held in found.items()} for n, found in told.items()}


def _collected(
    rng: np.random.Generator, policy: Policy, world: World, steps: int
) -> Iterator[Served]:
    """What the policy serves and learns from in so many choices, of each simulation."""
    every = np.arange(AT_ONCE)
    contexts = _contexts(rng, AT_ONCE * steps).reshape(AT_ONCE, steps, SIZE)
    liked = np.swapaxes(world.liked(contexts), 1, 2)
    inverse = np.tile(np.eye(SIZE), (AT_ONCE, CANDIDATES, 1, 1))
    moment = np.zeros((AT_ONCE, CANDIDATES, SIZE))
    chosen = np.empty((AT_ONCE, steps), dtype=np.int64)
    propensities = np.empty((AT_ONCE, steps, CANDIDATES))
    rewards = np.empty((AT_ONCE, steps))
    for t in range(steps):
        x = contexts[:, t]
        turned = np.einsum("skij,sj->ski", inverse, x)
        means, widths = (turned * moment).sum(2), np.sqrt((turned * x[:, None]).sum(2))
        chances = mixed(policy, means, widths)
        drawn = rng.random((AT_ONCE, 1)) > chances.cumsum(1)
        mine = drawn.sum(1).clip(0, CANDIDATES - 1)
        reward = (rng.random(AT_ONCE) < liked[every, t, mine]).astype(float)
        step = turned[every, mine]  # Sherman and Morrison
        fall = (1 + (step * x).sum(1))[:, None, None]
        inverse[every, mine] -= step[:, :, None] * step[:, None] / fall
        moment[every, mine] += reward[:, None] * x
        chosen[:, t], propensities[:, t], rewards[:, t] = mine, chances, reward
    lowest = np.full(steps, policy.floor / CANDIDATES)
    for one in range(AT_ONCE):
        yield Served(contexts[one], chosen[one], propensities[one], rewards[one], lowest)


def _contexts(rng: np.random.Generator, n: int) -> Array:
    return np.c_[np.ones(n), rng.uniform(-1, 1, (n, SIZE - 1))]


def _judged(
    served: Served, contexts: Array, liked: Array
) -> Iterator[tuple[str, tuple[bool, float]]]:
    """Of each policy and estimate, whether its interval held, and how wide it is."""
    expected, half = estimates.expectations(served), len(served) // 2
    first, second = served[:half], served[half:]
    elsewhere = Served(
        contexts, served.chosen, np.ones((len(contexts), CANDIDATES)), *[served.rewards] * 2
    )
    greedy = estimates.greedy(first, elsewhere, CANDIDATES)
    truths = liked.mean(axis=1)
    worst, best = int(truths.argmin()), int(truths.argmax())
    for name, some, target, model, truth in (
        ("worst fixed", served, estimates.fixed(served, worst), expected, truths[worst]),
        ("best fixed", served, estimates.fixed(served, best), expected, truths[best]),
        (
            "greedy",
            second,
            estimates.greedy(first, second, CANDIDATES),
            expected[half:],
            (greedy * liked.T).sum(axis=1).mean(),
        ),
    ):
        found = estimates.values(some, target, model)
        for estimate in ("ips", "snips", "dr"):
            if one := getattr(found, estimate):
                held = one.low <= truth <= one.high
                yield f"{name}, {estimate}", (held, one.high - one.low)
        for estimate, outcomes in _outcomes(some, target, model).items():
            middle = outcomes.mean()
            wide = Z95 * outcomes.std(ddof=1) / len(outcomes) ** 0.5
            low, high = max(middle - wide, 0.0), min(middle + wide, 1.0)
            yield f"{name}, {estimate}, normal", (low <= truth <= high, high - low)


def _outcomes(served: Served, target: Array, expected: Array) -> dict[str, Array]:
    """What normal intervals, which the product does not use, are taken from."""
    rows = np.arange(len(served))
    weights = (target / served.propensities)[rows, served.chosen]
    error = weights * (served.rewards - expected[rows, served.chosen])
    return {"ips": weights * served.rewards, "dr": (target * expected).sum(axis=1) + error}


def _share(held: list[tuple[bool, float]]) -> dict[str, float]:
    covered, widths = np.array(held, dtype=float).T
    return {"held": round(float(covered.mean()), 4), "width": round(float(widths.mean()), 3)}
