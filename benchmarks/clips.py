"""What is good play, learned from which of two clips is preferred, on CartPole-v1?

- clips: 25 steps, cut from episodes of a mix of policies: linear controllers, from good ones to
  ones that fall at once, which also act at random 0 to 40 % of the time. A clip ends where the pole
  falls. People compare 1,200 pairs of 300 of them; 1,000 pairs of 200 others are held out
- the true return, "upright": for each step until the fall 1 - |angle| / 24° - |place| / 4.8 m, that
  is less half of how far each is on the way to where the episode ends: what somebody sees who is
  asked which clip balances better. "plain" is CartPole's own: 1 for each step. There about half of
  the pairs are equal (`tied`), which people call a tie; none of these counts in its accuracy, and
  its rank correlation is held below 1 by them: Kendall's tau-b stands beside Spearman's
- the model reads sums of 1, of the state and of its squares, fixed before "upright" was: that is
  linear in none of them, being of absolute values; "plain" is one of them
- answers: 200, one in ten of those that name a clip names the other one. The first 10 are random; a
  round is a tenth of the answers so far, at least 5. Active: `informative-pairs`
- policy: a linear one by the cross-entropy method, 8 rounds of 60, for the mean reward of 25 steps
  from 10 beginnings; its return is the mean of 10 episodes of at most 500 steps. With the true
  return in place of the learned one: "by the true return"
- means of the seeds with their 95 % intervals (t); paired: active - random, by seed
"""

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from rewards import mean_of
from scipy import stats
from threadpoolctl import threadpool_limits

import strategies
from loop import recipes
from loop.features import Outputs
from loop.features.outputs import Clips
from loop.play.clips import Clip, cut, pairs, played
from loop.play.planning import cross_entropy

SEEDS, STEPS, ANSWERS, ERRORS = 10, 25, 200, 0.1
FIRST, LEAST, SHARE = 10, 5, 10
TAUGHT, HELD, N_PAIRS, N_HELD = 300, 200, 1_200, 1_000
AT = (10, 25, 50, 100, 150, 200)
LONGEST, EPISODES, BEGINNINGS = 500, 10, 10
CONTROLLER = np.array([0.1, 0.5, 3.0, 1.0])  # it balances; the others are near it, or far
FELL, LEFT = np.radians(12), 2.4  # where the episode ends
MODELS = {"linear": "linear_reward()", "gaussian": "gaussian_reward()"}
WAYS = ("random", "informative-pairs")
Matrix = NDArray[np.float64]


def upright(clip: Clip) -> float:
    """How upright the pole and how central the cart is, summed over the steps."""
    place, angle = np.abs(clip.states[:, 0]) / LEFT, np.abs(clip.states[:, 2]) / FELL
    return float((1 - angle / 2 - place / 2).sum())


def plain(clip: Clip) -> float:
    """CartPole's own return: 1 for each step."""
    return float(len(clip.actions))


RETURNS: Mapping[str, Callable[[Clip], float]] = {"upright": upright, "plain": plain}


def measure(seeds: range = range(SEEDS)) -> dict[str, Any]:
    """Both returns, both models, both ways."""
    cells = [
        (truth, model, way, seed)
        for truth in RETURNS
        for seed in seeds
        for model in MODELS
        for way in WAYS
    ]
    found = Parallel(n_jobs=os.cpu_count())(delayed(run)(*cell) for cell in cells)
    by: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for (*which, _), one in zip(cells, found, strict=True):
        by.setdefault(tuple(which), []).append(one)
    return {
        truth: {
            "by the true return": mean_of([ideal(truth, seed) for seed in seeds]),
            "tied": mean_of([one["tied"] for one in by[truth, "linear", "random"]]),
            **{model: _told({way: by[truth, model, way] for way in WAYS}) for model in MODELS},
        }
        for truth in RETURNS
    }


def run(truth: str, model: str, way: str, seed: int) -> dict[str, Any]:
    """One learner: held-out accuracy, rank correlations by answers, and its policy's return."""
    with threadpool_limits(1):
        taught, held = clips(seed, TAUGHT), clips(seed + 1_000_000, HELD)
        rng = np.random.default_rng([seed, 1])
        every, others = pairs(taught, N_PAIRS, rng), pairs(held, N_HELD, rng)
        reads = Outputs(Clips()).fit([["", one["a"], one["b"]] for one in every])
        X, T = (reads.transform([["", p["a"], p["b"]] for p in part]) for part in (every, others))
        value = RETURNS[truth]
        better = np.array([value(Clip.of(p["a"])) - value(Clip.of(p["b"])) for p in others])
        said, returns = _said(every, value, rng), np.array([value(clip) for clip in held])
        alone = reads.rows([("", clip.text) for clip in held])
        asked, points = rng.permutation(len(X))[:FIRST], []
        while True:
            made = recipes.estimator(MODELS[model], seed).fit(X[asked], said[asked])
            rewards, _ = made.rewards(alone)
            right = (made.differences(T)[0] > 0) == (better > 0)
            points.append(
                (
                    len(asked),
                    right[better != 0].mean(),
                    stats.spearmanr(rewards, returns).statistic,
                    stats.kendalltau(rewards, returns).statistic,
                )
            )
            if len(asked) >= ANSWERS:
                break
            asked = np.append(asked, _next(way, X, said, asked, made, rng))

        def worth(seen: list[Clip]) -> Matrix:
            rewards, _ = made.rewards(reads.rows([("", clip.text) for clip in seen]))
            return rewards

        weights = _policy(worth, seed)
        print(truth, model, way, seed, *points[-1], file=sys.stderr, flush=True)
        return {
            "points": [np.interp(AT, *column) for column in _columns(points)],
            "policy": _return(weights, seed),
            "tied": float((better == 0).mean()),
        }


def ideal(truth: str, seed: int) -> float:
    """What the planner comes to with the true return of clips."""
    value = RETURNS[truth]
    return _return(_policy(lambda seen: np.array([value(clip) for clip in seen]), seed), seed)


def _columns(points: list[tuple[float, ...]]) -> list[tuple[Matrix, Matrix]]:
    answers, *figures = np.array(points).T
    return [(answers, one) for one in figures]


def _said(
    every: list[dict[str, str]], value: Callable[[Clip], float], rng: np.random.Generator
) -> NDArray[Any]:
    better = np.array([value(Clip.of(one["a"])) - value(Clip.of(one["b"])) for one in every])
    wrong = rng.random(len(every)) < ERRORS
    return np.where(better == 0, "tie", np.where((better > 0) ^ wrong, "a", "b"))


def _next(
    way: str,
    X: NDArray[Any],
    said: NDArray[Any],
    asked: NDArray[np.intp],
    made: Any,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    left = np.setdiff1d(np.arange(len(X)), asked)
    n = min(max(LEAST, len(asked) // SHARE), ANSWERS - len(asked))
    query = strategies.Query(X[left], rng, model=made, seen=X[asked], labels=said[asked])
    return left[strategies.get(way)(query, n).positions]


class World:
    """CartPole-v1, as `loop.play.clips.World` has it, beginning also where it is told to."""

    def __init__(self) -> None:
        import gymnasium

        self.made = gymnasium.make("CartPole-v1").unwrapped
        self.is_over = False

    def reset(self, seed: int) -> None:
        """Begin anew: for clips anywhere that can still be saved, or lost."""
        self.made.reset(seed=seed)
        self.state = np.array(self.made.state, float)

    def step(self, action: int) -> "World":
        """Take an action."""
        _, _, self.is_over, _, _ = self.made.step(action)
        self.state = np.array(self.made.state, float)
        return self


def _act(weights: Matrix, astray: float, rng: np.random.Generator, state: Matrix) -> int:
    if astray and rng.random() < astray:
        return int(rng.integers(2))
    return int(weights @ state > 0)


def clips(seed: int, n: int) -> list[Clip]:
    """*n* clips of a mix of policies, one of each."""
    world, rng = World(), np.random.default_rng([seed, 2])
    found: list[Clip] = []
    for _ in range(n):
        weights = CONTROLLER + rng.choice([0.3, 1, 3]) * rng.standard_normal(4)
        policy = partial(_act, weights, rng.choice([0, 0.1, 0.4]), rng)
        episode = played(world, policy, int(rng.integers(2**31)), LONGEST // 2)
        parts = list(cut(episode, STEPS))
        found.append(parts[rng.integers(len(parts))])
    return found


def _policy(worth: Callable[[list[Clip]], Matrix], seed: int) -> Matrix:
    world, rng = World(), np.random.default_rng([seed, 3])
    beginnings = rng.integers(2**31, size=BEGINNINGS).tolist()

    def of(weights: Matrix) -> float:
        policy = partial(_act, weights, 0.0, rng)
        return float(worth([played(world, policy, one, STEPS) for one in beginnings]).mean())

    return cross_entropy(of, 4, rng)


def _return(weights: Matrix, seed: int) -> float:
    world, rng = World(), np.random.default_rng(0)
    policy = partial(_act, weights, 0.0, rng)
    starts = np.random.default_rng([seed, 4]).integers(2**31, size=EPISODES)
    return float(np.mean([len(played(world, policy, int(s), LONGEST).actions) for s in starts]))


def _told(by_way: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    points = {way: np.array([one["points"] for one in every]) for way, every in by_way.items()}
    names = ("accuracy", "spearman", "kendall")
    return {
        way: {
            name: {
                str(answers): mean_of(points[way][:, row, column])
                for column, answers in enumerate(AT)
            }
            for row, name in enumerate(names)
        }
        | {"policy": mean_of([one["policy"] for one in every])}
        for way, every in by_way.items()
    } | {
        "paired": {
            name: {
                str(answers): mean_of((points[WAYS[1]] - points[WAYS[0]])[:, row, column])
                for column, answers in enumerate(AT)
            }
            for row, name in enumerate(names)
        }
    }
