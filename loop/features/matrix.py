"""Items into rows of numbers: each column by the features of its kind, side by side.

Everything is fitted on the pool alone: an audit item is transformed, never learned from.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import normalize

from loop.features.images import Pixels
from loop.features.maker import Files, Maker, vocabulary
from loop.features.outputs import Closeness, Length, Outputs
from loop.features.systems import Systems
from loop.features.tables import Table
from loop.features.texts import Lsa
from loop.words import Vocabulary

READ = 100_000  # characters of a text; the terms of one of 5 MB would fill a gigabyte
USUAL: Mapping[str, Callable[[], Maker]] = {  # by kind, in order
    "table": Table,
    "text": Lsa,
    "image": Pixels,
    "system": Systems,
    "pair": lambda: Outputs([Length(), Closeness()]),
}


class Features:
    """Makers for each kind of column, to be fitted once. *kinds* says what each column holds.

    A kind that no maker is for has its usual one.
    """

    def __init__(self, makers: Sequence[Maker], kinds: Mapping[str, str]) -> None:
        self.kinds = {name: kind for name, kind in kinds.items() if kind in USUAL}
        there = [kind for kind in USUAL if kind in self.kinds.values()]
        named = {kind: [one for one in makers if kind == one.kind] for kind in there}
        self.makers: list[Maker] = [one for kind in there for one in named[kind] or [USUAL[kind]()]]

    def fit(self, items: Sequence[Mapping[str, Any]], media: Files) -> Self:
        """Learn from items by their fields."""
        for maker in self.makers:
            maker.fit(self._given(maker.kind, items, media))
        return self

    def transform(self, items: Sequence[Mapping[str, Any]], media: Files) -> NDArray[np.float32]:
        """Rows, (n_items, n_features). Beside others, those of an image have length 1."""
        blocks = []
        for maker in self.makers:
            rows = maker.transform(self._given(maker.kind, items, media))
            is_one_of_many = maker.kind == "image" and len(self.makers) > 1
            blocks.append(normalize(rows) if is_one_of_many else rows)
        return blocks[0] if len(blocks) == 1 else np.hstack(blocks)

    def of(
        self, items: Sequence[Mapping[str, Any]], pool: Sequence[int], media: Files
    ) -> NDArray[np.float32]:
        """Rows of all items, (n_items, n_features), after learning from those of *pool* alone."""
        return self.fit([items[position] for position in pool], media).transform(items, media)

    def __str__(self) -> str:
        return f"{' + '.join(map(str, self.makers))} of {self.kinds}"

    def vocabulary(self) -> Vocabulary | None:
        """What each word adds to the rows, where words are read; for that they come first."""
        return vocabulary(self.makers[0])

    def _given(self, kind: str, items: Sequence[Mapping[str, Any]], media: Files) -> list[Any]:
        names = [name for name in self.kinds if self.kinds[name] == kind]
        if kind == "text":
            return ["\n".join(item[name] for name in names)[:READ] for item in items]
        if kind == "image":
            return [[media.path(item[name]) for name in names] for item in items]
        return [[item.get(name) for name in names] for item in items]
