"""What a model makes of the rows of a file: for each its likeliest class, and how sure it is."""

import csv
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from loop import dataset, recipes
from loop.dataset import Columns
from loop.errors import LoopError
from loop.estimators import Reward
from loop.media import MediaFolder
from loop.model_file import Model

FORMATS = (".csv", ".jsonl")
HEADER = ("row", "id", "prediction", "confidence")
Progress = Callable[[str, int, int | None], None]  # what is done, rows so far, rows in all


@dataclass(frozen=True)
class Wanted:
    """Which rows, and what is written of them."""

    source: Path
    out: Path
    id: str | None = None  #: the column with ids; else rows are numbered
    above: float = 0.0  #: confidence below which no class is written

    def __post_init__(self) -> None:
        if self.out.suffix not in FORMATS:
            raise LoopError(f"{self.out} ends in none of the formats written: {', '.join(FORMATS)}")
        if not 0 <= self.above <= 1:
            raise LoopError(f"A confidence is between 0 and 1, not {self.above}.")


def predict(model: Model, wanted: Wanted, progress: Progress) -> dict[str, int]:
    """Write a row for each row of the file, as CSV or JSON lines; returns how many of each class.

    The file is there when all of it is. Raises `DataError` naming every row that cannot be read.
    """
    if isinstance(model.estimator, Reward):
        raise LoopError("This model says how good outputs are: askwell rank MODEL FILE.")
    kinds = model.features.kinds
    modality = recipes.kind_of(kinds)
    media = {name: kind for name, kind in kinds.items() if kind != modality}
    columns = Columns(modality, tuple(kinds), id=wanted.id, media=media)
    partial = wanted.out.with_name(f".{wanted.out.name}.partial")
    counts: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as scratch:
        files = MediaFolder(Path(scratch))
        told = dataset.read(wanted.source, columns, files, lambda n: progress("read", n, None))
        try:
            with partial.open("w", newline="", encoding="utf-8") as out:
                write = _writer(wanted.out, out)
                for row, (label, sure) in enumerate(
                    _likeliest(model, [one.fields for one in told], Path(scratch)), 1
                ):
                    said = label if sure >= wanted.above else None
                    name = told[row - 1].id if wanted.id else ""
                    write({"row": row, "id": name, "prediction": said, "confidence": sure})
                    counts[said or ""] = counts.get(said or "", 0) + 1
                    progress("predicted", row, len(told))
            partial.replace(wanted.out)
        finally:
            partial.unlink(missing_ok=True)
    return counts


def _likeliest(
    model: Model, items: list[dict[str, Any]], folder: Path
) -> Iterator[tuple[str, float]]:
    for part in model.proba(items, folder):
        for place, sure in zip(part.argmax(axis=1), part.max(axis=1), strict=True):
            yield model.classes[place], float(sure)


def _writer(to: Path, out: TextIO) -> Callable[[Mapping[str, Any]], object]:
    if to.suffix == ".jsonl":
        return lambda row: out.write(json.dumps(row, ensure_ascii=False) + "\n")
    table = csv.DictWriter(out, HEADER, lineterminator="\n")
    table.writeheader()
    return table.writerow
