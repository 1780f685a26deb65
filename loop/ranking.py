"""A ranking: every askable position, most wanted first, as an immutable memory-mapped file.

The strategy chooses the head; the tail follows by margin, or at random before there is a model.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loop.store import Database, latecomers, rounds
from loop.store.rounds import Pointer

ENTRY = np.dtype([("position", "<i8"), ("score", "<f4")])
AGAIN = "again"  # why an item is asked whose label is in doubt; its score is how likely that is
KEPT = 3  # rankings on disk: the one in use and those that a reader may still be on


@dataclass(frozen=True)
class Ranking:
    """An order of positions with their scores; score is NaN where nothing was scored."""

    entries: NDArray[np.void]  #: (n,) of `ENTRY`, most wanted first
    head: int  #: so many places are the strategy's
    again: int = 0  #: before them, so many are of items that are asked again


def shuffled(positions: NDArray[np.int64], seed: int | Sequence[int]) -> Ranking:
    """The ranking before the first model: seeded random order."""
    return Ranking(unscored(np.random.default_rng(seed).permutation(positions)), head=0)


def unscored(positions: ArrayLike) -> NDArray[np.void]:
    """Entries of *positions*, (n,), in this order, without a score."""
    entries = np.empty(np.shape(positions), ENTRY)
    entries["position"], entries["score"] = positions, np.nan
    return entries


def reason(pointer: Pointer, place: int, ranked: int) -> str:
    """Why an item is asked that stands at *place*, from 0, where *ranked* were ranked."""
    if place < pointer.again:
        return AGAIN
    if place < pointer.again + pointer.head:
        return pointer.strategy
    is_ordered = place < ranked or pointer.tail.endswith("random")
    return f"tail: {pointer.tail}" if is_ordered else f"tail: {pointer.tail}, then random"


def behind(positions: Sequence[int], seed: int) -> list[int]:
    """The order in which *positions* are asked that come after a ranking: seeded random."""
    if not positions:
        return []
    order: list[int] = np.random.default_rng([seed, min(positions)]).permutation(positions).tolist()
    return order


def follow(db: Database, folder: Path, positions: Sequence[int], seed: int) -> None:
    """Have *positions* asked behind the ranking in use, but for those that it has already.

    One that cannot be read stays as it is: the pool then asks everything in random order, and for
    a round.
    """
    pointer = rounds.ranking(db)
    if pointer is None or not positions:
        return
    try:
        ranked = load(pointer, folder).entries["position"]
    except (OSError, ValueError, EOFError):  # deleted or torn
        return
    asked = np.array(positions, np.int64)
    waiting = set(latecomers.every(db))
    missing = [p for p in asked[~np.isin(asked, ranked)].tolist() if p not in waiting]
    latecomers.add(db, behind(missing, seed))


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


def digest(ranking: Ranking) -> str:
    """SHA-256 of a ranking: of its places and scores, and of how many the strategy chose."""
    counts = f"{ranking.head} {ranking.again}" if ranking.again else str(ranking.head)
    return hashlib.sha256(ranking.entries.tobytes() + counts.encode()).hexdigest()


def prune(folder: Path, in_use: str) -> None:
    """Delete rankings that nobody can be reading any more, and what a kill left half-written."""
    for old in sorted(folder.glob("*.npy"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        if old.name != in_use:
            old.unlink()
    for partial in folder.glob("*.partial"):
        partial.unlink()


def load(pointer: Pointer, folder: Path) -> Ranking:
    """The ranking in use, memory-mapped."""
    return Ranking(_entries(folder / pointer.file), pointer.head, pointer.again)


@lru_cache(maxsize=4)
def _entries(path: Path) -> NDArray[np.void]:
    return np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
