"""A Gaussian process of how good things are, learned from ratings of several people.

A rating is what the thing deserves, plus what its rater adds to everything, plus noise: regression
by a Gaussian process (Rasmussen & Williams 2006, algorithm 2.1) with a random intercept for each
rater, and a variance of the noise for each. These, and the kernel's parameters, are the likeliest
ones under weak priors.
"""

from dataclasses import dataclass, replace
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize

from loop.gaussian.process import Matrix, Process

Codes: TypeAlias = NDArray[np.intp]

MOST_FITS = 30  # of the parameters
# Bounds of logarithms of variances; of a rater's own noise beside the usual.
SEVERITY_WITHIN, NOISE_WITHIN, OWN_WITHIN = (-9.0, 3.0), (-5.0, 3.0), (-3.0, 3.0)
JITTER = 1e-8  # of the diagonal, beside which all noise is large


@dataclass(frozen=True)
class Ratings:
    """Who rated what how."""

    things: Matrix  #: (n, n_features)
    raters: Codes  #: (n,)
    values: Matrix  #: (n,)

    @property
    def same(self) -> Matrix:
        """1 where two ratings are by one person, (n, n)."""
        return (self.raters[:, None] == self.raters).astype(float)


@dataclass(frozen=True)
class Prior:
    """What is thought of the parameters' logarithms before any rating: normal laws."""

    centre: Matrix  #: (k + 2,) of the kernel's, then the variances of raters and of noise
    sd: Matrix  #: (k + 2,)
    noises: float  #: standard deviation of what is a rater's own of the logarithm of noise


@dataclass(frozen=True)
class Rated(Process):
    """What is believed of the worth of anything, after the ratings, to a rater like the average."""

    kernel: Any  #: of scikit-learn, with its parameters as found
    ratings: Ratings
    mean: float  #: before any rating
    severity: float  #: variance of what raters add
    noise: float  #: variance of the rest, of a rater like the average
    noises: Matrix  #: (n_raters,) the same of each of them
    factor: Matrix  #: (m, m) lower Cholesky factor; m > n where answers are pending
    slope: Matrix  #: (n,) the inverse covariance times the ratings less the mean
    things: Matrix  #: (m, n_features) of the ratings, then what is pending

    def parts(self, X: Matrix) -> tuple[Matrix, Matrix]:
        """See `Process`."""
        cross = self.kernel(X, self.things)
        mean: Matrix = self.mean + cross[:, : len(self.slope)] @ self.slope
        return mean, solve_triangular(self.factor, cross.T, lower=True)

    def severities(self) -> tuple[Matrix, Matrix]:
        """What each rater adds: mean and standard deviation, (n_raters,), the pending left out."""
        n = len(self.slope)
        whose = np.eye(int(self.ratings.raters.max()) + 1)[self.ratings.raters] * self.severity
        told = solve_triangular(self.factor[:n, :n], whose, lower=True)
        variance = np.maximum(self.severity - (told**2).sum(axis=0), 0)
        return whose.T @ self.slope, np.sqrt(variance)

    def expecting(self, shown: Matrix) -> Self:
        """See `Process`; by somebody unknown, of things one at once."""
        if not len(shown):
            return self
        things = shown[:, 0]
        cross = self.kernel(things, self.things)
        own = self.kernel(things) + np.eye(len(things)) * (self.severity + self.noise)
        side = solve_triangular(self.factor, cross.T, lower=True)
        corner = cholesky(own - side.T @ side, lower=True)
        factor = np.block([[self.factor, np.zeros((len(self.factor), len(things)))],
                           [side.T, corner]])  # fmt: skip
        return replace(self, factor=factor, things=np.vstack([self.things, things]))


def learn(kernel: Any, ratings: Ratings, mean: float, prior: Prior) -> Rated:
    """The process after the ratings, its parameters the likeliest within the kernel's bounds.

    With one rater there is no severity to tell, nor whose noise it is. Costs O(n³) for n ratings
    and each look at them.
    """
    n_raters = int(ratings.raters.max()) + 1
    centre = np.r_[prior.centre, np.zeros(n_raters)]
    sd = np.r_[prior.sd, np.full(n_raters, prior.noises)]
    bounds = _bounds(kernel, n_raters)
    is_free = bounds[:, 0] < bounds[:, 1]

    def loss(at: Matrix) -> tuple[float, Matrix]:
        evidence, rise = _evidence(kernel, ratings, mean, at)
        away = (at - centre) / sd
        return float(away @ away) / 2 - evidence, np.where(is_free, away / sd - rise, 0)

    best = minimize(
        loss, np.clip(centre, *bounds.T), jac=True, method="L-BFGS-B", bounds=bounds,
        options={"maxiter": MOST_FITS},
    )  # fmt: skip
    found, severity, noise, noises = _taken(kernel, best.x)
    factor = _factor(found(ratings.things) + severity * ratings.same, noises[ratings.raters])
    slope = cho_solve((factor, True), ratings.values - mean)
    return Rated(found, ratings, mean, severity, noise, noises, factor, slope, ratings.things)


def _bounds(kernel: Any, n_raters: int) -> Matrix:
    """Of the logarithms of all parameters, as `Prior` has them, each rater's own noise behind."""
    if n_raters < 2:
        return np.array([*kernel.bounds, (0.0, 0.0), NOISE_WITHIN, (0.0, 0.0)])
    return np.array([*kernel.bounds, SEVERITY_WITHIN, NOISE_WITHIN, *[OWN_WITHIN] * n_raters])


def _taken(kernel: Any, at: Matrix) -> tuple[Any, float, float, Matrix]:
    """The kernel, and the variances: of severity, of noise, of the noise of each rater."""
    theta, (severity, noise), own = np.split(at, [n := len(kernel.theta), n + 2])
    found = kernel.clone_with_theta(theta)
    noise = float(np.exp(noise))
    return found, float(np.exp(severity)) if len(own) > 1 else 0.0, noise, noise * np.exp(own)


def _evidence(kernel: Any, ratings: Ratings, mean: float, at: Matrix) -> tuple[float, Matrix]:
    """Logarithm of the marginal likelihood, and its slopes with all parameters."""
    found, severity, _, noises = _taken(kernel, at)
    square, slopes = found(ratings.things, eval_gradient=True)
    same, each = ratings.same, noises[ratings.raters]
    factor = _factor(square + severity * same, each)
    away = ratings.values - mean
    slope = cho_solve((factor, True), away)
    evidence = -float(away @ slope) / 2 - float(np.log(np.diag(factor)).sum())
    inner = np.outer(slope, slope) - cho_solve((factor, True), np.eye(len(away)))
    rise = inner.ravel() @ slopes.reshape(inner.size, -1)
    own = np.bincount(ratings.raters, each * np.diag(inner), minlength=len(noises))
    rises = np.r_[rise, severity * (inner * same).sum(), own.sum(), own] / 2
    return evidence, rises


def _factor(square: Matrix, noises: Matrix) -> Matrix:
    found: Matrix = cholesky(square + np.diag(noises + JITTER), lower=True)
    return found
