"""How far two annotators agree on the items that both answered: percent and Cohen's kappa."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from loop.evaluation import wilson
from loop.raters.answers import Answers, Codes, Matrix
from loop.raters.resampling import Figure, Patterns, figure

BUSIEST = 300  # annotators among whom pairs are looked for: ten thousand make fifty million pairs
MOST = 300  # pairs, those with the most items in common


@dataclass(frozen=True)
class Pair:
    """Two annotators."""

    first: int
    second: int
    items: int  #: those that both answered
    percent: Figure  #: with Wilson's interval
    kappa: Figure


def pairs(answers: Answers, rng: np.random.Generator) -> list[Pair]:
    """The pairs with the most items in common, at most `MOST`, of the `BUSIEST` annotators."""
    busiest = np.argsort(-answers.given, kind="stable")[:BUSIEST]
    where = np.full(answers.n_annotators, -1)
    where[busiest] = np.arange(len(busiest))
    is_busy = where[answers.annotators] >= 0
    row, column = where[answers.annotators[is_busy]], answers.items[is_busy]
    shape = (len(busiest), answers.n_items)
    # One more than the label: 0 is no answer.
    said = sparse.csr_array((answers.labels[is_busy] + 1, (row, column)), shape=shape)
    shared = sparse.triu(_ones(said) @ _ones(said).T, 1).tocoo()
    order = np.lexsort((shared.col, shared.row, -shared.data))[:MOST]
    return [
        _pair(
            busiest.tolist(), said, int(shared.row[at]), int(shared.col[at]), answers.n_classes, rng
        )
        for at in order
    ]


def _ones(said: sparse.csr_array) -> sparse.csr_array:
    return sparse.csr_array((np.ones(said.nnz, int), said.indices, said.indptr), shape=said.shape)


def _pair(
    names: list[int], said: sparse.csr_array, a: int, b: int, n: int, rng: np.random.Generator
) -> Pair:
    """The figures of two rows."""
    one, other = _common(said, a, b)
    seen, same = _cells(one, other, n), int((one == other).sum())
    why = "Both say the same class on every item; what chance gives is the same."
    if seen.n_items < 2:
        why = "They have one item in common; what chance gives is not known."
    return Pair(
        min(names[a], names[b]),
        max(names[a], names[b]),
        seen.n_items,
        Figure(same / len(one), *wilson(same, len(one))),
        figure(cohen, seen, rng, why),
    )


def _common(said: sparse.csr_array, a: int, b: int) -> tuple[Codes, Codes]:
    """What both said of the items that both answered."""
    one, other = (slice(said.indptr[row], said.indptr[row + 1]) for row in (a, b))
    _, here, there = np.intersect1d(
        said.indices[one], said.indices[other], assume_unique=True, return_indices=True
    )
    return said.data[one][here] - 1, said.data[other][there] - 1


def _cells(a: Codes, b: Codes, n: int) -> Patterns:
    """The cells of their table that hold an item; a pattern has the two labels side by side."""
    cell, times = np.unique(a * n + b, return_counts=True)
    return Patterns(np.eye(n)[np.stack([cell // n, cell % n], axis=1)].reshape(-1, 2 * n), times)


def cohen(cells: Matrix, times: Matrix) -> Matrix:
    """Cohen's kappa (1960); NaN of one item, and where both always say the same class."""
    first, second = np.split(cells, 2, axis=1)
    n, same = times.sum(axis=1), times @ (first * second).sum(axis=1)
    chance = ((times @ first) * (times @ second)).sum(axis=1) / n  # items
    is_told = (chance < n) & (n > 1)
    return np.where(is_told, (same - chance) / np.where(is_told, n - chance, 1), np.nan)
