"""Similar texts while there are few: by the letters that they share, weighed anew with each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from loop.words import WORD

# Of the ways that need to learn nothing, the one that noticed most in benchmarks/similar.py.
LETTERS = {"analyzer": "char_wb", "ngram_range": (3, 5), "sublinear_tf": True}
MARK = 0.2  # cosine


class Few:
    """As `Neighbours`, of so few texts that topics cannot be learned from them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = list(texts)
        self._rows: Any = None  # of all texts; None where some came since

    def add(self, texts: Sequence[str]) -> None:
        """Take these in."""
        self._texts += texts
        self._rows = None

    def similar(self, position: int) -> NDArray[np.intp]:
        """The positions of earlier texts with a cosine of at least the mark, in order."""
        if not position or not any(map(WORD.search, self._texts)):
            return np.empty(0, np.intp)
        if self._rows is None:
            self._rows = TfidfVectorizer(**LETTERS).fit_transform(self._texts)
        cosines = self._rows[:position] @ self._rows[position].T
        return np.flatnonzero(cosines.toarray().ravel() >= MARK)
