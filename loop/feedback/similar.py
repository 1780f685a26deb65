"""Which earlier interactions are similar to one? Neighbours by the cosine, in the trainer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import normalize

from loop.features.maker import Maker
from loop.features.texts import Lsa

# Measured on the rows that `Lsa` makes, learned from so many texts: see benchmarks/similar.py.
MARK = 0.5  # cosine
LEARNED = 1_000


class Neighbours:
    """Texts in the order in which they came, and which of the earlier ones each is similar to.

    Rows are those of *maker*, by default `Lsa` (word and character TF-IDF, folded); with any other,
    such as an embedding, *mark* has to be found anew. It learns once, from `LEARNED` of *texts*,
    evenly spaced, so the same texts give the same neighbours. Raises `ValueError` where there are
    fewer: with less to tell texts apart by, too much is similar.
    """

    def __init__(
        self, texts: Sequence[str], maker: Maker | None = None, mark: float = MARK
    ) -> None:
        if len(texts) < LEARNED:
            raise ValueError(
                f"What is similar is not known yet: {len(texts):,} of {LEARNED:,} interactions"
            )
        spaced = np.linspace(0, len(texts) - 1, LEARNED).round().astype(int)
        self.mark = mark
        self._maker = (maker or Lsa()).fit([texts[i] for i in spaced])
        self._rows: NDArray[np.float32] | None = None  # room for more at its end
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, texts: Sequence[str]) -> range:
        """Take these in; returns their positions."""
        came = range(self._count, self._count + len(texts))
        if texts:
            new = np.asarray(normalize(self._maker.transform(texts)), np.float32)
            self._room(came.stop, new.shape[1])[came.start :] = new
            self._count = came.stop
        return came

    def similar(self, position: int) -> NDArray[np.intp]:
        """The positions of earlier texts with a cosine of at least the mark, in order."""
        if self._rows is None or not 0 <= position < self._count:
            raise IndexError(f"there is no text {position}, there are {self._count}")
        return np.flatnonzero(self._rows[:position] @ self._rows[position] >= self.mark)

    def _room(self, rows: int, width: int) -> NDArray[np.float32]:
        """The first *rows* rows; room doubles, so that each row is moved a few times at most."""
        if self._rows is None or rows > len(self._rows):
            larger = np.zeros((max(1_024, 2 * self._count, rows), width), np.float32)
            if self._rows is not None:
                larger[: self._count] = self._rows[: self._count]
            self._rows = larger
        return self._rows[:rows]
