"""Some rows of a matrix as a pool: read as they are looked at, never copied as a whole."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Selection:
    """The rows of *rows* at *positions*, for a pool in a mapped file that memory could not hold.

    It is looked at as an array is, by slices and by arrays of positions.
    """

    def __init__(self, rows: NDArray[Any], positions: NDArray[np.intp]) -> None:
        self.rows, self.positions = rows, positions
        self.shape = (len(positions), *rows.shape[1:])
        self.ndim, self.dtype = rows.ndim, rows.dtype

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, where: Any) -> NDArray[Any]:
        if isinstance(where, tuple):
            return np.asarray(np.asarray(self)[where])
        chosen = self.positions[where]
        if isinstance(where, slice) and len(chosen) and (np.diff(chosen) == 1).all():
            return self.rows[chosen[0] : chosen[-1] + 1]  # nothing between them: no copy
        found: NDArray[Any] = self.rows[chosen]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: FBT001
        """All of them in memory."""
        found = np.asarray(self[:], dtype)
        return found.copy() if copy and np.may_share_memory(found, self.rows) else found
