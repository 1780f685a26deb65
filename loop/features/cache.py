"""Items into a matrix, one row for each position, cached on disk by what it was made from."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import sklearn
from filelock import FileLock
from numpy.typing import NDArray

from loop.features.matrix import Features
from loop.media import MediaFolder
from loop.words import Vocabulary

VERSION = 4  # part of the cache's key: raise it whenever a maker computes something else


class FeatureCache:
    """The folder `features/` of a project: immutable matrices, named by a hash of their making."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def matrix(
        self,
        features: Features,
        *,
        items: Callable[[], Sequence[dict[str, Any]]],
        pool: Sequence[int],
        data: str,
        media: MediaFolder,
    ) -> NDArray[np.float32]:
        """The float32 matrix of all items, shape (n_items, n_features), memory-mapped.

        `items` reads their fields, if need be; `pool` are the positions that may be learned from;
        `data` identifies the items. `features` are fitted only where the matrix is not there yet.
        """
        made_of = [VERSION, str(features), data, sklearn.__version__, np.__version__]
        name = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:24]
        path = self.folder / f"{name}.npy"
        with FileLock(self.folder.with_suffix(".lock")):  # a comparison may want them, too
            for old in self.folder.glob("*.*"):
                if old.stem != name:  # of fewer items, or of one that was erased since
                    old.unlink(missing_ok=True)
            try:
                return _mapped(path)
            except (OSError, ValueError, EOFError):  # not there yet, or torn by a power cut
                self._save(path, features, features.of(items(), pool, media))
                return _mapped(path)

    def _save(self, path: Path, features: Features, X: NDArray[np.float32]) -> None:
        self.folder.mkdir(exist_ok=True)
        vocabulary = features.vocabulary()
        if vocabulary is not None:
            vocabulary.save(path.with_suffix(".npz"))
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            np.save(file, X, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    def newest(self) -> Path | None:
        """The file of the newest matrix, named by what it was made from; None before the first."""
        files = sorted(self.folder.glob("*.npy"), key=lambda path: path.stat().st_mtime)
        return files[-1] if files else None

    def vocabulary(self) -> Vocabulary | None:
        """The words behind the newest matrix; None where it has none."""
        files = sorted(self.folder.glob("*.npz"), key=lambda path: path.stat().st_mtime)
        return Vocabulary.load(files[-1]) if files else None


def file_of(X: NDArray[np.float32]) -> Path:
    """The file that a mapped matrix is read from, named by what it was made from."""
    return Path(cast("np.memmap[Any, Any]", X).filename)  # type: ignore[arg-type]


def _mapped(path: Path) -> NDArray[np.float32]:
    found: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
    return found
