"""A Gaussian process of how good things are, learned from ratings of several people.

A rating is what the thing deserves, plus what its rater adds to everything, plus noise: regression
by a Gaussian process (Rasmussen & Williams 2006, algorithm 2.1) with a random intercept for each
rater. Both variances, and the kernel's parameters, are the likeliest ones under weak priors.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize

from loop.gaussian.process import Matrix, Process

Codes: TypeAlias = NDArray[np.intp]

MOST_FITS = 30  # of the parameters
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


@dataclass(frozen=True)
class Rated(Process):
    """What is believed of the worth of anything, after the ratings, to a rater like the average."""

    kernel: Any  #: of scikit-learn, with its parameters as found
    ratings: Ratings
    mean: float  #: before any rating
    severity: float  #: variance of what raters add
    noise: float  #: variance of the rest
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

    With one rater there is no severity to tell. Costs O(n³) for n ratings and each look at them.
    """
    alone = len(np.unique(ratings.raters)) < 2
    free = np.ones(len(prior.centre), dtype=bool)
    free[-2] = not alone
    bounds = [*kernel.bounds.tolist(), (-9.0, 3.0), (-5.0, 3.0)]

    def whole(theta: Matrix) -> Matrix:
        found = prior.centre.copy()
        found[free] = theta
        return found

    def loss(theta: Matrix) -> tuple[float, Matrix]:
        at = whole(theta)
        evidence, rise = _evidence(kernel, ratings, mean, at, alone=alone)
        away = (at - prior.centre) / prior.sd
        return float(away @ away) / 2 - evidence, (away / prior.sd - rise)[free]

    wanted: Sequence[Any] = [bound for bound, is_free in zip(bounds, free, strict=True) if is_free]
    start = np.clip(prior.centre[free], *np.array(wanted).T)
    best = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=wanted, options={"maxiter": MOST_FITS}
    )
    at = whole(best.x)
    severity, noise = (0.0 if alone else float(np.exp(at[-2]))), float(np.exp(at[-1]))
    found = kernel.clone_with_theta(at[:-2])
    square = found(ratings.things) + severity * ratings.same
    factor = _factor(square, noise)
    slope = cho_solve((factor, True), ratings.values - mean)
    return Rated(found, ratings, mean, severity, noise, factor, slope, ratings.things)


def _evidence(
    kernel: Any, ratings: Ratings, mean: float, at: Matrix, *, alone: bool
) -> tuple[float, Matrix]:
    """Logarithm of the marginal likelihood, and its slopes with the parameters, (k + 2,)."""
    square, slopes = kernel.clone_with_theta(at[:-2])(ratings.things, eval_gradient=True)
    severity, noise = (0.0 if alone else np.exp(at[-2])), np.exp(at[-1])
    same = ratings.same
    factor = _factor(square + severity * same, noise)
    away = ratings.values - mean
    slope = cho_solve((factor, True), away)
    evidence = -float(away @ slope) / 2 - float(np.log(np.diag(factor)).sum())
    inner = np.outer(slope, slope) - cho_solve((factor, True), np.eye(len(away)))
    rise = inner.ravel() @ slopes.reshape(inner.size, -1)
    own = np.array([severity * (inner * same).sum(), noise * np.trace(inner)])
    return evidence, np.concatenate([rise, own]) / 2


def _factor(square: Matrix, noise: float) -> Matrix:
    found: Matrix = cholesky(square + np.eye(len(square)) * (noise + JITTER), lower=True)
    return found
