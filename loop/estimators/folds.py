"""Parts of labeled rows for cross-validation, where a class may have a single row."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

ALONE = -1


def folds(y: NDArray[Any], n: int, seed: int) -> NDArray[np.intp]:
    """The fold of each row, of *n*, each class spread over them.

    `ALONE` for a row that no other is of the class of: it stays in the training rows of all.
    """
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.permutation(len(y)), y))
    found = np.empty(len(y), np.intp)
    found[order] = np.arange(len(y)) % n
    kinds, counts = np.unique(y, return_counts=True)
    found[np.isin(y, kinds[counts == 1])] = ALONE
    return found
