"""BADGE: k-means++ among the gradients that each row would give (Ash et al. 2020).

The gradient of a row is the product of a = p - onehot(likeliest) and the row itself: n × (C·d)
numbers. They are never written down, since ⟨a⊗x, b⊗y⟩ = ⟨a, b⟩⟨x, y⟩.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from strategies.contract import Picks, Positions, Query, Scores, top
from strategies.geometry import Space, space_of
from strategies.registry import register
from strategies.sampling import NOTHING, k_means_plus_plus


@register(
    "badge",
    label="BADGE (diverse gradients)",
    needs={"probabilities"},
    cost="O(n·(d + C))",
    formula="squared distance of (p - onehot(likeliest)) ⊗ x to the nearest picked",
    paper="Ash et al. 2020 (arXiv 1906.03671)",
    when="large batches for linear models and networks",
)
def badge(query: Query, n: int) -> Picks:
    """Rows whose gradients are large and differ, drawn with probability ∝ squared distance.

    The first is the row with the largest gradient. The score is the squared distance to the
    nearest gradient picked before, of the first one its squared length.
    """
    gradients = Gradients(space_of(query), query.proba())
    first = int(top(gradients.lengths, 1, query.rng)[0])
    return k_means_plus_plus(gradients, first, n, query.rng)


class Gradients:
    """The rows of n × (C·d) gradients as two factors, and squared distances between them."""

    def __init__(self, space: Space, proba: NDArray[np.float64]) -> None:
        self.space = space
        self.errors: NDArray[np.floating[Any]] = proba.astype(space.dtype)
        self.errors[np.arange(len(proba)), proba.argmax(axis=1)] -= 1
        self.lengths = np.einsum("ij,ij->i", self.errors, self.errors) * space.lengths

    def lower(self, nearest: Scores, picked: Positions) -> None:
        """Set *nearest*, (n,) squared distances, to the least of itself and those to *picked*."""
        points = self.space.points(picked)
        errors, lengths = self.errors[picked].T, self.lengths[picked]
        for part, products in self.space.inner(points):
            np.multiply(products, self.errors[part] @ errors, out=products)
            least = (lengths - 2 * products).min(axis=1) + self.lengths[part]
            np.minimum(nearest[part], np.maximum(least, 0), out=nearest[part])
        nearest[picked] = 0

    def between(self, some: Positions, others: Positions) -> NDArray[np.float64]:
        """Squared distances between a few rows, (n_some, n_others), in float64."""
        found = -2 * self._products(some, others)
        lengths = [
            np.array([self._products(rows[[i]], rows[[i]])[0, 0] for i in range(len(rows))])
            for rows in (some, others)
        ]
        found += lengths[0][:, None]
        found += lengths[1]
        found[found < NOTHING * lengths[1]] = 0
        return found

    def _products(self, some: Positions, others: Positions) -> NDArray[np.float64]:
        rows = self.space.points(some) @ self.space.points(others).T
        plain = rows.toarray() if sparse.issparse(rows) else rows
        errors = self.errors[some].astype(float) @ self.errors[others].astype(float).T
        return np.asarray(plain * errors)
