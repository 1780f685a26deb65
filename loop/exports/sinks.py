"""Files that are counted and hashed while they are written, a row at a time."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

BATCH = 5_000  # rows of a group in Parquet, at most
MUCH = 1 << 24  # characters of texts that end a group before
Record = Mapping[str, Any]
_WORDS = {True: "true", False: "false"}


class Hashed(io.RawIOBase):
    """A new file that knows its length and its SHA-256."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb")
        self._digest = hashlib.sha256()
        self.bytes = 0

    def writable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """How many bytes were written."""
        return self.bytes

    def write(self, content: Any) -> int:
        """Append."""
        self._file.write(content)
        self._digest.update(content)
        self.bytes += len(content)
        return len(content)

    def close(self) -> None:
        """Have all of it on its way to disk."""
        self._file.close()
        super().close()

    def told(self) -> dict[str, Any]:
        """What a manifest says of it."""
        return {"sha256": self._digest.hexdigest(), "bytes": self.bytes}


class Encoder(Protocol):
    """Turns records into a file of one format, through the function that it was made with."""

    def add(self, record: Record) -> None:
        """Write a record."""

    def end(self) -> None:
        """Write what stands behind the last one."""


Write = Callable[[bytes], Any]


class Writable(Protocol):
    """A file as an encoder needs it."""

    def write(self, content: bytes, /) -> int:
        """Append."""


class Csv:
    """Comma-separated, with a header; records have exactly the columns, in their order."""

    def __init__(self, write: Write, columns: Sequence[str]) -> None:
        self._text = io.StringIO(newline="")
        self._write = write
        # Before Python 3.13 a lone \r is quoted only where lines end with one; `_flush` mends that.
        self._rows = csv.writer(self._text, lineterminator="\r\n")
        self._rows.writerow(columns)
        self._flush()

    def add(self, record: Record) -> None:
        """One line: true and false as JSON has them, None as nothing."""
        self._rows.writerow([_WORDS[v] if v is True or v is False else v for v in record.values()])
        self._flush()

    def end(self) -> None:
        """Nothing."""

    def _flush(self) -> None:
        self._write(self._text.getvalue().removesuffix("\r\n").encode() + b"\n")
        self._text.seek(0)
        self._text.truncate()


class Jsonl:
    """One JSON object a line."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def add(self, record: Record) -> None:
        """One line."""
        self._write(json.dumps(record, ensure_ascii=False).encode() + b"\n")

    def end(self) -> None:
        """Nothing."""


class JsonArray:
    """One JSON array, an element a line."""

    def __init__(self, write: Write) -> None:
        self._write, self._between = write, b"[\n"

    def add(self, record: Record) -> None:
        """One element."""
        self._write(self._between + json.dumps(record, ensure_ascii=False).encode())
        self._between = b",\n"

    def end(self) -> None:
        """The bracket."""
        self._write(b"\n]\n" if self._between == b",\n" else b"[]\n")


class Parquet:
    """Apache Parquet, in groups of rows; *columns* are the JSON Schemas of its columns."""

    def __init__(self, file: Writable, columns: Record, about: Mapping[str, str]) -> None:
        import pyarrow as pa  # noqa: PLC0415 - a fifth of a second, paid by who wants Parquet
        import pyarrow.parquet as pq  # noqa: PLC0415

        types = [(name, _arrow(pa, told)) for name, told in columns.items()]
        self._pa, self._schema = pa, pa.schema(types, metadata=dict(about))
        self._rows: list[Record] = []
        self._characters = 0
        self._writer = pq.ParquetWriter(pa.PythonFile(file, mode="w"), self._schema)

    def add(self, record: Record) -> None:
        """One row, written with others."""
        self._rows.append(record)
        self._characters += sum(len(cell) for cell in record.values() if isinstance(cell, str))
        if len(self._rows) >= BATCH or self._characters >= MUCH:
            self._flush()

    def end(self) -> None:
        """The rest, and the footer."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            columns = [self._column(one) for one in self._schema]
            self._writer.write_batch(self._pa.RecordBatch.from_arrays(columns, schema=self._schema))
            self._rows, self._characters = [], 0

    def _column(self, one: Any) -> Any:
        values = [row[one.name] for row in self._rows]
        if self._pa.types.is_timestamp(one.type):  # which Arrow reads from text by itself
            return self._pa.array(values, self._pa.string()).cast(one.type)
        return self._pa.array(values, one.type)


def _arrow(pa: Any, told: Record) -> Any:
    """The type of a column in Arrow, by its JSON Schema; text where it says none."""
    found = told.get("type", "string")
    kind = next(one for one in ([found] if isinstance(found, str) else found) if one != "null")
    if told.get("format") == "date-time":
        return pa.timestamp("ms", "UTC")
    if kind == "array":
        return pa.list_(_arrow(pa, told["items"]))
    known = {"integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}
    return known.get(kind, pa.string())


class DataFile:
    """One data file: written through an encoder, counted by kind."""

    def __init__(self, path: Path, encoder: Callable[[Hashed], Encoder]) -> None:
        self._file = Hashed(path)
        self._encoder = encoder(self._file)
        self.kinds: Counter[str] = Counter()

    def add(self, kind: str, record: Record) -> None:
        """Write a record."""
        self._encoder.add(record)
        self.kinds[kind] += 1

    def close(self) -> dict[str, Any]:
        """Finish it; returns what a manifest says of it."""
        self._encoder.end()
        self._file.close()
        by_kind = dict(sorted(self.kinds.items()))
        return self._file.told() | {"rows": self.kinds.total(), "rows_by_kind": by_kind}
