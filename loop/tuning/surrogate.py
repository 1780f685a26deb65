"""What answers say of settings: Gaussian processes over the cube, with what is thought beforehand.

Matérn kernels of order 5/2, a length for each feature. Priors are weak: worth is about as smooth as
a hill or two along each side, with fewer along each where there are many sides (after Hvarfner,
Hellsten & Nardi 2024). The figures were chosen on other functions than benchmarks report.
"""

from dataclasses import replace

import numpy as np

from loop.gaussian import preferential, rated
from loop.gaussian.preferential import Answers, Preferential
from loop.gaussian.rated import Prior, Rated, Ratings
from loop.gaussian.smooth import Smooth
from loop.tuning.cube import Matrix

SHORT = 0.3  # of a side of the cube: the usual length
LENGTHS = (0.05, 20.0)
LENGTH_SD, HEIGHT_SD, RATER_SD, NOISE_SD = 0.8, 1.0, 1.0, 1.0  # of logarithms
NOISES_SD = 0.7  # the same of how a rater's own noise differs from the usual
HEIGHT = 1.0  # variance of worth between settings, in points of the scale, squared
LEVEL = 4.0  # the same of all ratings together: nobody knows where the scale's middle will lie
RATER = 0.1  # of what raters add
NOISE = 0.25  # of the rest; rounding to a point alone is 0.08
WORTH = 4.0  # variance of worth between settings, in log odds of being preferred


def of_ratings(ratings: Ratings, middle: float, noises_sd: float = NOISES_SD) -> Rated:
    """What ratings say; *middle* is that of the scale."""
    kernel, centre, sd = _worth(ratings.things.shape[1], HEIGHT, LEVEL)
    return rated.learn(
        kernel,
        ratings,
        middle,
        Prior(np.r_[centre, np.log([RATER, NOISE])], np.r_[sd, RATER_SD, NOISE_SD], noises_sd),
    )


def of_pairs(things: Matrix, answers: Answers) -> Preferential:
    """What preferences between rows of *things* say."""
    kernel, centre, sd = _worth(things.shape[1], WORTH)
    once, places = np.unique(things, axis=0, return_inverse=True)  # the best is in many pairs
    where = replace(answers, first=places[answers.first], second=places[answers.second])
    return preferential.learn(kernel, once, where, (centre, sd))


def _worth(k: int, height: float, level: float = 0.0) -> tuple[Smooth, Matrix, Matrix]:
    """The kernel of worth over *k* features, and the prior of its parameters."""
    kernel = Smooth(height, np.full(k, SHORT), LENGTHS, level)
    return kernel, kernel.theta, np.r_[HEIGHT_SD, np.full(k, LENGTH_SD)]
