"""Diffusion: items are near one another where many steps between neighbours lead across."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.sparse.linalg import eigsh
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

from loop.features.maker import Maker, vocabulary
from loop.words import Vocabulary

LANDMARKS = 5_000  # items that it is fitted on, drawn at random where there are more
DENSE = 500  # items up to which all eigenvectors are taken, which is quicker then
CLOSEST = 0.1  # of the usual distance to the last neighbour: copies of an item are no closer
CHUNK = 4_096  # items placed at once


class Diffusion(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Diffusion maps (Coifman and Lafon 2006) of the rows that other makers make.

    Two rows' product is about what label spreading gives from one to the other (Zhou et al. 2004,
    `alpha`), so that a linear classifier on them learns from few labels what that would spread. The
    graph joins each of `LANDMARKS` items with its nearest *neighbours*, self-tuned (Zelnik-Manor
    and Perona 2004); any other item is placed amid its own (Nyström). Rows are of this *length*;
    where *beside*, those that they are made from stand before them.
    """

    def __init__(
        self,
        of: Maker | Sequence[Maker],
        neighbours: int = 10,
        dimensions: int = 100,
        alpha: float = 0.99,
        length: float = 1.0,
        beside: bool = False,  # noqa: FBT001, FBT002 - a setting, given by its name
        seed: int = 0,
    ) -> None:
        if neighbours < 1 or dimensions < 1 or not 0 < alpha < 1:
            raise ValueError(
                "diffusion takes neighbours and dimensions of 1 or more and an alpha between 0 and "
                f"1, not neighbours={neighbours}, dimensions={dimensions}, alpha={alpha}"
            )
        self.of = of
        self.neighbours = neighbours
        self.dimensions = dimensions
        self.alpha = alpha
        self.length = length
        self.beside = beside
        self.seed = seed

    @property
    def kind(self) -> str:
        """That of what it is made from."""
        return self._makers[0].kind

    def fit(self, items: Sequence[Any], _y: Any = None) -> Self:
        """Learn who is whose neighbour, and where that leads."""
        for maker in self._makers:
            maker.fit(items)
        drawn = np.random.default_rng(self.seed).permutation(len(items))[:LANDMARKS]
        rows = self._rows([items[place] for place in np.sort(drawn)])
        k = min(self.neighbours, len(rows) - 1)
        if k < 1:  # a single item has no neighbours
            self.near_, self.scale_, self.places_ = None, np.ones(1), np.ones((1, 1), np.float32)
            return self
        self.near_ = NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(rows)
        far, who = self.near_.kneighbors(rows)
        far, who = far[:, 1:], who[:, 1:]  # the first is the item itself, or its copy
        self.scale_ = far[:, -1]
        usual = float(np.median(self.scale_)) or 1.0
        self.scale_ = np.maximum(self.scale_, CLOSEST * usual)
        weights = np.exp(-(far**2) / (self.scale_[:, None] * self.scale_[who]))
        n = len(rows)
        graph = sparse.csr_matrix(
            (weights.ravel(), who.ravel(), np.arange(0, n * k + 1, k)), (n, n)
        )
        self.places_ = self._eigen(graph.maximum(graph.T))
        return self

    def transform(self, items: Sequence[Any]) -> NDArray[np.float32]:
        """Rows, (n, at most `dimensions`, and those of the makers where they stand beside)."""
        parts = (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
        return np.concatenate([self._placed(self._rows(part)) for part in parts])

    def vocabulary(self) -> Vocabulary | None:
        """That of what stands beside."""
        return vocabulary(self._makers[0]) if self.beside else None

    @property
    def _makers(self) -> list[Maker]:
        return [*self.of] if isinstance(self.of, Sequence) else [self.of]

    def _rows(self, items: Sequence[Any]) -> NDArray[np.float32]:
        """Those of the makers, each of length 1, that none of them has more weight."""
        return np.hstack([normalize(maker.transform(items)) for maker in self._makers])

    def _eigen(self, graph: Any) -> NDArray[np.float32]:
        """The place of each landmark, (n, dimensions): one factor of label spreading's kernel."""
        root = 1 / np.sqrt(np.maximum(np.asarray(graph.sum(axis=1)).ravel(), 1e-12))
        steps = sparse.diags(root) @ graph @ sparse.diags(root)
        n = len(root)
        if n <= DENSE:
            first = max(0, n - self.dimensions)
            values, vectors = linalg.eigh(steps.toarray(), subset_by_index=[first, n - 1])
        else:
            values, vectors = eigsh(steps, self.dimensions, which="LA", v0=np.ones(n))
        spread = np.sqrt((1 - self.alpha) / (1 - self.alpha * np.minimum(values, 1)))
        return normalize(vectors * spread).astype(np.float32)

    def _placed(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Each row amid its nearest landmarks."""
        if self.near_ is None:
            found = np.ones((len(rows), 1), np.float32)
        else:
            far, who = self.near_.kneighbors(rows, self.near_.n_neighbors - 1)
            mine = np.maximum(far[:, -1:], self.scale_.min())
            weights = np.exp(-(far**2) / (mine * self.scale_[who])).astype(np.float32)
            found = normalize(np.einsum("nk,nkd->nd", weights, self.places_[who]))
        found = np.float32(self.length) * found
        return np.hstack([rows, found]) if self.beside else found
