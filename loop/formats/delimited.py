"""CSV and TSV, plain or gzipped, with a header line."""

import csv
from collections.abc import Iterator
from pathlib import Path

from loop.errors import DataError
from loop.formats.row import Row, text_of

LONGEST_CELL = 50_000_000  # characters; Python's own limit of 131,072 is shorter than some texts


def rows(source: Path) -> Iterator[Row]:
    """Each line of *source* by column. Raises `DataError` at a row with other columns."""
    csv.field_size_limit(LONGEST_CELL)
    tabs = ".tsv" in [suffix.lower() for suffix in source.suffixes]
    with text_of(source) as lines:
        reader = csv.reader(lines, delimiter="\t" if tabs else ",", strict=True)
        try:
            header = next(reader, [])
            _check_header(source, header)
            for number, cells in enumerate(reader, start=1):
                if not cells:
                    continue
                where = f"row {number} (line {reader.line_num})"
                if len(cells) != len(header):
                    problem = f"{where} has {len(cells)} cells, the header {len(header)}"
                    raise DataError(source, [problem])
                yield Row(where, dict(zip(header, cells, strict=True)))
        except csv.Error as why:
            raise DataError(source, [f"line {reader.line_num}: {why}"]) from why


def _check_header(source: Path, header: list[str]) -> None:
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise DataError(source, [f"the header names {', '.join(sorted(twice))} twice"])
