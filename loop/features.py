"""Items into a matrix, one row for each position, cached on disk by what it was made from.

Everything is fitted on the pool alone: an audit item is transformed, never learned from.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from filelock import FileLock
from joblib import Parallel, delayed
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, normalize
from sklearn.utils.extmath import randomized_svd

from loop.media import MediaFolder
from loop.words import Vocabulary

VERSION = 2  # part of the cache's key: raise it whenever this module computes something else
LSA_DIMENSIONS = 200
IMAGE_SIDE = 32  # pixels
CHUNK = 4_096  # items folded at once
READ = 100_000  # characters of a text; the terms of one of 5 MB would fill a gigabyte


class FeatureCache:
    """The folder `features/` of a project: immutable matrices, named by a hash of their making."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def matrix(
        self,
        *,
        fields: Callable[[], Sequence[dict[str, Any]]],
        pool: Sequence[int],
        kinds: Mapping[str, str],
        seed: int,
        data: str,
        media: MediaFolder,
    ) -> NDArray[np.float32]:
        """The float32 matrix of all items, shape (n_items, n_features), memory-mapped.

        `fields` reads the items, if need be; `pool` are the positions that may be learned from;
        `kinds` says what each column holds; `data` identifies the items.
        """
        recipe = json.dumps([VERSION, kinds, seed, data, sklearn.__version__, np.__version__])
        path = self.folder / f"{hashlib.sha256(recipe.encode()).hexdigest()[:24]}.npy"
        with FileLock(self.folder.with_suffix(".lock")):  # a comparison may want them, too
            return self._kept(path, lambda: matrix_of(fields(), pool, kinds, seed, media))

    def _kept(
        self, path: Path, made: Callable[[], tuple[NDArray[np.float32], Vocabulary | None]]
    ) -> NDArray[np.float32]:
        for old in self.folder.glob("*.*"):
            if old.stem != path.stem:  # of fewer items, or of one that was erased since
                old.unlink(missing_ok=True)
        try:
            found: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError):  # not there yet, or torn by a power cut
            X, vocabulary = made()
            self.folder.mkdir(exist_ok=True)
            if vocabulary is not None:
                vocabulary.save(path.with_suffix(".npz"))
            partial = path.with_suffix(".partial")
            with partial.open("wb") as file:
                np.save(file, X, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
            found = np.load(path, mmap_mode="r", allow_pickle=False)
        return found

    def newest(self) -> Path | None:
        """The file of the newest matrix, named by what it was made from; None before the first."""
        files = sorted(self.folder.glob("*.npy"), key=lambda path: path.stat().st_mtime)
        return files[-1] if files else None

    def vocabulary(self) -> Vocabulary | None:
        """The words behind the newest matrix; None where it has none."""
        files = sorted(self.folder.glob("*.npz"), key=lambda path: path.stat().st_mtime)
        return Vocabulary.load(files[-1]) if files else None


def matrix_of(
    fields: Sequence[dict[str, Any]],
    pool: Sequence[int],
    kinds: Mapping[str, str],
    seed: int,
    media: MediaFolder,
) -> tuple[NDArray[np.float32], Vocabulary | None]:
    """The float32 matrix of items with these fields, (n_items, n_features), fitted on the pool.

    With what each word adds to it, where there are words; the rest is as `FeatureCache.matrix` has.
    """
    columns = {
        kind: [name for name in kinds if kinds[name] == kind] for kind in ("table", "text", "image")
    }
    if columns["table"]:
        return of_table([[item[name] for name in columns["table"]] for item in fields], pool), None
    blocks, vocabulary = [], None
    if texts := columns["text"]:
        joined = ["\n".join(item[name] for name in texts)[:READ] for item in fields]
        X, vocabulary = of_texts(joined, pool, seed)
        blocks.append(X)
    if images := columns["image"]:
        pixels = of_images([[media.path(item[name]) for name in images] for item in fields])
        blocks.append(normalize(pixels) if blocks else pixels)  # beside texts, of their length
    return (blocks[0] if len(blocks) == 1 else np.hstack(blocks)), vocabulary


def of_texts(
    texts: Sequence[str], pool: Sequence[int], seed: int
) -> tuple[NDArray[np.float32], Vocabulary | None]:
    """Word and character TF-IDF, folded to 200-d LSA (Deerwester et al. 1990), rows of length 1.

    Returned with what each word adds to them, where there are words. From few labels it learns much
    faster than TF-IDF itself: see docs/why.md.
    """
    corpus = [texts[position] for position in pool]
    rarest = 2 if len(corpus) > 1_000 else 1
    views = [
        TfidfVectorizer(
            ngram_range=(1, 2),
            token_pattern=r"(?u)\b\w+\b",  # noqa: S106 - one letter is a word too
            sublinear_tf=True,
            min_df=rarest,
            dtype=np.float32,
        ),
        TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(3, 5),
            sublinear_tf=True,
            min_df=rarest,
            dtype=np.float32,
        ),
    ]
    fitted: list[TfidfVectorizer] = []
    blocks = []
    for view in views:
        try:
            blocks.append(view.fit_transform(corpus))
            fitted.append(view)
        except ValueError as why:  # texts without a single word, such as rows of emoji
            if "empty vocabulary" not in str(why):
                raise
    if not blocks:
        return np.zeros((len(texts), 1), np.float32), None
    terms = sparse.hstack(blocks, format="csr")
    size = min(LSA_DIMENSIONS, *terms.shape)
    _, _, topics = randomized_svd(terms, size, n_iter=5, random_state=seed)
    parts = (texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK))
    X = np.concatenate(
        [
            normalize(sparse.hstack([view.transform(part) for view in fitted]) @ topics.T)
            for part in parts
        ]
    ).astype(np.float32)
    if views[0] not in fitted:
        return X, None
    terms_of = views[0].get_feature_names_out()
    return X, Vocabulary.of(terms_of, views[0].idf_, topics[:, : len(terms_of)])


def of_images(images: Sequence[Sequence[Path]]) -> NDArray[np.float32]:
    """Pixels scaled to 32 × 32 and 0–1; grey where every image is grey, else red, green, blue."""
    read = Parallel(n_jobs=2, prefer="threads")  # decoding releases the interpreter's lock
    every = [path for paths in images for path in paths]
    grey = all(read(delayed(_is_grey)(path) for path in every))
    pixels = np.stack(read(delayed(_pixels)(path, grey=grey) for path in every))
    return pixels.reshape(len(images), -1)


def _is_grey(path: Path) -> bool:
    with Image.open(path) as image:
        return image.mode in {"1", "L", "LA", "I", "I;16", "F"}


def _pixels(path: Path, *, grey: bool) -> NDArray[np.float32]:
    """One image as a person sees it: upright, on white where it is transparent."""
    with Image.open(path) as opened:
        upright = ImageOps.exif_transpose(opened)
        if upright.mode.startswith("I"):  # 16 bits a pixel, which Pillow would cut off at 255
            upright = Image.fromarray((np.asarray(upright) / 257).astype(np.uint8))
        seen = upright.convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        small = Image.alpha_composite(white, seen).convert("L" if grey else "RGB")
        scaled = small.resize((IMAGE_SIDE, IMAGE_SIDE), Image.Resampling.BOX)
        return np.asarray(scaled, np.float32).ravel() / np.float32(255)


def of_table(cells: Sequence[Sequence[Any]], pool: Sequence[int]) -> NDArray[np.float32]:
    """Numbers standardised, blanks by the median with a mark; categories one-hot."""
    columns = list(zip(*cells, strict=True))
    numeric = [i for i, c in enumerate(columns) if all(isinstance(v, float | None) for v in c)]
    table = np.empty((len(cells), len(columns)), dtype=object)
    for i, column in enumerate(columns):
        blank, of = (np.nan, float) if i in numeric else ("", str)
        table[:, i] = [blank if cell is None else of(cell) for cell in column]
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
    )
    words = OneHotEncoder(handle_unknown="ignore", sparse_output=False, max_categories=100)
    others = [i for i in range(len(columns)) if i not in numeric]
    fold = ColumnTransformer([("numbers", numbers, numeric), ("words", words, others)])
    fold.fit(table[list(pool)])
    return np.asarray(fold.transform(table), np.float32)
