"""Clusters: which items are alike, how near each is to its cluster's middle, and its telling words.

Files that the trainer writes and the web process reads; like a ranking they can be deleted.
"""

import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ENTRY = np.dtype([("cluster", "<i2"), ("distance", "<f4")])
KEPT = 2  # on disk: the newest, and the one that a reader may still be on


@dataclass(frozen=True)
class Clusters:
    """All clusters of one matrix of features."""

    entries: NDArray[np.void]  #: (n_items,) of `ENTRY`, by position; cluster -1 where there is none
    words: Sequence[Sequence[str]]  #: of each cluster, most telling first; none without texts

    def of(self, positions: NDArray[np.int64]) -> NDArray[np.void]:
        """The entries of *positions*; of those that came later, cluster -1."""
        found = np.zeros(len(positions), ENTRY)
        found["cluster"] = -1
        known = positions < len(self.entries)
        found[known] = self.entries[positions[known]]
        return found


NONE = Clusters(np.empty(0, ENTRY), ())


def is_there(folder: Path, name: str) -> bool:
    """Whether the clusters called *name* are on disk, whole."""
    return (folder / f"{name}.npy").exists()


def save(clusters: Clusters, folder: Path, name: str) -> None:
    """Write clusters to disk, whole or not at all; older ones are swept away."""
    folder.mkdir(exist_ok=True)
    entries = io.BytesIO()  # six bytes an item
    np.save(entries, clusters.entries, allow_pickle=False)
    _put(folder / f"{name}.json", json.dumps(clusters.words).encode())
    _put(folder / f"{name}.npy", entries.getvalue())  # from here on they are there
    kept = {path.stem for path in _by_age(folder)[-KEPT:]}
    for old in folder.iterdir():
        if old.stem not in kept:
            old.unlink(missing_ok=True)


def keep(folder: Path, name: str | None) -> None:
    """Delete all clusters but those called *name*."""
    for old in folder.glob("*"):
        if old.stem != name:
            old.unlink(missing_ok=True)


def newest(folder: Path) -> str | None:
    """What the newest clusters are called; None where there are none."""
    made = _by_age(folder)
    return made[-1].stem if made else None


def load(folder: Path, name: str | None = None) -> Clusters:
    """The clusters called *name*, or the newest; none where there are none, or were deleted."""
    try:
        return _read(_by_age(folder)[-1] if name is None else folder / f"{name}.npy")
    except (IndexError, OSError, ValueError, EOFError):
        return NONE


def _put(path: Path, content: bytes) -> None:
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _by_age(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.npy"), key=lambda path: path.stat().st_mtime)


@lru_cache(maxsize=2)
def _read(path: Path) -> Clusters:
    entries = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    return Clusters(entries, json.loads(path.with_suffix(".json").read_text("utf-8")))
