"""What may be believed of the value of an output, from which of two was preferred."""

from typing import Any, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import pdist
from sklearn.base import BaseEstimator
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from loop.gaussian import preferential
from loop.gaussian.preferential import Answers
from strategies.strengths import WON, strengths

Matrix: TypeAlias = NDArray[np.float64]
Pairs: TypeAlias = tuple[Matrix, Matrix]  # what is known of a, and of b, (n, n_features) each

LEAST, MOST = 1e-3, 1e3  # variances looked at
SOON = {"xatol": 0.05, "maxiter": 20}  # of its logarithm: nothing hangs on more
WIDE = 2.0  # standard deviation of a variance's logarithm, before any answer
NEAR, FAR = 0.1, 10.0  # lengths looked at, by the usual distance of two outputs
FITTED_ON = 300  # answers that lengths are found by; a look costs the cube of them


class Belief(Protocol):
    """A Gaussian over the values of all outputs; a row is what is known of one of them."""

    def learn(self, first: Matrix, second: Matrix, labels: NDArray[Any], weights: Matrix) -> Self:
        """Learn from answers: `a` prefers the row of *first*, (n, n_features), to *second*'s.

        *labels*, (n,), are `a`, `b` or `tie`, and count by their *weights*, (n,) above 0.
        """

    def values(self, X: Matrix) -> tuple[Matrix, Matrix]:
        """Mean, (m,), and covariance, (m, m), beside the mean value of what it learned from."""

    def differences(self, first: Matrix, second: Matrix) -> tuple[Matrix, Matrix]:
        """Mean and variance of each pair's difference, (n,) each."""

    def covariance(self, pairs: Pairs, others: Pairs) -> Matrix:
        """Of the differences of n pairs, first and second, with those of m others, (n, m)."""


class Linear(BaseEstimator):  # type: ignore[misc]
    """A weight for each feature: Bradley and Terry's model (1952) by Laplace's method.

    Weights are N(0, *variance*) before the first answer; where it is None it is the likeliest one
    (MacKay 1992), a priori 1, give or take a factor of e².
    """

    def __init__(self, variance: float | None = None) -> None:
        if variance is not None and variance <= 0:
            raise ValueError(f"the variance of linear_reward is above 0, not {variance}")
        self.variance = variance

    def learn(self, first: Matrix, second: Matrix, labels: NDArray[Any], weights: Matrix) -> Self:
        """See `Belief`."""
        rows = first - second
        self.variance_ = self.variance or _likeliest_variance(rows, labels, weights)
        known = strengths(rows, labels, weights, self.variance_)
        self.mean_, self.covariance_ = known.mean, known.covariance
        self.middle_ = np.unique(np.concatenate([first, second]), axis=0).mean(axis=0)
        return self

    def values(self, X: Matrix) -> tuple[Matrix, Matrix]:
        """See `Belief`."""
        rows = X - self.middle_
        return rows @ self.mean_, rows @ self.covariance_ @ rows.T

    def differences(self, first: Matrix, second: Matrix) -> tuple[Matrix, Matrix]:
        """See `Belief`."""
        rows = first - second
        return rows @ self.mean_, ((rows @ self.covariance_) * rows).sum(axis=1)

    def covariance(self, pairs: Pairs, others: Pairs) -> Matrix:
        """See `Belief`."""
        found: Matrix = (pairs[0] - pairs[1]) @ self.covariance_ @ (others[0] - others[1]).T
        return found


def _likeliest_variance(rows: Matrix, labels: NDArray[Any], weights: Matrix) -> float:
    """The variance of the weights that the answers are likeliest with, by Laplace's method."""
    won = np.array([WON[str(label)] for label in labels])

    def loss(log: float) -> float:
        variance = float(np.exp(log))
        known = strengths(rows, labels, weights, variance)
        margin = rows @ known.mean
        said = weights @ (won * margin - np.logaddexp(0, margin))
        _, spread = np.linalg.slogdet(known.covariance / variance)
        evidence = said - known.mean @ known.mean / 2 / variance + spread / 2
        return float(log**2 / 2 / WIDE**2 - evidence)

    bounds = np.log([LEAST, MOST])
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options=SOON).x))


class Gaussian(BaseEstimator):  # type: ignore[misc]
    """Any smooth function of the features: a Gaussian process over preferences (`Preferential`).

    Its kernel is v·exp(-r²/2l²); v and l are the likeliest, a priori about 1 and *length* times the
    usual distance of two outputs.
    """

    def __init__(self, length: float = 1.0) -> None:
        if length <= 0:
            raise ValueError(f"the length of gaussian_reward is above 0, not {length}")
        self.length = length

    def learn(self, first: Matrix, second: Matrix, labels: NDArray[Any], weights: Matrix) -> Self:
        """See `Belief`."""
        won = np.array([WON[str(label)] for label in labels])
        things, answers = _about(first, second, won, weights)
        few = _about(*(part[:FITTED_ON] for part in (first, second, won, weights)))
        self.known_ = preferential.learn(self._kernel(*few), things, answers)
        mean, told = self.known_.parts(things)
        self.level_, self.middle_ = mean.mean(), told.mean(axis=1)
        self.usual_ = self.known_.kernel(things).mean()
        return self

    def _kernel(self, things: Matrix, answers: Answers) -> Any:
        """With the parameters that these answers are likeliest with."""
        apart = pdist(things)
        apart = apart[apart > 0]
        usual = self.length * (float(np.median(apart)) if len(apart) else 1.0)
        lengths = (NEAR * usual, FAR * usual)
        kernel = ConstantKernel(1.0, (LEAST, MOST)) * RBF(usual, lengths)
        prior = np.log([1.0, usual]), np.array([WIDE, 1.0])
        return preferential.learn(kernel, things, answers, prior).kernel

    def values(self, X: Matrix) -> tuple[Matrix, Matrix]:
        """See `Belief`."""
        mean, told = self.known_.parts(X)
        kernel, beside = self.known_.kernel, told - self.middle_[:, None]
        usual = kernel(X, self.known_.things).mean(axis=1)
        prior = kernel(X) - usual[:, None] - usual + self.usual_
        return mean - self.level_, prior - beside.T @ beside

    def differences(self, first: Matrix, second: Matrix) -> tuple[Matrix, Matrix]:
        """See `Belief`."""
        mean, told = self._parts((first, second))
        height, length = np.exp(self.known_.kernel.theta)
        near = np.exp(-((first - second) ** 2).sum(axis=1) / 2 / length**2)
        return mean, np.maximum(2 * height * (1 - near) - (told**2).sum(axis=0), 0)

    def covariance(self, pairs: Pairs, others: Pairs) -> Matrix:
        """See `Belief`."""
        (a, b), (c, d), kernel = pairs, others, self.known_.kernel
        prior = kernel(a, c) - kernel(a, d) - kernel(b, c) + kernel(b, d)
        found: Matrix = prior - self._parts(pairs)[1].T @ self._parts(others)[1]
        return found

    def _parts(self, pairs: Pairs) -> tuple[Matrix, Matrix]:
        """As `Preferential.parts`, of differences."""
        (mean, told), (other, their) = (self.known_.parts(side) for side in pairs)
        return mean - other, told - their


def _about(first: Matrix, second: Matrix, won: Matrix, weights: Matrix) -> tuple[Matrix, Answers]:
    """The outputs, each of them once, and the answers about them."""
    things, places = np.unique(np.concatenate([first, second]), axis=0, return_inverse=True)
    one, other = places.reshape(2, -1)
    return things, Answers(one, other, won, weights)
