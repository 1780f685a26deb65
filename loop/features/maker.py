"""What makes rows of numbers of one kind of column."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from loop.words import Vocabulary


class Files(Protocol):
    """Where the files are that items name."""

    def path(self, name: str) -> Path:
        """The file of that name."""


class Maker(Protocol):
    """A transformer as scikit-learn's are. Of an item it gets what its kind of column holds.

    That is a text, all paths of its images, or all cells of its table.
    """

    @property
    def kind(self) -> str:
        """Text, image or table."""

    def fit(self, items: Sequence[Any]) -> Self:
        """Learn what there is to be learned without labels."""

    def transform(self, items: Sequence[Any]) -> NDArray[np.float32]:
        """Rows, (n_items, n_features)."""


def vocabulary(maker: Maker) -> Vocabulary | None:
    """What each word adds to the first of the rows, where the maker reads words."""
    return maker.vocabulary() if isinstance(maker, _ReadsWords) else None


@runtime_checkable
class _ReadsWords(Protocol):
    def vocabulary(self) -> Vocabulary | None: ...
