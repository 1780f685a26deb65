"""What to show next: the most promising points of the cube.

Promise is looked for at many points spread evenly (Sobol's), and then ever closer around the best
of them and of what was tried.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from scipy.stats import norm, qmc

from loop import model
from loop.gaussian.preferential import Preferential
from loop.gaussian.process import Process
from loop.tuning.cube import Cube, Matrix

Promise: TypeAlias = Callable[[Matrix], Matrix]  # of features, (n, n_features): (n,)

SPREAD = 1_024  # points looked at everywhere
AROUND = 5  # points that are looked around
EACH = 40  # points around each of them, each time
STEPS = (0.1, 0.03, 0.01)  # how far, in sides of the cube
LEAST_VARIANCE = 1e-12
ALIKE = 3  # decimals of features beyond which nobody sees a difference
JUMP = 0.2  # the chance that a side is drawn anew instead, as from one category to another


def spread(cube: Cube, n: int, rng: np.random.Generator) -> Matrix:
    """Points spread evenly over the cube, (n, sides)."""
    drawn = qmc.Sobol(cube.sides, rng=rng).random_base2(max(0, (n - 1).bit_length()))
    found: Matrix = drawn[:n]
    return found


def firsts(cube: Cube) -> int:
    """How many first proposals are spread evenly: of so few answers nothing is believed yet."""
    return 2 * cube.sides + 4


def promising(
    cube: Cube,
    promise: Promise,
    start: Matrix,
    rng: np.random.Generator,
    barred: Matrix | None = None,
) -> Matrix:
    """The most promising point, (sides,), found from everywhere and from around *start*.

    None that looks like a *barred* point, (n, sides), unless nothing else is left.
    """
    gone = set() if barred is None else _looks(cube.features(barred))

    def worth_of(U: Matrix) -> Matrix:
        X = cube.features(U)
        worth = promise(X)
        if gone:
            worth[[look in gone for look in map(tuple, X.round(ALIKE).tolist())]] = -np.inf
        return worth

    U = np.vstack([spread(cube, SPREAD, rng), start])
    worth = worth_of(U)
    for step in STEPS:
        best = np.argsort(-worth, kind="stable")[:AROUND]
        U, worth = U[best], worth[best]
        near = _around(np.repeat(U, EACH, axis=0), step, rng)
        U, worth = np.vstack([U, near]), np.r_[worth, worth_of(near)]
    found: Matrix = U[np.argmax(worth)]
    return found


def _looks(X: Matrix) -> set[tuple[float, ...]]:
    return set(map(tuple, X.round(ALIKE).tolist()))


def _around(U: Matrix, step: float, rng: np.random.Generator) -> Matrix:
    """Of each point one that differs in some sides."""
    moved = np.clip(U + step * rng.standard_normal(U.shape), 0, 1 - 1e-9)
    moved = np.where(rng.random(U.shape) < JUMP, rng.random(U.shape), moved)
    chosen = rng.random(U.shape) < 0.5
    return np.where(chosen, moved, U)


def next_points(
    cube: Cube,
    process: Process,
    best: Matrix,
    acquisition: str,
    rng: np.random.Generator,
    barred: Matrix | None = None,
) -> list[Matrix]:
    """What to show next, (sides,) each: one point to rate, or two to compare.

    *best* is the point that is believed best. It is compared with the one that promises most beside
    it: the better of the two is expected to be worth most (qEUBO: Astudillo, Lin, Bakshy & Frazier
    2023).
    """
    anchor = cube.features(best[None])
    if isinstance(process, Preferential):
        barred = best[None] if barred is None else np.vstack([barred, best])
        chosen = promising(cube, lambda X: improvement(process, anchor, X), best[None], rng, barred)
        return [best, chosen]
    mean, _ = process.spread(anchor)
    top = float(mean[0])

    def promise(X: Matrix) -> Matrix:
        return model.acquire(acquisition, process, top, X)

    return [promising(cube, promise, best[None], rng, barred)]


def improvement(process: Process, anchor: Matrix, X: Matrix) -> Matrix:
    """How much more the better of each row of X and *anchor*, (1, k), is worth than that, (n,)."""
    mean, variance = process.gain(anchor, X)
    sd = np.sqrt(np.maximum(variance, LEAST_VARIANCE))
    found: Matrix = mean * norm.cdf(mean / sd) + sd * norm.pdf(mean / sd)
    return found
