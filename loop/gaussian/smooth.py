"""A kernel of scikit-learn's kind: Matérn's of order 5/2 with a height, a level, and lengths.

The same as `ConstantKernel(level) + ConstantKernel(height) * Matern(lengths, nu=2.5)`, and quicker
where it gives the slopes that its parameters are learned by: people wait for that.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.gaussian_process.kernels import Hyperparameter, Kernel

Matrix = NDArray[np.float64]

HEIGHTS = (1e-3, 1e3)  # bounds of a variance


class Smooth(Kernel):  # type: ignore[misc]  # it has no type hints
    """level + height (1 + s + s²/3) exp(-s), with s = √5 times the distance in lengths."""

    def __init__(
        self, height: float, lengths: Matrix, within: tuple[float, float], level: float = 0.0
    ) -> None:
        self.height = height
        self.lengths = lengths
        self.within = within
        self.level = level

    # scikit-learn copies kernels by the names of these.
    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002
        """What it was made from."""
        return {
            "height": self.height,
            "lengths": self.lengths,
            "within": self.within,
            "level": self.level,
        }

    @property
    def hyperparameter_height(self) -> Hyperparameter:
        """A variance."""
        return Hyperparameter("height", "numeric", HEIGHTS)

    @property
    def hyperparameter_lengths(self) -> Hyperparameter:
        """One for each feature."""
        return Hyperparameter("lengths", "numeric", self.within, len(self.lengths))

    def __call__(self, X: Matrix, Y: Matrix | None = None, eval_gradient: bool = False) -> Any:  # noqa: FBT001, FBT002
        """The kernel, (n, m), and with *eval_gradient* its slopes by `theta`, (n, n, 1 + k)."""
        left, right = X / self.lengths, (X if Y is None else Y) / self.lengths
        if not eval_gradient:
            squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1) - 2 * left @ right.T
            s = np.sqrt(5 * np.maximum(squares, 0))
            return self.level + self.height * (1 + s + s**2 / 3) * np.exp(-s)
        apart = (left[:, None, :] - right) ** 2
        s = np.sqrt(5 * apart.sum(axis=2))
        fall = self.height * np.exp(-s)
        worth = fall * (1 + s + s**2 / 3)
        apart *= (fall * (1 + s) * 5 / 3)[:, :, None]
        return self.level + worth, np.concatenate([worth[:, :, None], apart], axis=2)

    def diag(self, X: Matrix) -> Matrix:
        """Of each row with itself, (n,)."""
        return np.full(len(X), self.level + self.height)

    def is_stationary(self) -> bool:
        """Whether it depends on differences alone."""
        return True
