"""Which open items fit a choice, best first: by words, slice, cluster, and what the model says."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.clusters import Clusters
from loop.guesses import Guesses
from loop.settings import Settings
from loop.slices import Slice
from loop.store import Database, search, traits
from loop.store.search import Wanted


@dataclass(frozen=True)
class Choice:
    """Which open items; None is any."""

    words: str | None = None  #: contained in the id or in a field, as in `Wanted`
    says: str | None = None  #: the class that the model holds for likeliest
    least: float = 0.0  #: with at least this probability
    cluster: int | None = None
    second: str | None = None  #: the class that it holds for next likeliest, where `says` is given
    part: Slice | None = None  #: by metadata, or by the length of the texts


def looked_up(
    db: Database, settings: Settings, choice: Choice, positions: NDArray[np.int64]
) -> NDArray[np.int64]:
    """What of *positions* has the words, and is in the slice."""
    if choice.words:
        found = search.positions(db, Wanted(words=choice.words))
        positions = np.intersect1d(positions, np.array(found, np.int64))
    if choice.part is not None:
        inside = _inside(db, settings, choice.part)
        positions = np.intersect1d(positions, np.array(inside, np.int64))
    return positions


def _inside(db: Database, settings: Settings, part: Slice) -> list[int]:
    if part.by == "meta":
        cells = traits.cells(db, part.column or "")
    else:
        cells = traits.lengths(db, settings.texts)
    return [position for position, cell in cells.items() if part.holds(cell)]


def narrowed(
    settings: Settings,
    grouped: Clusters,
    guessed: Guesses,
    choice: Choice,
    positions: NDArray[np.int64],
) -> tuple[NDArray[np.int64], list[float]]:
    """What of *positions* is in the cluster and of the class, with the class's probability.

    Likeliest first; where a next likeliest is given, the likeliest of that. Else nearest to the
    cluster's middle, else as imported.
    """
    if choice.cluster is not None:
        entries = grouped.of(positions)
        inside = entries["cluster"] == choice.cluster
        nearest = np.argsort(entries["distance"][inside], kind="stable")
        positions = positions[inside][nearest]
    if choice.says is None:
        return positions, []
    positions = positions[positions < len(guessed.entries)]
    names, classes, sums = _as_of_now(settings, guessed, positions)
    first, proba = _highest(classes, sums)
    # Stored with 11 bits: what is asked for is rounded as they are.
    fits = proba >= np.float32(np.float16(choice.least))
    fits &= first == _place(names, settings.now(choice.says))
    by = proba
    if choice.second is not None:
        second, by = _highest(classes, np.where(classes == first[:, None], -1, sums))
        fits &= second == _place(names, settings.now(choice.second))
    order = np.argsort(-by[fits], kind="stable")
    return positions[fits][order], proba[fits][order].astype(float).tolist()


def _as_of_now(
    settings: Settings, guessed: Guesses, positions: NDArray[np.int64]
) -> tuple[list[str], NDArray[np.intp], NDArray[np.float32]]:
    """Of each item the likeliest classes, by their place in a list, and the probability of each.

    As `suggestions.as_of_now`, for all at once: classes that were merged since are one.
    """
    now = [settings.now(name) for name in guessed.classes]
    names = list(dict.fromkeys(now))
    number = np.array([*map(names.index, now), -1])  # the last for a place without a class, -1
    entries = guessed.entries[positions]
    classes, proba = number[entries["classes"]], entries["proba"].astype(np.float32)
    sums = [
        np.where(classes == classes[:, [i]], proba, 0).sum(axis=1) for i in range(proba.shape[1])
    ]
    return names, classes, np.stack(sums, axis=1)


def _highest(
    classes: NDArray[np.intp], sums: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Of each row the class with the highest probability, and that."""
    every, best = np.arange(len(sums)), sums.argmax(axis=1)
    return classes[every, best], sums[every, best]


def _place(names: list[str], name: str) -> int:
    return names.index(name) if name in names else len(names)
