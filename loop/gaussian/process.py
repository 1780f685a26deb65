"""What is believed of the value of anything, after a Gaussian process has learned."""

from abc import ABC, abstractmethod
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]


class Process(ABC):
    """A kernel, and what answers have taken off it."""

    kernel: Any  #: of scikit-learn, with its parameters as found

    @abstractmethod
    def parts(self, X: Matrix) -> tuple[Matrix, Matrix]:
        """Mean, (p,), of rows X, (p, n_features), and what answers tell, (m, p).

        The product of the latter with itself is taken off the kernel, so that the covariance of any
        two sums of values can be had without that of all rows.
        """

    @abstractmethod
    def expecting(self, shown: Matrix) -> Self:
        """The same while answers on things *shown*, (q, 1 or 2 at once, n_features), are under way.

        Each is taken to say what is believed already (the kriging believer: Ginsbourger et al.
        2010): the mean stays, and only the doubt about them shrinks.
        """

    def believed(self, X: Matrix) -> tuple[Matrix, Matrix]:
        """Mean, (p,), and covariance, (p, p), of the values of rows X, (p, n_features)."""
        mean, told = self.parts(X)
        return mean, self.kernel(X) - told.T @ told

    def spread(self, X: Matrix) -> tuple[Matrix, Matrix]:
        """Mean and variance, (p,) each, of each row alone: for many rows."""
        mean, told = self.parts(X)
        return mean, np.maximum(self.kernel.diag(X) - (told**2).sum(axis=0), 0)

    def gain(self, anchor: Matrix, X: Matrix) -> tuple[Matrix, Matrix]:
        """How much more each row of X is worth than *anchor*, (1, n_features).

        Mean and variance, (p,) each.
        """
        mean, told = self.parts(np.vstack([anchor, X]))
        own = self.kernel.diag(X) + self.kernel.diag(anchor) - 2 * self.kernel(anchor, X)[0]
        apart = told[:, 1:] - told[:, :1]
        return mean[1:] - mean[0], np.maximum(own - (apart**2).sum(axis=0), 0)


def draws(mean: Matrix, covariance: Matrix, n: int, rng: np.random.Generator) -> Matrix:
    """*n* draws, (n, p), of numbers that are normal together; equals are equal in each.

    NumPy's own takes the size of an eigenvalue that is below 0 by rounding, and tells them apart.
    """
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    found: Matrix = mean + rng.standard_normal((n, len(mean))) @ root.T
    return found
