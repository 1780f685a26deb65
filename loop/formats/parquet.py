"""Parquet, read in batches so that a large file need not fit in memory."""

from collections.abc import Iterator
from pathlib import Path

from loop.errors import DataError
from loop.formats.row import Row


def rows(source: Path) -> Iterator[Row]:
    """Each row of *source* by column. Raises `DataError` if it is no Parquet file."""
    import pyarrow as pa  # noqa: PLC0415 - 0.2 s, paid only by those who bring Parquet
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with pq.ParquetFile(source) as file:
            number = 0
            for batch in file.iter_batches(batch_size=10_000):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(f"row {number}", values)
    except (pa.ArrowException, OSError) as why:
        raise DataError(source, [f"not a whole Parquet file: {why}"]) from why
