"""Other ways to forecast than `loop.forecast`, for comparison: power laws of the audit answers.

Each is a function of the rounds so far (labels, audit answers, correct ones) and targets, and gives
a `Reach` for each target.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from forecast_runs import Run
from numpy.typing import NDArray
from scipy.special import expit, logit

from loop.forecast import DRAWS, EDGES, FARTHEST, Reach

FIRST = 20  # labels: where the law's error is the one that is drawn
EXPONENTS = np.geomspace(0.05, 3, 40)
ITEM, FADING = 0.83, 0.2  # two models' answers to one item: correlation 0.83 exp(-0.2 doublings)
WANDERING = 0.3  # of a curve about its law, in logits
RESAMPLES = 200

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rounds:
    """What a project knows of its rounds, oldest first; the answers of later ones include those."""

    labels: NDArray[np.intp]
    audit: NDArray[np.intp]
    correct: NDArray[np.intp]


Way = Callable[[Rounds, Sequence[float]], list[Reach]]


def law(runs: Sequence[Run]) -> tuple[Array, Array]:
    """Mean and covariance of past laws: logit of the error at `FIRST`, ln c, logit of what stays.

    Error(m) = error at FIRST · (stays + (1 − stays) (m / FIRST)^−c).
    """
    fitted = []
    for run in runs:
        error, weights = 1 - run.accuracy, np.ones(len(run.labels))
        floors, drops, squares = _least_squares(run.labels, error[:, None], weights)
        best = int(squares[:, 0].argmin())
        floor, drop = floors[best, 0], drops[best, 0]
        first = np.clip(floor + drop, 0.005, 0.95)
        stays = np.clip(floor / (floor + drop + 1e-9), 0.02, 0.98)
        fitted.append((logit(first), np.log(EXPONENTS[best]), logit(stays)))
    return np.mean(fitted, axis=0), np.cov(np.transpose(fitted))


def newest(runs: Sequence[Run]) -> Way:
    """A power law by a prior from past laws; of the audit answers only the newest model's count."""

    def weigh(rounds: Rounds, accuracy: Array) -> Array:
        n, correct = rounds.audit[-1], rounds.correct[-1]
        return correct * np.log(accuracy[:, -1]) + (n - correct) * np.log1p(-accuracy[:, -1])

    return _by_prior(runs, weigh)


def correlated(runs: Sequence[Run]) -> Way:
    """The same, but the last doubling's answers count with how they go together."""

    def weigh(rounds: Rounds, accuracy: Array) -> Array:
        recent = rounds.labels >= rounds.labels[-1] / 2
        m, n, correct = rounds.labels[recent], rounds.audit[recent], rounds.correct[recent]
        share = (correct.sum() + 2) / (n.sum() + 4)
        apart = np.abs(np.log2(m[:, None] / m))
        together = ITEM * np.exp(-FADING * apart)
        np.fill_diagonal(together, 1)
        spread = share * (1 - share)
        covariance = spread * together / np.maximum(n[:, None], n)
        covariance += (WANDERING * spread) ** 2 * np.exp(-apart)
        off = correct / n - accuracy[:, recent]
        return -0.5 * np.einsum("ij,jk,ik->i", off, np.linalg.inv(covariance), off)

    return _by_prior(runs, weigh)


def naive(rounds: Rounds, targets: Sequence[float]) -> list[Reach]:
    """Least squares to the accuracies; the interval from answers drawn anew for each round."""
    share = rounds.correct / rounds.audit
    rng = np.random.default_rng(0)
    drawn = rng.binomial(rounds.audit[:, None], share[:, None], (len(share), RESAMPLES))
    errors = 1 - np.column_stack([share, drawn / rounds.audit[:, None]])
    floors, drops, squares = _least_squares(rounds.labels, errors, rounds.audit.astype(float))
    best, every = squares.argmin(axis=0), np.arange(errors.shape[1])
    floor, drop, c = floors[best, every], drops[best, every], EXPONENTS[best]
    grid = _grid(rounds.labels[-1])
    accuracy = 1 - floor[:, None] - drop[:, None] * (grid / FIRST) ** -c[:, None]
    return [_crossing(grid, accuracy, target, np.ones(len(every))) for target in targets]


def _by_prior(runs: Sequence[Run], weigh: Callable[[Rounds, Array], Array]) -> Way:
    z = np.random.default_rng(0).multivariate_normal(*law(runs), DRAWS)
    error, c, stays = expit(z[:, :1]), np.exp(z[:, 1:2]), expit(z[:, 2:])

    def accuracy_at(labels: Array) -> Array:
        at = 1 - error * (stays + (1 - stays) * (labels / FIRST) ** -c)
        return np.clip(at, 0.003, 0.997)

    def way(rounds: Rounds, targets: Sequence[float]) -> list[Reach]:
        grid = _grid(rounds.labels[-1])
        said = weigh(rounds, accuracy_at(rounds.labels.astype(float)))
        weights, accuracy = np.exp(said - said.max()), accuracy_at(grid)
        return [_crossing(grid, accuracy, target, weights) for target in targets]

    return way


def _least_squares(
    labels: NDArray[np.intp], errors: Array, weights: Array
) -> tuple[Array, Array, Array]:
    """Floor, drop and weighted squares for each exponent and column; neither is below 0."""
    found = []
    share = weights / weights.sum()
    for c in EXPONENTS:
        u = (labels / FIRST) ** -c
        mean_u, mean_e = share @ u, share @ errors
        drop = (share * (u - mean_u)) @ (errors - mean_e) / (share @ (u - mean_u) ** 2)
        floor = mean_e - drop * mean_u
        drop = np.where(floor < 0, (share * u) @ errors / (share @ u**2), drop)
        drop = np.maximum(drop, 0)
        floor = np.where(drop > 0, np.maximum(floor, 0), mean_e)
        squares = share @ (errors - floor - np.outer(u, drop)) ** 2
        found.append((floor, drop, squares))
    floors, drops, all_squares = zip(*found, strict=True)
    return np.array(floors), np.array(drops), np.array(all_squares)


def _grid(now: int) -> Array:
    return now * np.geomspace(1, FARTHEST, 80)


def _crossing(grid: Array, accuracy: Array, target: float, weights: Array) -> Reach:
    is_there = accuracy >= target
    first = np.where(is_there.any(axis=1), grid[is_there.argmax(axis=1)], np.inf)
    order = np.argsort(first)
    upto = np.cumsum(weights[order]) / weights.sum()
    places = np.minimum(np.searchsorted(upto, EDGES), len(order) - 1)
    ends = [float(end) for end in first[order][places]]
    return Reach(*(end if np.isfinite(end) else None for end in ends))
