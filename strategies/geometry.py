"""Distances of a large pool to a few points: a matrix product a chunk, and never n × n of anything.

All distances are Euclidean. Those of the whole pool are taken in its own precision; whoever
chooses between a few rows asks for theirs in float64. CSR rows stay CSR.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from strategies.contract import Matrix, Positions, Query, Scores, chunks, top
from strategies.errors import BadQuery
from strategies.selection import Selection

Points: TypeAlias = Any  # a few rows in float64, (n, n_dims): an array, or CSR where the pool is

CELLS = 1 << 22  # numbers of a block of distances: 16 to 32 MB
ROUNDING = 16  # of the numbers' precision: what a squared distance may be wrong by, for its terms


class Space:
    """The rows of a pool, (n, n_dims), as points."""

    def __init__(self, rows: Matrix, lengths: NDArray[Any] | None = None) -> None:
        self.rows = rows
        self.n: int = rows.shape[0]
        self.dtype: Any = np.float32 if rows.dtype == np.float32 else np.float64
        if lengths is None:
            lengths = np.concatenate([_squares(rows[part]) for part in chunks(self.n)])
        self.lengths = lengths  #: squared, (n,)

    def points(self, positions: Positions) -> Points:
        """These rows in float64."""
        return self.rows[positions].astype(np.float64)

    def inner(self, points: Points) -> Iterator[tuple[slice, NDArray[np.floating[Any]]]]:
        """Slices of the rows, with their inner products with *points*, (rows, n_points)."""
        columns = np.ascontiguousarray(_plain(points).T, self.dtype)
        for part in self._parts(points):
            yield part, np.asarray(self.rows[part] @ columns)

    def apart(self, points: Points) -> Iterator[tuple[slice, NDArray[np.floating[Any]]]]:
        """The same with squared distances; they may be negative by a rounding error."""
        lengths = _squares(points).astype(self.dtype)
        for part, products in self.inner(points * -2):
            # In place: to make a new block of this size costs about as much as the product.
            np.add(products, lengths, out=products)
            np.add(products, self.lengths[part, None], out=products)
            yield part, products

    def lower(self, nearest: Scores, points: Points) -> None:
        """Set *nearest*, (n,) squared distances, to the least of itself and those to *points*."""
        if not points.shape[0]:
            return
        for part, products in self._lines(points):
            least = np.maximum(products.min(axis=0) + self.lengths[part], 0)
            np.minimum(nearest[part], least, out=nearest[part])

    def within(self, points: Points, radius: float) -> NDArray[np.uint8]:
        """Which rows lie within a squared *radius* of each of *points*, (n_points, n / 8) bits.

        Those that are farther by a rounding error do, so that each row lies within 0 of itself.
        """
        bits = np.zeros((points.shape[0], -(-self.n // 8)), np.uint8)
        rounding = ROUNDING * np.finfo(self.dtype).eps
        reach = radius + rounding * _squares(points).max(initial=0)
        for part, products in self._lines(points):
            found = np.packbits(products <= reach - (1 - rounding) * self.lengths[part], axis=1)
            bits[:, part.start // 8 : part.start // 8 + found.shape[1]] = found
        return bits

    def _lines(self, points: Points) -> Iterator[tuple[slice, NDArray[np.floating[Any]]]]:
        """Slices of the rows, and squared distances less the rows' lengths, (n_points, rows)."""
        # A line for each point: the least of each column is then found in half the time.
        lines = np.ascontiguousarray(_plain(points * -2), self.dtype)
        lengths = _squares(points).astype(self.dtype)[:, None]
        for part in self._parts(points):
            products = np.asarray(lines @ self.rows[part].T)
            np.add(products, lengths, out=products)
            yield part, products

    def _parts(self, points: Points) -> Iterator[slice]:
        # A part of a selection is a copy; CSR may be a hundred thousand columns wide, and is not.
        width = self.rows.shape[1] if isinstance(self.rows, Selection) else 1
        # A multiple of eight, so that a part's bits fill whole bytes.
        return chunks(self.n, max(256, CELLS // max(1, points.shape[0], width) // 8 * 8))

    def nearest(self, points: Points) -> Scores:
        """Squared distance of each row to the nearest of *points*, (n,); infinite without any."""
        nearest = np.full(self.n, np.inf)  # float64, so that what is known exactly stays so
        self.lower(nearest, points)
        return nearest


def squared_distances(some: Points, others: Points) -> NDArray[Any]:
    """Squared distances between two small sets of rows, (n_some, n_others), in their precision."""
    found = np.asarray(_plain(some @ others.T))
    found *= -2
    found += _squares(some)[:, None]
    found += _squares(others)
    return np.maximum(found, 0, out=found)


def joined(some: Points, others: Points) -> Points:
    """One set of rows after the other."""
    if sparse.issparse(some):
        return sparse.vstack([some, others], format="csr")
    return np.concatenate([some, others])


def space_of(query: Query) -> Space:
    """The pool's rows where distances are taken: its embedding, else its features."""
    rows, memory = query.pool if query.embedding is None else query.embedding, query.memory
    if memory is None:
        return Space(rows)
    space = Space(rows, memory.gathered(memory.kept.get("lengths", np.empty(0)), -1))
    memory.kept["lengths"] = memory.spread(space.lengths, -1)
    return space


def seen_points(query: Query) -> Points:
    """The labeled rows in the same space; none before the first label."""
    if query.seen is None:
        return (query.pool if query.embedding is None else query.embedding)[:0].astype(np.float64)
    if query.embedding is None:
        return query.seen.astype(np.float64)
    if query.seen_embedding is None:
        raise BadQuery(
            "The pool has an embedding and the labeled rows have none, so nothing can say how far "
            "they lie apart: give `seen_embedding` too."
        )
    return query.seen_embedding.astype(np.float64)


def nearest_seen(query: Query, space: Space) -> Scores:
    """Squared distance of each row to the nearest labeled one, (n_pool,).

    With `query.memory` only rows labeled since the last query are compared.
    """
    points, memory = seen_points(query), query.memory
    if memory is None:
        return space.nearest(points)
    every, compared = memory.kept.get("nearest", (np.empty(0), memory.seen_rows[:0]))
    nearest = memory.gathered(every, np.inf)
    if nearest is None or not np.isin(compared, memory.seen_rows).all():  # or a label was undone
        nearest = space.nearest(points)
    else:
        space.lower(nearest, points[~np.isin(memory.seen_rows, compared)])
    memory.kept["nearest"] = memory.spread(nearest, np.inf), memory.seen_rows
    return nearest


def central(space: Space, rng: np.random.Generator) -> int:
    """The row nearest the mean of all."""
    total = sum(
        np.asarray(space.rows[part].sum(axis=0, dtype=np.float64)) for part in chunks(space.n)
    )
    mean = np.atleast_2d(cast(Any, total) / space.n)
    return int(top(-np.sqrt(space.nearest(mean)), 1, rng)[0])


def _plain(points: Points) -> Any:
    return points.toarray() if sparse.issparse(points) else points


def _squares(rows: Any) -> Any:
    if sparse.issparse(rows):
        return np.asarray(rows.multiply(rows).sum(axis=1)).ravel()
    return np.einsum("ij,ij->i", rows, rows)
