"""Which class is taken for which, and what that leaves of each: the confusion matrix, by names."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loop.quality.share import Estimate, share


@dataclass(frozen=True)
class Pair:
    """Answers that are of one class, and of another to the model."""

    truth: str
    said: str
    n: int
    of: int  #: answers that are of the class
    share: Estimate


@dataclass(frozen=True)
class Confusion:
    """The whole matrix."""

    classes: Sequence[str]
    cells: Mapping[tuple[str, str], int]  #: answers by (what people say, what the model says)

    def recall(self, name: str) -> Estimate | None:
        """The share of a class that is found; None where no answer is of it."""
        return self._share(name, sum(n for (truth, _), n in self.cells.items() if truth == name))

    def precision(self, name: str) -> Estimate | None:
        """The share that is right where the model says a class; None where it never does."""
        return self._share(name, sum(n for (_, said), n in self.cells.items() if said == name))

    def pairs(self) -> list[Pair]:
        """What is taken for something else, most often first; of equals the larger share first."""
        sizes = Counter[str]()
        for (truth, _), n in self.cells.items():
            sizes[truth] += n
        wrong = [
            Pair(truth, said, n, sizes[truth], share(n, sizes[truth]))
            for (truth, said), n in self.cells.items()
            if truth != said
        ]
        return sorted(wrong, key=lambda one: (-one.n, one.of, one.truth, one.said))

    def _share(self, name: str, n: int) -> Estimate | None:
        return share(self.cells.get((name, name), 0), n) if n else None


def confusion(
    cells: Iterable[Mapping[str, Any]], classes: Sequence[str], now: Callable[[str], str]
) -> Confusion:
    """The matrix from its cells (`truth`, `said`, `n`), by what classes are called *now*.

    Classes that were merged since are one: what was taken for the other is right.
    """
    counts = Counter[tuple[str, str]]()
    for one in cells:
        counts[now(one["truth"]), now(one["said"])] += one["n"]
    return Confusion(classes, counts)
