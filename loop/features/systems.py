"""Systems that are compared: a pair of outputs is the contrast of what made them."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin


class Systems(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """+1 in the column of the first one's system, -1 in that of the second one's, else 0.

    One that comes later has no column; a pair of two of the same system is all 0.
    """

    kind = "system"

    def fit(self, pairs: Sequence[Sequence[Any]], _y: Any = None) -> Self:
        """Learn which there are."""
        self.names_ = sorted({str(name) for pair in pairs for name in pair})
        return self

    def transform(self, pairs: Sequence[Sequence[Any]]) -> NDArray[np.float32]:
        """Rows, (n, n_systems)."""
        column = {name: i for i, name in enumerate(self.names_)}
        rows = np.zeros((len(pairs), len(column)), np.float32)
        for row, (first, second) in zip(rows, pairs, strict=True):
            for name, sign in ((first, 1), (second, -1)):
                if str(name) in column:
                    row[column[str(name)]] += sign
        return rows
