"""A row as every format gives it, and the text files under them, plain or gzipped."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from loop.errors import DataError


@dataclass(frozen=True)
class Row:
    """One row of a file, and where a person finds it there."""

    where: str  #: such as "row 12"
    values: dict[str, Any]
    id: str | None = None  #: where it stands beside the columns


@contextmanager
def text_of(source: Path) -> Iterator[TextIO]:
    """Open a UTF-8 text file, gzipped if its name says so.

    Raises `DataError` if it is not what its name says.
    """
    opened = gzip.open if source.suffix.lower() == ".gz" else open
    try:
        with opened(source, "rb") as raw:
            _check_head(source, raw.read(4096))
        with opened(source, "rt", encoding="utf-8-sig", newline="") as text:
            yield text
    except UnicodeDecodeError as why:
        raise DataError(
            source,
            [f"not UTF-8 text: it has the byte {why.object[why.start]:#x}; save it as UTF-8"],
        ) from why
    except (gzip.BadGzipFile, EOFError, zlib.error) as why:
        raise DataError(source, [f"not a whole gzip file, whatever its name says: {why}"]) from why


def _check_head(source: Path, head: bytes) -> None:
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise DataError(source, ["the file is empty"])
    if b"\0" in head or head.startswith((b"PK\x03\x04", b"\x1f\x8b", b"PAR1", b"%PDF")):
        raise DataError(source, ["this is not a text file, whatever its name says"])
