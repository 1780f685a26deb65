"""What strategies are compared on: rows whose answers are all known, split anew for each seed."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from loop import dataset, recipes
from loop.compare.cell import Split
from loop.dataset import Columns, Record
from loop.errors import DataError, SettingsError
from loop.media import MediaFolder

LEAST = 2  # rows of each class: one to learn from, one to be tested on


class DataSet(Protocol):
    """What a comparison is run on."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def fingerprint(self) -> str:
        """What tells this data from other data: its rows, their answers, what is tested on."""

    def n_pool(self, share: float) -> int:
        """How many rows may be asked, where a *share* is held out."""

    @property
    def kind(self) -> str:
        """Of most of its columns: text, image or table; "" for arrays."""

    def split(self, seed: int, share: float, recipe: str = recipes.DEFAULT) -> Split:
        """The arrays of a seed; features are fitted on the rows that may be asked, and no others.

        They are those that the *recipe* reads. Held-out rows are a stratified *share*, other ones
        for each seed.
        """


@dataclass(frozen=True)
class Rows:
    """Rows of a file. The last `n_test` come from a test file; 0: some are held out."""

    name: str
    columns: Columns
    records: Sequence[Record]
    n_test: int
    media: MediaFolder

    @cached_property
    def fingerprint(self) -> str:
        """By the fields and what each of them is, and the answers."""
        told = json.dumps([dataset.fingerprint(self.records), self._kinds, self.n_test])
        digest = hashlib.sha256(told.encode())
        for record in self.records:
            digest.update(f"\0{record.label}".encode())
        return digest.hexdigest()[:24]

    def n_pool(self, share: float) -> int:
        """See `DataSet`."""
        return n_rows_left(len(self.records), self.n_test, share)

    @property
    def kind(self) -> str:
        """See `DataSet`."""
        return recipes.kind_of(self._kinds)

    def split(self, seed: int, share: float, recipe: str = recipes.DEFAULT) -> Split:
        """See `DataSet`."""
        labels = np.array([record.label for record in self.records])
        pool, test = held_out(labels, self.n_test, seed, share)
        X = self._of_every_seed(recipe) if self.n_test else self._matrix(recipe, pool, seed)
        return Split(X[pool], labels[pool], X[test], labels[test])

    def _of_every_seed(self, recipe: str) -> NDArray[np.float32]:
        """The features where the same rows may be asked with every seed, fitted once."""
        features = str(recipes.reads(recipe, self._kinds, 0))
        if features not in self._fitted:
            self._fitted.clear()  # those of one recipe at a time
            pool = np.arange(len(self.records) - self.n_test)
            self._fitted[features] = self._matrix(recipe, pool, 0)
        return self._fitted[features]

    @cached_property
    def _fitted(self) -> dict[str, NDArray[np.float32]]:
        return {}

    def _matrix(self, recipe: str, pool: NDArray[np.intp], seed: int) -> NDArray[np.float32]:
        features = recipes.reads(recipe, self._kinds, seed)
        return features.of([one.fields for one in self.records], pool.tolist(), self.media)

    @property
    def _kinds(self) -> dict[str, str]:
        return {name: self.columns.kind(name) for name in self.columns.shown}


@dataclass(frozen=True)
class Arrays:
    """Features and answers in memory. The last `n_test` rows are tested on; 0: some are held out.

    Raises `DataError` where they cannot be compared on.
    """

    name: str
    X: NDArray[Any]  #: (n, n_features), as they are
    y: NDArray[Any]  #: (n,)
    n_test: int = 0

    def __post_init__(self) -> None:
        if len(self.X) != len(self.y):
            raise DataError(Path(self.name), [f"{len(self.X)} rows, but {len(self.y)} answers"])
        _check(Path(self.name), self.y[: len(self.y) - self.n_test], 1 if self.n_test else LEAST)

    @cached_property
    def fingerprint(self) -> str:
        """By every number and answer."""
        digest = hashlib.sha256(f"{self.X.dtype} {self.X.shape} {self.n_test}".encode())
        digest.update(np.ascontiguousarray(self.X).tobytes())
        digest.update("\0".join(map(str, self.y)).encode())
        return digest.hexdigest()[:24]

    def n_pool(self, share: float) -> int:
        """See `DataSet`."""
        return n_rows_left(len(self.y), self.n_test, share)

    @property
    def kind(self) -> str:
        """Arrays are of no kind: they are the features."""
        return ""

    def split(self, seed: int, share: float, recipe: str = recipes.DEFAULT) -> Split:  # noqa: ARG002
        """See `DataSet`."""
        pool, test = held_out(self.y, self.n_test, seed, share)
        X = self.X.astype(np.float32, copy=False)
        return Split(X[pool], self.y[pool], X[test], self.y[test])


def n_rows_left(n: int, n_test: int, share: float) -> int:
    """How many of *n* rows may be asked."""
    return n - (n_test or math.ceil(share * n))


def held_out(
    labels: NDArray[Any], n_test: int, seed: int, share: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows that may be asked, and those that are tested on: the last, or a share of each class.

    Where there are none to be tested on, it is drawn anew for each seed.
    """
    every = np.arange(len(labels))
    if n_test:
        return every[:-n_test], every[-n_test:]
    kinds, n_held = np.unique(labels), math.ceil(share * len(labels))
    if min(n_held, len(labels) - n_held) < len(kinds):
        raise SettingsError(
            f"{len(labels)} rows of {len(kinds)} classes cannot be split with {share} held out: "
            "each side takes a row of each class. Give more rows, or a share nearer to 0.5."
        )
    pool, test = train_test_split(every, test_size=share, random_state=seed, stratify=labels)
    if lost := sorted({*map(str, kinds)} - {*map(str, np.unique(labels[pool]))}):
        raise SettingsError(
            f"With {share} held out no row of the class {lost[0]!r} is left to learn from; hold "
            "out less."
        )
    return np.sort(pool), np.sort(test)


def read(source: Path, columns: Columns, media: MediaFolder, test: Path | None = None) -> Rows:
    """Read a data set from a file, and another one with rows to test on.

    Raises `DataError` where a row has no answer, where a class has a single row, or is only among
    the rows to test on.
    """
    if columns.label is None:
        raise DataError(source, ["name the column with the known answers, with --label COL"])
    records = dataset.read(source, columns, media)
    tested = [] if test is None else dataset.read(test, columns, media)
    _check_blank(source, records)
    _check(source, [r.label for r in records], LEAST if test is None else 1)
    if test is not None:
        _check_blank(test, tested)
        known = {record.label for record in records}
        unknown = sorted({str(r.label) for r in tested} - {str(one) for one in known})
        if unknown:
            raise DataError(
                test, [f"the class {one!r} is in no row of {source}" for one in unknown]
            )
        there = {json.dumps(record.fields, sort_keys=True) for record in records}
        if all(json.dumps(record.fields, sort_keys=True) in there for record in tested):
            raise DataError(test, [f"all its rows are in {source} too: nothing is measured on it"])
    every = [replace(record, label=str(record.label)) for record in (*records, *tested)]
    return Rows(source.stem, columns, every, len(tested), media)


def _check_blank(source: Path, records: Sequence[Record]) -> None:
    if blank := [f"{r.where}: it has no answer" for r in records if r.label is None]:
        raise DataError(source, blank)


def _check(source: Path, answers: Iterable[Any], needs: int) -> None:
    counts = Counter(str(one) for one in answers)
    rare = [
        f"the class {c!r} has {n} row; it takes {needs}" for c, n in counts.items() if n < needs
    ]
    if rare:
        raise DataError(source, rare)
    if len(counts) < 2:
        raise DataError(source, [f"all rows are of the class {next(iter(counts))!r}"])
