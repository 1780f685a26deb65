"""Pairs to compare for a reward model: which answer tells most of what is preferred?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from strategies.contract import Picks, Query, chunks, steps_of, top
from strategies.registry import register
from strategies.strengths import dense

Matrix = NDArray[np.float64]

TIMES, LEAST = 10, 1_000  # rows looked at together for each pick, and at least


@register(
    "informative-pairs",
    label="Pairs that tell most of the reward",
    needs={"pairs", "differences"},
    cost="O(n·d² + (10·picks)²·d), d features or, of a Gaussian process, answers",
    formula="½ log(1 + w v), w = p(1 - p)",
    paper="MacKay 1992, Information-based objective functions for active data selection",
    when="two outputs side by side, to learn a reward of outputs from what they are",
)
def informative_pairs(query: Query, n: int) -> Picks:
    """How much an answer is expected to tell of the reward, in nats.

    v is the variance of the difference of the two rewards and p the chance that a is preferred, by
    the mean of it: the information of an answer by Laplace's method. After each pick the variances
    are as if it had been answered, so that a batch does not ask the same twice. Beyond the first
    pick only the 10·n rows that told most before it are looked at, and at least 1,000.
    """
    model: Any = getattr(query.model, "estimator", query.model)
    found = [model.differences(dense(query.pool[part])) for part in chunks(query.n_pool)]
    mean, variance = (np.concatenate(parts) for parts in zip(*found, strict=True))
    weight = expit(mean) * expit(-mean)
    short = top(told(weight, variance), max(TIMES * n, LEAST), query.rng)
    rows = dense(query.pool[short])
    places, scores = greedily(weight[short], model.covariance(rows, rows), n, query.rng)
    return Picks(short[places], scores)


def told(weight: Matrix, variance: Matrix) -> Matrix:
    """The score of each row; see `informative-pairs`."""
    found: Matrix = np.log1p(weight * np.maximum(variance, 0)) / 2
    return found


def greedily(
    weight: Matrix, covariance: Matrix, n: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], Matrix]:
    """*n* rows with their scores, each as if those before it had been answered."""
    left, gone = covariance.copy(), np.zeros(len(weight), bool)
    places, scores = np.empty(n, np.intp), np.empty(n)
    for turn in range(n):
        now = told(weight, np.diag(left))
        steps = np.where(gone, -np.inf, steps_of(now))
        best = rng.choice(np.flatnonzero(steps == steps.max()))
        places[turn], scores[turn], gone[best] = best, now[best], True
        share = left[best] * np.sqrt(weight[best] / (1 + weight[best] * left[best, best]))
        left -= np.outer(share, share)
    return places, scores
