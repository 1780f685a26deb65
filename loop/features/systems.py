"""Systems that are compared: a pair of outputs is the contrast of what made them."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin


class Systems(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """+1 in the column of the first one's system, -1 in that of the second one's, else 0.

    One that comes later has no column. A pair of two of the same system is all 0, and so is one of
    which it is not known, or not known any more, what made both.
    """

    kind = "system"

    def fit(self, pairs: Sequence[Sequence[Any]], _y: Any = None) -> Self:
        """Learn which there are."""
        self.names_ = sorted({str(name) for pair in pairs for name in pair if name is not None})
        return self

    def transform(self, pairs: Sequence[Sequence[Any]]) -> NDArray[np.float32]:
        """Rows, (n, n_systems)."""
        column = {name: i for i, name in enumerate(self.names_)}
        rows = np.zeros((len(pairs), len(column)), np.float32)
        for row, (first, second) in zip(rows, pairs, strict=True):
            if {str(first), str(second)} <= column.keys():
                row[column[str(first)]] += 1
                row[column[str(second)]] -= 1
        return rows
