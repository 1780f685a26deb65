"""Everything that leaves a project as data: a folder with its manifest, its card and its schema.

All of one moment, written a row at a time, and there as a whole or not at all.
`loop.exports.verify` checks such a folder again.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loop.exports import argilla, flat, huggingface, label_studio, native, trl
from loop.exports.archive import archived
from loop.exports.choice import Choice, Splits
from loop.exports.errors import ExportError
from loop.exports.form import Format
from loop.exports.outgoing import Outgoing, everything
from loop.exports.raters import Raters
from loop.exports.writing import Wishes, manifest, write_as
from loop.project import Project

__all__ = ["FORMATS", "MEDIA_TYPES", "Choice", "ExportError", "Splits", "Wishes"]
__all__ += ["archive", "manifest", "rows", "stream", "text", "write"]

_ALL = (
    *(flat.CSV, native.FORMAT, flat.PARQUET, huggingface.FORMAT),
    *(trl.PREFERENCE, trl.UNPAIRED, trl.SFT, label_studio.FORMAT, argilla.FORMAT),
)
FORMATS: dict[str, Format] = {one.name: one for one in _ALL}
STREAMED = ("csv", "jsonl")  # those that one file is enough for
MEDIA_TYPES = {name: FORMATS[name].media_type for name in STREAMED}
CHUNK = 1 << 16  # bytes that are sent at once, or a row more


def write(project: Project, form: str, folder: Path, wishes: Wishes | None = None) -> Path:
    """Write an export into *folder*; returns its data file, the first of several.

    Raises `ExportError` for an unknown format, a wish that does not fit, a folder that is not
    empty, and where there is nothing to write; `PreLabelError` for pre-labels that cannot be.
    """
    return write_as(project, _format(form, FORMATS), folder, wishes or Wishes())


def archive(project: Project, form: str, wishes: Wishes | None = None) -> Path:
    """The same as one ZIP, in a folder of its own that is to be deleted when done with."""
    return archived(project, _format(form, FORMATS), wishes or Wishes())


def stream(project: Project, form: str, wishes: Wishes | None = None) -> Iterator[str]:
    """The data file alone, in pieces, in *form*: `csv` or `jsonl`. Raises `ExportError` at once.

    On a connection of its own: the pieces may be asked for by one thread after another.
    """
    return _streamed(project, _format(form, STREAMED), wishes or Wishes())


def text(project: Project, form: str) -> str:
    """All of `stream` at once."""
    return "".join(stream(project, form))


def rows(project: Project) -> Iterator[dict[str, Any]]:
    """Every standing answer as a native record, with the names that people have here."""
    with project.store.apart() as db:
        raters = Raters(project.secret, names=True)
        out = Outgoing(project.terms(db).settings, db, raters)
        for row in everything(out):
            yield native.record_of(out, row)


def _streamed(project: Project, form: Format, wishes: Wishes) -> Iterator[str]:
    with project.store.apart() as db:
        out = wishes.of(project, db, form)
        pieces = _Pieces()
        encoder = form.encoder(out)(pieces)
        for made in form.records(out):
            encoder.add(made.record)
            if pieces.bytes >= CHUNK:
                yield pieces.taken()
        encoder.end()
        yield pieces.taken()


class _Pieces:
    """What was written since it was last taken."""

    def __init__(self) -> None:
        self._written: list[bytes] = []
        self.bytes = 0

    def write(self, content: bytes) -> int:
        self._written.append(content)
        self.bytes += len(content)
        return len(content)

    def taken(self) -> str:
        found = b"".join(self._written).decode()
        self._written, self.bytes = [], 0
        return found


def _format(name: str, known: Any) -> Format:
    if name not in known:
        *first, last = known
        raise ExportError(f"There is no export format {name!r}: use {', '.join(first)} or {last}.")
    return FORMATS[name]
