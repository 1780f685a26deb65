"""Who said what of which item: three parallel arrays of codes, and what follows from them alone."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Codes = NDArray[np.intp]
Matrix = NDArray[np.float64]


def codes(told: Iterable[Hashable], order: Sequence[Hashable]) -> Codes:
    """The place in *order* of each of what is *told*."""
    place = {one: code for code, one in enumerate(order)}
    return np.array([place[one] for one in told], np.intp)


@dataclass(frozen=True)
class Answers:
    """Answers in any order; an annotator answers an item once at most.

    A code is a place in a list of names that stands elsewhere, counted from 0. Raises `ValueError`
    where codes, counts and shapes do not fit each other.
    """

    items: Codes  #: (n_answers,)
    annotators: Codes  #: (n_answers,)
    labels: Codes  #: (n_answers,)
    n_items: int
    n_annotators: int
    n_classes: int

    def __post_init__(self) -> None:
        for name, codes, n in (
            ("items", self.items, self.n_items),
            ("annotators", self.annotators, self.n_annotators),
            ("labels", self.labels, self.n_classes),
        ):
            if codes.ndim != 1 or codes.shape != self.items.shape or not len(codes):
                raise ValueError(f"{name} has the shape {codes.shape}, items {self.items.shape}.")
            if codes.min() < 0 or codes.max() >= n:
                raise ValueError(f"{name} holds codes outside 0 to {n - 1}.")
        both = np.sort(self.items * self.n_annotators + self.annotators)
        if (both[1:] == both[:-1]).any():
            raise ValueError("An annotator answers an item twice; keep one of the two answers.")

    @cached_property
    def counts(self) -> Matrix:
        """How many said each class, (n_items, n_classes)."""
        return self.by_item_and_class(None)

    @cached_property
    def shares(self) -> Matrix:
        """The same as shares of an item's answers; all alike where it has none."""
        given = self.counts.sum(axis=1, keepdims=True)
        alike = np.full_like(self.counts, 1 / self.n_classes)
        return np.divide(self.counts, given, out=alike, where=given > 0)

    @cached_property
    def given(self) -> Codes:
        """How many answers each annotator gave, (n_annotators,)."""
        return np.bincount(self.annotators, minlength=self.n_annotators)

    def by_item_and_class(self, weights: Matrix | None) -> Matrix:
        """Sums of what each answer weighs, (n_items, n_classes)."""
        place = self.items * self.n_classes + self.labels
        sums = np.bincount(place, weights, minlength=self.n_items * self.n_classes)
        return sums.reshape(self.n_items, self.n_classes).astype(float)

    @cached_property
    def uses(self) -> "Uses":
        """Which annotator ever says which class."""
        keys, use = np.unique(self.annotators * self.n_classes + self.labels, return_inverse=True)
        ones = np.ones(len(use))
        said = sparse.csr_array((ones, (self.items, use)), shape=(self.n_items, len(keys)))
        return Uses(keys // self.n_classes, keys % self.n_classes, said, said.T.tocsr())


@dataclass(frozen=True)
class Uses:
    """The pairs of an annotator and a class that this annotator says, each once.

    What a method learns of an annotator has a row for each use, not for each class, so that ten
    thousand annotators and a hundred classes fit into memory.
    """

    annotators: Codes  #: (n_uses,)
    labels: Codes  #: (n_uses,)
    said: sparse.csr_array  #: (n_items, n_uses), 1 where the item got this answer
    heard: sparse.csr_array  #: the same, (n_uses, n_items)

    def own(self, table: Matrix) -> Matrix:
        """What a table of (n_uses, n_classes) holds at the class of each use, (n_uses,)."""
        return table[np.arange(len(self.labels)), self.labels]
