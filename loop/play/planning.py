"""A policy that does what a learned reward asks for, by trying policies out."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from loop.errors import SettingsError
from loop.estimators import Reward, beliefs
from loop.features import Outputs
from loop.features.outputs import Clips
from loop.model_file import Model
from loop.play.clips import Clip, Policy, played
from loop.play.environment import Environment

Matrix: TypeAlias = NDArray[np.float64]

POPULATION, BEST, ROUNDS = 60, 10, 8
NARROWEST = 0.05  # standard deviation of a weight, so that it never stops looking
AHEAD = 250  # steps that are planned: the first 25 tell little of 500 (docs/play.md)
BEGINNING = 0  # seed of the episode that is planned by


def cross_entropy(value: Callable[[Matrix], float], size: int, rng: np.random.Generator) -> Matrix:
    """The weights, (size,), that *value* is highest at, by the cross-entropy method.

    In each round a population is drawn, N(mean, sd²) for each weight, and mean and sd are those of
    its best ones (Rubinstein 1999; as here Mannor et al. 2003). A linear policy asks for weights.
    """
    mean, spread = np.zeros(size), np.ones(size)
    for _ in range(ROUNDS):
        drawn = mean + spread * rng.standard_normal((POPULATION, size))
        best = np.argsort([-value(weights) for weights in drawn], kind="stable")[:BEST]
        mean, spread = drawn[best].mean(axis=0), np.maximum(drawn[best].std(axis=0), NARROWEST)
    return mean


def n_weights(world: Environment) -> int:
    """How many weights a linear policy has there: see `linear`."""
    return (len(world.actions) - 1) * world.size


def linear(weights: Matrix, world: Environment) -> Policy:
    """Does what is worth most, each action's worth being linear in the state.

    Only differences count: the first action's worth is 0, and *weights*, ((n_actions - 1) ·
    n_numbers,), are the others', one after another.
    """
    rows = np.concatenate([np.zeros(world.size), weights]).reshape(-1, world.size)
    return lambda state: int(np.argmax(rows @ state))


def by_reward(
    world: Environment, reward: Callable[[Clip], float], rng: np.random.Generator
) -> Matrix:
    """The weights of the linear policy whose first `AHEAD` steps *reward* finds best."""

    def worth(weights: Matrix) -> float:
        return reward(played(world, linear(weights, world), BEGINNING, AHEAD))

    return cross_entropy(worth, n_weights(world), rng)


def reward_of(model: Model, world: Environment) -> Callable[[Clip], float]:
    """What a model finds a clip worth, of any length.

    Raises `SettingsError` where it cannot tell: only what is linear in sums over the steps is a
    reward for each of them, and says of 250 what it learned of 25.
    """
    (reads,) = model.features.makers
    learned = model.estimator
    if not (isinstance(reads, Outputs) and isinstance(reads.of, Clips)) or not (
        isinstance(learned, Reward) and isinstance(learned.belief, beliefs.Linear)
    ):
        raise SettingsError(
            "A policy is planned by a reward for each step, which the recipe "
            "'outputs(clips) | linear_reward()' learns; this model has another one."
        )
    if reads.of.size_ != (known := 1 + 2 * world.size):
        raise SettingsError(
            f"The clips are of another environment: a state of {world.name} has {world.size} "
            f"numbers, which makes {known} features, and the model reads {reads.of.size_}."
        )

    def reward(clip: Clip) -> float:
        mean, _ = learned.rewards(reads.rows([("", clip.text)]))
        return float(mean[0])

    return reward
