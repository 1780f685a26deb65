"""What each rater adds to a rating, by Henderson's mixed model equations with variances by REML.

Items are fixed effects and raters random ones. The equations of the items are absorbed into those
of the raters, and these stand in their eigenbasis: there REML, too, is a search along one line.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.linalg import eigh
from scipy.optimize import minimize_scalar
from scipy.sparse.csgraph import connected_components

from loop.raters.answers import Codes, Matrix

_RATIOS = np.log(10) * np.linspace(-6, 4, 101)  # logs of variances of raters to noise, looked at


@dataclass(frozen=True)
class Ratings:
    """Items and raters as codes, in the order in which they first come."""

    items: Codes
    raters: Codes
    values: Matrix

    @cached_property
    def given(self) -> sparse.csr_array:
        """1 where a rater rated an item, (n_items, n_raters)."""
        return sparse.csr_array((np.ones(len(self.values)), (self.items, self.raters)))

    @cached_property
    def n(self) -> Codes:
        """Ratings of each item."""
        return np.bincount(self.items)

    @cached_property
    def means(self) -> sparse.csr_array:
        """What takes the mean over the raters of an item, (n_items, n_raters)."""
        return sparse.diags_array(1 / self.n) @ self.given

    @cached_property
    def plain(self) -> Matrix:
        """The mean of each item."""
        return np.bincount(self.items, self.values) / self.n

    @cached_property
    def beside(self) -> Matrix:
        """Each rating less the mean of its item; 0 where that differs by rounding alone."""
        return (self.values - self.plain[self.items]).round(12)

    @cached_property
    def linked(self) -> Codes:
        """The raters of items that others rated, too: only of these anything can be told."""
        return np.unique(self.raters[self.n[self.items] > 1])

    @cached_property
    def parts(self) -> Codes:
        """In which part of the graph each item is, and after these each rater."""
        both = sparse.block_array([[None, self.given], [self.given.T, None]])
        return connected_components(both, directed=False)[1]

    @cached_property
    def n_linked_parts(self) -> int:
        """In each of these, one severity follows from the others."""
        return len(np.unique(self.parts[len(self.n) :][self.linked]))

    @property
    def spare(self) -> int:
        """Ratings beyond those that it takes to tell items and linked raters."""
        return len(self.values) - len(self.n) - len(self.linked) + self.n_linked_parts


@dataclass(frozen=True)
class Effects:
    """What raters add to a rating, and how unsure that is."""

    values: Matrix  #: (n_raters,)
    root: Matrix  #: (n_linked, n_linked); times its transpose, the covariance of the errors
    rater_variance: float
    noise_variance: float


def effects_of(told: Ratings) -> Effects:
    """By the equations of the raters, those of the items absorbed, in their eigenbasis."""
    given = told.given[:, told.linked]
    shared = (given.T @ told.means[:, told.linked]).toarray()
    lengths, basis = eigh(np.diag(given.sum(axis=0)) - shared)
    lengths[: told.n_linked_parts] = 0  # but for rounding: what a whole part adds cannot be told
    sums = basis.T @ np.bincount(told.raters, told.beside)[told.linked]
    sums[: told.n_linked_parts] = 0
    ratio, noise = _variances(lengths, sums, told)
    drawn = ratio / (1 + ratio * lengths)
    values = np.zeros(told.given.shape[1])
    values[told.linked] = basis @ (drawn * sums)
    return Effects(values, basis * np.sqrt(noise * drawn), ratio * noise, noise)


def _variances(lengths: Matrix, sums: Matrix, told: Ratings) -> tuple[float, float]:
    """The variance of raters, as a ratio to that of noise, and that of noise; by REML.

    The likelihood of all differences between ratings of an item, with the noise profiled out.
    """
    n = len(told.values) - len(told.n)
    squares = np.divide(sums**2, lengths, out=np.zeros_like(sums), where=lengths > 0)
    rest = max(0.0, float(told.beside @ told.beside - squares.sum()))

    def noise(ratio: float) -> float:
        return float(rest + (squares / (1 + ratio * lengths)).sum()) / n

    def loss(log_ratio: float) -> float:
        ratio = np.exp(log_ratio)
        return float(n * np.log(noise(ratio)) + np.log1p(ratio * lengths).sum())

    best = int(np.argmin([loss(one) for one in _RATIOS]))
    around = _RATIOS[max(0, best - 1)], _RATIOS[min(best + 1, len(_RATIOS) - 1)]
    ratio = float(np.exp(minimize_scalar(loss, bounds=around, method="bounded").x))
    if loss(np.log(ratio)) >= n * np.log(noise(0)):  # raters differ by no more than chance
        ratio = 0.0
    return ratio, noise(ratio)
