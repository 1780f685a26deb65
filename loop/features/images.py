"""Images: their pixels, or the directions of their edges."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from PIL import Image, ImageOps
from sklearn.base import BaseEstimator, TransformerMixin

SIDE = 32  # pixels that an image is scaled to, each way
CELLS = (2, 4, 8, 16)  # pixels each way that a cell may have
DIRECTIONS = 9  # of an edge, over half a turn: dark to bright is as bright to dark
STRENGTH = 0.2  # of one direction in a block, at most
READ = 256  # images read at once


class Pixels(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Pixels scaled to 32 × 32 and 0–1; grey where every image is grey, else red, green, blue."""

    kind = "image"

    def fit(self, images: Sequence[Sequence[Path]], _y: Any = None) -> Self:
        """Look whether they are all grey."""
        every = [path for paths in images for path in paths]
        self.is_grey_ = all(_read(_is_grey, every))
        return self

    def transform(self, images: Sequence[Sequence[Path]]) -> NDArray[np.float32]:
        """Rows, (n, 1,024 or 3,072 for each image of an item)."""
        mode = "L" if self.is_grey_ else "RGB"
        every = [path for paths in images for path in paths]
        pixels = _read(lambda path: seen(path, mode).ravel(), every)
        return np.stack(pixels).reshape(len(images), -1)


class Hog(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Histograms of oriented gradients (Dalal and Triggs 2005) of the grey image, 32 × 32.

    Nine directions in cells of *cell* pixels, which are scaled in blocks of two by two cells.
    """

    kind = "image"

    def __init__(self, cell: int = 8) -> None:
        if cell not in CELLS:
            raise ValueError(f"a cell of hog has one of {CELLS} pixels, not {cell}")
        self.cell = cell

    def fit(self, _images: Sequence[Sequence[Path]], _y: Any = None) -> Self:
        """There is nothing to learn."""
        return self

    def transform(self, images: Sequence[Sequence[Path]]) -> NDArray[np.float32]:
        """Rows, (n, 36 for each block of each image of an item)."""
        every = [path for paths in images for path in paths]
        parts = (every[start : start + READ] for start in range(0, len(every), READ))
        rows = [self._edges(np.stack(_read(lambda path: seen(path, "L"), part))) for part in parts]
        return np.concatenate(rows).reshape(len(images), -1)

    def _edges(self, grey: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of images, (n, 32, 32), the rows, (n, 36 · n_blocks)."""
        n, side = len(grey), SIDE // self.cell
        down, across = np.gradient(grey, axis=(1, 2))
        strength = np.hypot(down, across)
        place = np.arctan2(down, across) / np.pi * DIRECTIONS % DIRECTIONS
        below = place.astype(np.intp)
        share = place - below  # of the strength, which the next direction gets
        line = np.arange(SIDE) // self.cell
        cell = (np.arange(n)[:, None, None] * side + line[:, None]) * side + line
        found = np.zeros(n * side * side * DIRECTIONS)
        for direction, given in ((below, strength * (1 - share)), (below + 1, strength * share)):
            bins = cell * DIRECTIONS + direction % DIRECTIONS
            found += np.bincount(bins.ravel(), given.ravel(), len(found))
        cells = found.reshape(n, side, side, DIRECTIONS).astype(np.float32)
        blocks = np.concatenate(
            [cells[:, :-1, :-1], cells[:, :-1, 1:], cells[:, 1:, :-1], cells[:, 1:, 1:]], axis=-1
        )
        for _ in range(2):  # the second time without what one direction had too much
            length = np.linalg.norm(blocks, axis=-1, keepdims=True)
            blocks = np.minimum(blocks / np.maximum(length, 1e-6), STRENGTH)
        return blocks.reshape(n, -1)


def _read(look: Callable[[Path], Any], paths: Sequence[Path]) -> list[Any]:
    """Decoding releases the interpreter's lock."""
    found: list[Any] = Parallel(n_jobs=2, prefer="threads")(delayed(look)(path) for path in paths)
    return found


def _is_grey(path: Path) -> bool:
    with Image.open(path) as image:
        return image.mode in {"1", "L", "LA", "I", "I;16", "F"}


def seen(path: Path, mode: str) -> NDArray[np.float32]:
    """One image as a person sees it, (32, 32) or (32, 32, 3): upright, on white where transparent.

    *mode* is Pillow's: `L` for grey, or `RGB`. Values are 0–1.
    """
    with Image.open(path) as opened:
        upright = ImageOps.exif_transpose(opened)
        if upright.mode.startswith("I"):  # 16 bits a pixel, which Pillow would cut off at 255
            upright = Image.fromarray((np.asarray(upright) / 257).astype(np.uint8))
        if upright.has_transparency_data:
            shown = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown)
        plain = upright.convert(mode)
        scaled = plain.resize((SIDE, SIDE), Image.Resampling.BOX)
        return np.asarray(scaled, np.float32) / np.float32(255)
