"""What strategies are compared on: rows whose answers are all known, split anew for each seed."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from loop import dataset, features
from loop.compare.cell import Split
from loop.dataset import Columns, Record
from loop.errors import DataError
from loop.media import MediaFolder

LEAST = 2  # rows of each class: one to learn from, one to be tested on


@dataclass(frozen=True)
class DataSet:
    """Rows and their answers. The last `n_test` come from a test file; 0: some are held out."""

    name: str
    columns: Columns
    records: Sequence[Record]
    n_test: int
    media: MediaFolder

    @property
    def fingerprint(self) -> str:
        """What tells this data from other data: its rows, their answers, and what is tested on."""
        rows = hashlib.sha256(dataset.fingerprint(self.records).encode())
        rows.update(f"{self.n_test}".encode())
        for record in self.records:
            rows.update(f"\0{record.label}".encode())
        return rows.hexdigest()[:24]

    def split(self, seed: int, share: float) -> Split:
        """The arrays of a seed; features are fitted on the rows that may be asked, and no others.

        Held-out rows are a stratified *share*, other ones for each seed.
        """
        labels = np.array([record.label for record in self.records])
        every = np.arange(len(labels))
        if self.n_test:
            pool, test = every[: -self.n_test], every[-self.n_test :]
        else:
            pool, test = train_test_split(
                every, test_size=share, random_state=seed, stratify=labels
            )
        X = self._matrix(np.sort(pool), seed)
        pool, test = np.sort(pool), np.sort(test)
        return Split(X[pool], labels[pool], X[test], labels[test])

    def _matrix(self, pool: NDArray[np.intp], seed: int) -> NDArray[np.float32]:
        kinds = {name: self.columns.kind(name) for name in self.columns.shown}
        fields = [record.fields for record in self.records]
        return features.matrix_of(fields, pool.tolist(), kinds, seed, self.media)[0]


def read(source: Path, columns: Columns, media: MediaFolder, test: Path | None = None) -> DataSet:
    """Read a data set from a file, and another one with rows to test on.

    Raises `DataError` where a row has no answer, where a class has a single row, or is only among
    the rows to test on.
    """
    if columns.label is None:
        raise DataError(source, ["name the column with the known answers, with --label COL"])
    records = dataset.read(source, columns, media)
    tested = [] if test is None else dataset.read(test, columns, media)
    _check(source, records, needs=LEAST if test is None else 1)
    if test is not None:
        _check(test, tested, needs=1)
        known = {record.label for record in records}
        unknown = sorted({str(r.label) for r in tested} - {str(one) for one in known})
        if unknown:
            raise DataError(
                test, [f"the class {one!r} is in no row of {source}" for one in unknown]
            )
    every = [replace(record, label=str(record.label)) for record in (*records, *tested)]
    return DataSet(source.stem, columns, every, len(tested), media)


def _check(source: Path, records: Sequence[Record], needs: int) -> None:
    blank = [f"{r.where}: it has no answer" for r in records if r.label is None]
    if blank:
        raise DataError(source, blank)
    counts = Counter(str(record.label) for record in records)
    rare = [
        f"the class {c!r} has {n} row; it takes {needs}" for c, n in counts.items() if n < needs
    ]
    if rare:
        raise DataError(source, rare)
    if len(counts) < 2:
        raise DataError(source, [f"all rows are of the class {next(iter(counts))!r}"])
