"""Regret of the bandit's policies against mabwiser's LinUCB, on the same contexts and thumbs.

Each candidate's thumb at each choice is drawn beforehand: whoever serves it there gets the same.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from run import NoData

from loop.bandit.linear import Linear
from loop.bandit.policy import Policy, draw, propensities
from loop.compare.statistics import Interval, interval, paired

SEEDS = range(20)
CHOICES = 2_000
CANDIDATES, SIZE = 4, 5  # numbers of a context, the intercept among them
DELAY = 50  # choices that a reward takes at most
LEAST_FLOOR = 0.001  # there is always one

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """Contexts, the chance of a thumb up of each candidate, its thumb, and when that comes."""

    contexts: Array  #: (choices, SIZE)
    liked: Array  #: (choices, CANDIDATES)
    thumbs: Array  #: (choices, CANDIDATES)
    delays: NDArray[np.int64]  #: (choices,)


class Learner(Protocol):
    """What chooses, and is told of a reward when that comes."""

    def choose(self, t: int, x: Array) -> int:
        """The candidate at choice *t*."""

    def learn(self, x: Array, candidate: int, reward: float) -> None:
        """A reward came."""


def linear(seed: int) -> Task:
    """The chance of a thumb is linear in the context; it is pressed at once."""
    rng = np.random.default_rng([1, seed])
    contexts = _contexts(rng)
    slopes = rng.normal(0, 0.15, (CANDIDATES, SIZE)) + 0.5 * np.eye(SIZE)[0]
    liked = (contexts @ slopes.T).clip(0.02, 0.98)
    return _task(rng, contexts, liked, delayed=False)


def crossed(seed: int) -> Task:
    """What is liked hangs on products of features, which no linear model sees; thumbs are late."""
    rng = np.random.default_rng([2, seed])
    contexts = _contexts(rng)
    pairs = np.stack([contexts[:, i] * contexts[:, i + 1] for i in range(1, SIZE - 1)], axis=1)
    scores = contexts @ rng.normal(0, 0.6, (CANDIDATES, SIZE)).T
    scores += pairs @ rng.normal(0, 1.5, (CANDIDATES, SIZE - 2)).T
    return _task(rng, contexts, 1 / (1 + np.exp(-scores)), delayed=True)


def _contexts(rng: np.random.Generator) -> Array:
    return np.c_[np.ones(CHOICES), rng.uniform(-1, 1, (CHOICES, SIZE - 1))]


def _task(rng: np.random.Generator, contexts: Array, liked: Array, *, delayed: bool) -> Task:
    thumbs = (rng.random(liked.shape) < liked).astype(float)
    delays = rng.integers(0, DELAY + 1, CHOICES) if delayed else np.zeros(CHOICES, dtype=np.int64)
    return Task(contexts, liked, thumbs, delays)


TASKS: dict[str, Callable[[int], Task]] = {"linear": linear, "crossed, late thumbs": crossed}


class Ours:
    """A policy of ours."""

    def __init__(self, seed: int, **values: Any) -> None:
        names = [{"name": str(i)} for i in range(CANDIDATES)]
        self._policy = Policy.model_validate({"candidates": names} | values)
        self._learned = {name: Linear(SIZE) for name in self._policy.names}
        self._seed = seed

    def choose(self, t: int, x: Array) -> int:
        """As the product does."""
        return draw(propensities(self._policy, self._learned, x), (self._seed, t))

    def learn(self, x: Array, candidate: int, reward: float) -> None:
        """As the product does."""
        self._learned[str(candidate)].add(x, reward)


class Mabwiser:
    """LinUCB of mabwiser, on the same numbers."""

    def __init__(self, seed: int, alpha: float) -> None:
        from mabwiser.mab import MAB, LearningPolicy

        self._mab = MAB(list(range(CANDIDATES)), LearningPolicy.LinUCB(alpha=alpha), seed=seed)
        self._begun = False

    def choose(self, t: int, x: Array) -> int:
        """It wants to be fitted before it is asked; the first choices go round."""
        return int(self._mab.predict([x])) if self._begun else t % CANDIDATES

    def learn(self, x: Array, candidate: int, reward: float) -> None:
        """One more row."""
        (self._mab.partial_fit if self._begun else self._mab.fit)([candidate], [reward], [x])
        self._begun = True


LEARNERS: dict[str, Callable[[int], Learner]] = {
    "mabwiser LinUCB, alpha 1 (its default)": lambda seed: Mabwiser(seed, 1.0),
    "mabwiser LinUCB, alpha 0.5": lambda seed: Mabwiser(seed, 0.5),
    "LinUCB, default": Ours,
    "LinUCB, alpha 1, least floor": lambda seed: Ours(seed, alpha=1.0, floor=LEAST_FLOOR),
    "LinUCB, alpha 0.5, least floor": lambda seed: Ours(seed, alpha=0.5, floor=LEAST_FLOOR),
    "LinUCB, default alpha, least floor": lambda seed: Ours(seed, floor=LEAST_FLOOR),
    "Thompson, default": lambda seed: Ours(seed, kind="thompson"),
    "Thompson, least floor": lambda seed: Ours(seed, kind="thompson", floor=LEAST_FLOOR),
    "random": lambda seed: Ours(seed, floor=1.0),
}
AGAINST = {  # ours → which of mabwiser's it is compared with
    "LinUCB, alpha 1, least floor": "mabwiser LinUCB, alpha 1 (its default)",
    "LinUCB, alpha 0.5, least floor": "mabwiser LinUCB, alpha 0.5",
    "LinUCB, default alpha, least floor": "mabwiser LinUCB, alpha 1 (its default)",
    "LinUCB, default": "mabwiser LinUCB, alpha 1 (its default)",
    "Thompson, default": "mabwiser LinUCB, alpha 1 (its default)",
}


def regret(task: Task, learner: Learner) -> float:
    """What the best candidate in each context would have been liked more, over all choices."""
    lost, under_way = 0.0, deque[tuple[int, int, int]]()
    for t, x in enumerate(task.contexts):
        for one in [one for one in under_way if one[0] <= t]:
            under_way.remove(one)
            learner.learn(task.contexts[one[1]], one[2], float(task.thumbs[one[1], one[2]]))
        candidate = learner.choose(t, x)
        under_way.append((t + 1 + int(task.delays[t]), t, candidate))
        lost += float(task.liked[t].max() - task.liked[t, candidate])
    return lost


def measure() -> dict[str, Any]:
    """Each learner on each task. Raises `NoData` without mabwiser."""
    try:
        import mabwiser.mab  # noqa: F401
    except ImportError as why:
        raise NoData("run it by a Python that has mabwiser, which is no dependency") from why
    return {name: _on(task) for name, task in TASKS.items()}


def _on(make: Callable[[int], Task]) -> dict[str, Any]:
    tasks = [make(seed) for seed in SEEDS]
    found = {
        name: [regret(task, learner(seed)) for seed, task in zip(SEEDS, tasks, strict=True)]
        for name, learner in LEARNERS.items()
    }
    against = {}
    for ours, theirs in AGAINST.items():
        told = _told(paired(found[ours], found[theirs]).difference)
        against[ours] = {"against": theirs, **told, "not_worse": told["ci95"][0] <= 0}
    return {
        "regret": {name: _told(interval(values)) for name, values in found.items()},
        "difference": against,
    }


def _told(one: Interval) -> dict[str, Any]:
    low, high = one.low or 0.0, one.high or 0.0
    return {"mean": round(one.mean, 2), "ci95": [round(low, 2), round(high, 2)]}
