"""One module per file format: each turns a file into rows, or says which row it cannot read."""

from collections.abc import Callable, Iterator
from pathlib import Path

from loop.errors import DataError
from loop.formats import delimited, json_lines, media_folder, parquet
from loop.formats.row import Row

__all__ = ["Row", "rows_of"]

_READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".csv": delimited.rows,
    ".tsv": delimited.rows,
    ".jsonl": json_lines.rows,
    ".ndjson": json_lines.rows,
    ".parquet": parquet.rows,
}


def rows_of(source: Path) -> Iterator[Row]:
    """Read *source* by what its name says it is. Raises `DataError`."""
    if not source.exists():
        raise DataError(source, ["there is no such file or folder"])
    if source.is_dir():
        return media_folder.rows(source)
    suffixes = [suffix for suffix in map(str.lower, source.suffixes) if suffix != ".gz"]
    reader = _READERS.get(suffixes[-1]) if suffixes else None
    if reader is None:
        known = ", ".join([*_READERS, "a folder of images, sounds or videos"])
        raise DataError(source, [f"the name ends in none of the formats read: {known}"])
    return reader(source)
