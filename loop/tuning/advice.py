"""Is it worth going on? What answers may still bring, in words.

All of it by the process itself, so it is believed no more than that: by draws of the worth of the
settings that promise most, all together.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from loop.gaussian.process import Process, draws
from loop.gaussian.rated import Rated
from loop.tuning.cube import Matrix
from loop.tuning.learned import Learned
from loop.tuning.search import improvement, promising

DRAWS = 1_000
LOOKED_AT = 200  # settings that might be better, the most promising of all that were looked at
WORTH_IT = {True: 0.25, False: 0.5}  # a gain that is one: points of a scale of five, or log odds
ENOUGH = 0.10  # chance of such a gain below which stopping is advised
LEAST = 3  # answers for each parameter, before any advice to stop
NOTHING = 0.05  # share of the variance of ratings that settings explain, below which it is noise


@dataclass(frozen=True)
class Advice:
    """Whether to stop, and why."""

    stop: bool
    words: str
    chance: float | None  #: that some setting is better by what is worth it
    gain: float | None  #: expected of the most promising setting, over the best one


def advice(learned: Learned, said: list[str], rng: np.random.Generator) -> Advice:
    """What to do after the answers *said*, as they stand in the log."""
    is_rated = isinstance(learned.process, Rated)
    if len(said) > 1 and len(set(said)) == 1:
        what = "rating" if is_rated else "answer"
        return Advice(
            stop=False,
            words=f"Every {what} so far is {said[0]!r}: nothing tells one setting from another. "
            "Proposals go on elsewhere; if it stays so, widen the ranges, or judge more finely.",
            chance=None,
            gain=None,
        )
    chance, gain = _left(learned, rng)
    least = LEAST * learned.cube.sides
    worth = WORTH_IT[is_rated]
    unit = "points" if is_rated else "log odds"
    means = (
        "" if is_rated else f", which is to be preferred {100 * expit(worth):.0f} % of the time,"
    )
    left = (
        f"Some setting is better than the best one by {worth:g} {unit}{means} with a chance of "
        f"{100 * chance:.0f} %; the most promising one is expected to gain {gain:.2f} {unit}."
    )
    if noise := _contradict(learned.process, len(said)):
        return Advice(stop=False, words=f"{noise} {left}", chance=chance, gain=gain)
    if len(said) < least:
        words = f"Go on: {len(said)} of the {least} answers that any advice to stop waits for."
        return Advice(stop=False, words=f"{words} {left}", chance=chance, gain=gain)
    stop = chance < ENOUGH
    return Advice(
        stop=stop, words=f"{'You can stop' if stop else 'Go on'}. {left}", chance=chance, gain=gain
    )


def _contradict(process: Process, n: int) -> str | None:
    """Whether people's answers are as different on like settings as on unlike ones."""
    if not isinstance(process, Rated) or n < 2 * LEAST:
        return None
    explained = float(np.var(process.spread(process.ratings.things)[0]))
    if explained >= NOTHING * float(np.var(process.ratings.values)):
        return None
    return (
        "The answers contradict each other: like settings are rated as differently as unlike ones, "
        "so nothing can be told of them yet."
    )


def _left(learned: Learned, rng: np.random.Generator) -> tuple[float, float]:
    """The chance that some setting is better by what is worth it, and the expected gain of one."""
    process, cube, best = learned.process, learned.cube, learned.best_point[None]
    anchor = cube.features(best)
    looked: list[Matrix] = []

    def promise(X: Matrix) -> Matrix:
        looked.append(X)
        return improvement(process, anchor, X)

    promising(cube, promise, best, rng)
    X = np.unique(np.vstack(looked), axis=0)
    gain = improvement(process, anchor, X)
    most = X[np.argsort(-gain, kind="stable")[:LOOKED_AT]]
    mean, covariance = process.believed(np.vstack([anchor, most]))
    drawn = draws(mean, covariance, DRAWS, rng)
    worth = WORTH_IT[isinstance(process, Rated)]
    better = (drawn[:, 1:] - drawn[:, :1]).max(axis=1) > worth
    return float(better.mean()), float(gain.max())
