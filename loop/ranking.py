"""A ranking: every askable position, most wanted first, as an immutable memory-mapped file.

The strategy chooses the head; the tail follows by margin, or at random before there is a model.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loop.store.rounds import Pointer

ENTRY = np.dtype([("position", "<i8"), ("score", "<f4")])
KEPT = 3  # rankings on disk: the one in use and those that a reader may still be on


@dataclass(frozen=True)
class Ranking:
    """An order of positions with their scores; score is NaN where nothing was scored."""

    entries: NDArray[np.void]  #: (n,) of `ENTRY`, most wanted first
    head: int  #: so many places are the strategy's


def shuffled(positions: NDArray[np.int64], seed: int | Sequence[int]) -> Ranking:
    """The ranking before the first model: seeded random order."""
    entries = np.empty(len(positions), ENTRY)
    entries["position"] = np.random.default_rng(seed).permutation(positions)
    entries["score"] = np.nan
    return Ranking(entries, head=0)


def followed_by(pointer: Pointer, folder: Path, positions: Sequence[int], seed: int) -> Pointer:
    """The ranking in use with *positions* after it, in seeded random order; saved, not yet in use.

    Those that stand in it already are left out. One that cannot be read stays as it is: the pool
    then asks everything in random order, and for a round.
    """
    try:
        order = load(pointer, folder)
    except (OSError, ValueError, EOFError):  # deleted or torn
        return pointer
    missing = np.setdiff1d(np.array(positions, np.int64), order.entries["position"])
    if len(missing) == 0:
        return pointer
    more = shuffled(missing, [seed, int(missing[0])])
    whole = Ranking(np.concatenate([order.entries, more.entries]), order.head)
    tail = pointer.tail if pointer.tail.endswith("random") else f"{pointer.tail}, then random"
    return replace(pointer, file=save(whole, folder, pointer.version), tail=tail)


def save(ranking: Ranking, folder: Path, version: int) -> str:
    """Write the ranking of model *version* to disk, whole or not at all; returns its file name."""
    folder.mkdir(exist_ok=True)
    name = f"{version:08d}-{os.urandom(4).hex()}.npy"
    partial = folder / f"{name}.partial"
    with partial.open("wb") as file:
        np.save(file, ranking.entries, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / name)
    return name


def prune(folder: Path, in_use: str) -> None:
    """Delete rankings that nobody can be reading any more, and what a kill left half-written."""
    for old in sorted(folder.glob("*.npy"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        if old.name != in_use:
            old.unlink()
    for partial in folder.glob("*.partial"):
        partial.unlink()


def load(pointer: Pointer, folder: Path) -> Ranking:
    """The ranking in use, memory-mapped."""
    return Ranking(_entries(folder / pointer.file), pointer.head)


@lru_cache(maxsize=4)
def _entries(path: Path) -> NDArray[np.void]:
    return np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
