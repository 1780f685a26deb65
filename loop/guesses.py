"""What the newest model makes of each item it ranked: its likeliest classes, and what pulled.

Files that the trainer writes and the web process reads; like a ranking they can be deleted.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MOST = 5  # classes kept for each item
KEPT = 3  # models whose guesses stay on disk: a reader may still be on an older one
ENTRY = np.dtype([("classes", "<i2", (MOST,)), ("proba", "<f2", (MOST,))])
CHUNK = 65_536  # items sorted at once

Pull = tuple[str, float]  #: a word, and how far it pulled: above 0 towards the likeliest class
Likeliest = tuple[str, float]  #: a class, and its probability as exactly as an entry has it


@dataclass(frozen=True)
class Guesses:
    """One model's guesses."""

    classes: tuple[str, ...]
    entries: NDArray[np.void]  #: (n_items,) of `ENTRY`, by position; class -1 where there is none
    pulls: Mapping[str, Sequence[Pull]]  #: by position, of the items that are asked first
    #: by position, of the audit items, which have no entry: nobody is shown what is said of them.
    #: None where they were written by an askwell that kept none.
    audit: Mapping[str, Likeliest] | None = None

    def of(self, position: int) -> list[tuple[str, float]]:
        """The likeliest classes of an item with their probabilities, best first; [] if none."""
        if position >= len(self.entries):
            return []
        row = self.entries[position]
        pairs = zip(row["classes"].tolist(), row["proba"].tolist(), strict=True)
        return [(self.classes[index], p) for index, p in pairs if index >= 0]

    def pulls_of(self, position: int) -> list[Pull]:
        """The words that pulled most; [] where nobody looked."""
        return [(word, pull) for word, pull in self.pulls.get(str(position), ())]


NONE = Guesses((), np.empty(0, ENTRY), {})


def likeliest(
    n_items: int, positions: NDArray[np.int64], proba: NDArray[np.floating]
) -> NDArray[np.void]:
    """The entries of all items from the probabilities, (n_positions, n_classes), of some."""
    entries = np.empty(n_items, ENTRY)
    entries["classes"], entries["proba"] = -1, 0
    kept = min(MOST, proba.shape[1])
    for start in range(0, len(positions), CHUNK):
        part = proba[start : start + CHUNK]
        best = np.argsort(-part, axis=1, kind="stable")[:, :kept]
        here = positions[start : start + CHUNK]
        entries["classes"][here, :kept] = best
        entries["proba"][here, :kept] = np.take_along_axis(part, best, axis=1)
    return entries


def of_audit(
    classes: Sequence[str], positions: Sequence[int], proba: NDArray[np.floating]
) -> dict[str, Likeliest]:
    """The likeliest class of each audit item, rounded as an entry is, of (n_positions, n_classes).

    What is counted from some confidence on is then of the same confidence here and there.
    """
    best, sure = proba.argmax(axis=1).tolist(), proba.max(axis=1).astype(np.float16).tolist()
    return {
        str(position): (classes[place], p)
        for position, place, p in zip(positions, best, sure, strict=True)
    }


def agreement(
    before: Guesses, after: Guesses, renamed: Mapping[str, str]
) -> tuple[float, float] | None:
    """How far two models agree on the items that both guessed at; None where there are none.

    The share taken for the same class, whatever it was called before, and Cohen's kappa (1960).
    """
    n = min(len(before.entries), len(after.entries))
    old, new = (one.entries["classes"][:n, 0] for one in (before, after))
    both = (old >= 0) & (new >= 0)
    if not both.any():
        return None
    names = [renamed.get(name, name) for name in before.classes]
    place = {name: i for i, name in enumerate(dict.fromkeys([*names, *after.classes]))}
    old = np.array([place[name] for name in names])[old[both]]
    new = np.array([place[name] for name in after.classes])[new[both]]
    same = float(np.mean(old == new))
    often = [np.bincount(one, minlength=len(place)) / len(one) for one in (old, new)]
    chance = float(often[0] @ often[1])
    return same, (same - chance) / (1 - chance) if chance < 1 else 1.0


def save(guesses: Guesses, folder: Path, version: int) -> str:
    """Write the guesses of model *version*; returns their name. Older ones are swept away."""
    folder.mkdir(exist_ok=True)
    name = f"{version:08d}-{os.urandom(4).hex()}"
    np.save(folder / f"{name}.npy", guesses.entries, allow_pickle=False)
    told = {"classes": guesses.classes, "pulls": guesses.pulls, "audit": guesses.audit}
    (folder / f"{name}.json").write_text(json.dumps(told), encoding="utf-8")
    for suffix in ("npy", "json"):
        files = sorted(folder.glob(f"*.{suffix}"), key=lambda file: file.stat().st_mtime)
        _delete(files[:-KEPT])
    return name


def discard(folder: Path, name: str | None) -> None:
    """Delete the guesses called *name*."""
    if name is not None:
        _delete(folder.glob(f"{name}.*"))


def keep(folder: Path, name: str | None) -> None:
    """Delete all guesses but those called *name*: what a round left that was killed, too.

    Not while rounds are published: a reader may be about to open the last but one.
    """
    _delete(file for file in folder.glob("*") if file.stem != name)


def _delete(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def load(folder: Path, name: str | None) -> Guesses:
    """The guesses called *name*; none where there are none, or where they were deleted."""
    if name is None:
        return NONE
    try:
        return _read(folder / name)
    except (OSError, ValueError, EOFError):
        return NONE


@lru_cache(maxsize=2)
def _read(path: Path) -> Guesses:
    # A plain view of the mapped file: numpy's class for it makes every look three times as slow.
    entries = np.load(path.with_suffix(".npy"), mmap_mode="r", allow_pickle=False).view(np.ndarray)
    told = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return Guesses(tuple(told["classes"]), entries, told["pulls"], told.get("audit"))
