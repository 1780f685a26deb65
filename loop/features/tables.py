"""Tables: numbers and categories, with blanks."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

FAR = 1e6  # of a scaled number: none of a pool is as far out, and 32 bits hold the sums of it
CATEGORIES = 100  # of a column, the most frequent ones


class Table(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Numbers standardised, blanks by the median with a mark; categories one-hot.

    A column is of numbers where no cell of it is a word; a word that comes later counts as blank.
    """

    kind = "table"

    def fit(self, rows: Sequence[Sequence[Any]], _y: Any = None) -> Self:
        """Learn medians, scales and categories."""
        columns = list(zip(*rows, strict=True))
        numeric = [i for i, c in enumerate(columns) if all(isinstance(v, float | None) for v in c)]
        others = [i for i in range(len(columns)) if i not in numeric]
        numbers = make_pipeline(
            SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
            StandardScaler(),
        )
        words = OneHotEncoder(
            handle_unknown="ignore", sparse_output=False, max_categories=CATEGORIES
        )
        self.numeric_ = numeric
        self.fold_ = ColumnTransformer([("numbers", numbers, numeric), ("words", words, others)])
        self.fold_.fit(self._cells(rows))
        return self

    def transform(self, rows: Sequence[Sequence[Any]]) -> NDArray[np.float32]:
        """Rows, (n, n_numbers + their blanks + n_categories)."""
        found = np.asarray(self.fold_.transform(self._cells(rows)))
        return np.clip(found, -FAR, FAR).astype(np.float32)

    def _cells(self, rows: Sequence[Sequence[Any]]) -> NDArray[Any]:
        table = np.empty((len(rows), len(rows[0])), dtype=object)
        for i, column in enumerate(zip(*rows, strict=True)):
            if i in self.numeric_:
                table[:, i] = [cell if isinstance(cell, float) else np.nan for cell in column]
            else:
                table[:, i] = ["" if cell is None else str(cell) for cell in column]
        return table
