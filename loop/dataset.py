"""From a file to items: columns chosen, every row checked, nothing stored yet."""

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from loop.errors import DataError, SettingsError
from loop.formats import Row, rows_of
from loop.media import MediaFolder
from loop.tasks import Task

NO_ROWS = "the file has a header but no rows"
MOST_PROBLEMS = 1_000  # a file with more is the wrong file; there is no use in reading on
LARGEST = 1e38  # number in a table; what is learned from has 32 bits
HALF = re.compile("[\ud800-\udfff]")  # of a character that takes two places in UTF-16


@dataclass(frozen=True)
class Columns:
    """Which columns of a file mean what."""

    modality: str  #: text | image | table | audio | video
    shown: tuple[str, ...]  #: what people judge, and the model reads if it can
    id: str | None = None  #: content decides the id where absent
    label: str | None = None  #: known answers; blank = not known
    media: Mapping[str, str] = field(default_factory=dict)  #: shown beside text: column, its kind
    meta: tuple[str, ...] = ()  #: kept with the item for people; the model never reads it

    def __post_init__(self) -> None:
        if self.label in self.shown:
            raise SettingsError(
                f"The column {self.label!r} holds the known answers, and would be shown to whoever "
                "is asked, and to the model; take it out of what is judged."
            )
        if self.label in self.meta:
            raise SettingsError(
                f"The column {self.label!r} holds the known answers, and metadata is shown to "
                "whoever is asked; take it out of --meta."
            )

    def kind(self, name: str) -> str:
        """What a shown column holds."""
        return self.media.get(name, self.modality)


@dataclass(frozen=True)
class Record:
    """One row, checked: an item-to-be."""

    id: str
    fields: dict[str, Any]
    label: Any  #: as it stands in the file, text or a list; `creation` makes it a value of the task
    where: str
    meta: dict[str, Any]


def read(
    source: Path, columns: Columns, media: MediaFolder, seen: Callable[[int], None] | None = None
) -> list[Record]:
    """Read and check every row of *source*; files are taken into *media*.

    `seen` is told the number of rows so far. Raises `DataError` naming every bad row.
    """
    base = source if source.is_dir() else source.parent
    return checked(source, rows_of(source), columns, media, base, seen)


def checked(
    source: Path | str,
    rows: Iterable[Row],
    columns: Columns,
    media: MediaFolder,
    base: Path,
    seen: Callable[[int], None] | None = None,
) -> list[Record]:
    """Check *rows*, which came from *source*; paths of files in them begin at *base*."""
    problems: list[str] = []
    records: list[Record] = []
    first_seen: dict[str, str] = {}
    copies: Counter[str] = Counter()
    for row in rows:
        _need_columns(source, columns, row)
        try:
            record = _record(row, columns, media, base, copies)
            _note_id(record, first_seen)
            records.append(record)
        except _RowProblem as why:
            problems.append(f"{row.where}: {why}")
            if len(problems) >= MOST_PROBLEMS:
                break
        if seen is not None:
            seen(len(records))
    if problems:
        raise DataError(source, problems)
    if not records:
        raise DataError(source, ["it has no rows"] if isinstance(source, str) else [NO_ROWS])
    return records


def columns_of(source: Path) -> list[str]:
    """The columns of a file, from its first row. Raises `DataError`."""
    for row in rows_of(source):
        return list(row.values)
    raise DataError(source, [NO_ROWS])


def classes_of(source: Path, label: str, task: Task) -> tuple[str, ...]:
    """The classes in the column *label* of a file, which is read to its end. Raises `DataError`."""
    columns = Columns("text", (), label=label)
    found: set[str] = set()
    for row in rows_of(source):
        _need_columns(source, columns, row)
        if (cell := _label(row, columns)) is not None:
            found.update(task.named(task.read(cell)))
    return in_order(found)


def values(records: Iterable[Record], task: Task) -> list[Record]:
    """The same records, each label read as the task reads it."""
    return [
        record if record.label is None else replace(record, label=task.read(record.label))
        for record in records
    ]


def declared(
    source: Path | str, records: Iterable[Record], classes: Sequence[str], task: Task
) -> None:
    """Raise `DataError` if a known label does not fit the project's task and classes."""
    problems = [
        f"{record.where}: the label {record.label!r} does not fit: {why}"
        for record in records
        if record.label is not None and (why := task.misfit(record.label, classes))
    ]
    if problems:
        raise DataError(source, problems)


def classes_in(records: Iterable[Record], task: Task) -> tuple[str, ...]:
    """The classes that occur, in the order people expect: numbers by value, words by letter."""
    labels = [record.label for record in records if record.label is not None]
    return in_order({name for label in labels for name in task.named(label)})


def fingerprint(records: Iterable[Record]) -> str:
    """SHA-256 over the items, by which cached features know their data."""
    digest = hashlib.sha256()
    for record in records:
        digest.update(json.dumps([record.id, record.fields], sort_keys=True).encode())
    return digest.hexdigest()


def in_order(classes: Iterable[str]) -> tuple[str, ...]:
    """Classes in the order people expect: numbers by value, words by letter."""
    return tuple(sorted(classes, key=lambda name: (*_number(name), name)))


class _RowProblem(Exception):
    """What is wrong with one row."""


def _check_text(row: Row) -> None:
    """JSON can hold half of a character, which is no text, and no file or database takes."""
    for name, cell in row.values.items():
        if isinstance(cell, str) and HALF.search(cell):
            raise _RowProblem(f"the column {name!r} holds half of a character: {cell!r:.60}")


def _note_id(record: Record, first_seen: dict[str, str]) -> None:
    if record.id in first_seen:
        raise _RowProblem(f"the id {record.id!r} stands in {first_seen[record.id]} too")
    first_seen[record.id] = record.where


def _need_columns(source: Path | str, columns: Columns, row: Row) -> None:
    wanted = [*columns.shown, *filter(None, [columns.id, columns.label]), *columns.meta]
    missing = [name for name in wanted if name not in row.values]
    if missing:
        there = ", ".join(row.values) or "none"
        names = ", ".join(map(repr, missing))
        raise DataError(source, [f"{row.where} has no column {names}; there are: {there}"])


def _record(
    row: Row, columns: Columns, media: MediaFolder, base: Path, copies: Counter[str]
) -> Record:
    fields = {
        name: _field(name, row.values[name], columns.kind(name), media, base)
        for name in columns.shown
    }
    _check_text(row)
    texts = [name for name in columns.shown if columns.kind(name) == "text"]
    if texts and not any(fields[name].strip() for name in texts):
        cell = row.values[texts[0]]
        raise _RowProblem(f"nothing in the column {', '.join(map(repr, texts))}, but {cell!r:.60}")
    meta = {name: _as_told(row.values[name]) for name in columns.meta}
    return Record(_id(row, columns, fields, copies), fields, _label(row, columns), row.where, meta)


def _field(name: str, cell: Any, kind: str, media: MediaFolder, base: Path) -> Any:
    """A cell as it is stored: text, a table's cell, or the name of a file in *media*."""
    if kind == "table":
        return _cell(name, cell)
    if kind == "text" and _is_blank(cell):
        return ""  # one of several texts may be missing
    if not isinstance(cell, str) or _is_blank(cell):
        raise _RowProblem(f"nothing in the column {name!r}, but {cell!r:.60}")
    if kind == "text":
        return cell
    try:
        return media.take(base / cell, kind)
    except (OSError, ValueError) as why:
        raise _RowProblem(str(why)) from why


def _is_blank(cell: Any) -> bool:
    if isinstance(cell, str):
        return not cell.strip()
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def _as_told(cell: Any) -> str | int | float | bool | None:
    """A cell of metadata, which is only ever shown: None where blank; a date becomes text."""
    if _is_blank(cell):
        return None
    if isinstance(cell, str | bool | int) or (isinstance(cell, float) and math.isfinite(cell)):
        return cell
    return str(cell)


def _cell(name: str, cell: Any) -> Any:
    """A cell of a table: None where blank, a number where it is one, else text."""
    if _is_blank(cell):
        return None
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int | float):
        number = float(cell)
    elif isinstance(cell, str):
        try:
            number = float(cell)
        except ValueError:
            return cell.strip()
    else:
        raise _RowProblem(f"the column {name!r} holds {cell!r:.60}, neither a number nor text")
    if not abs(number) <= LARGEST:  # nor is what is no number
        raise _RowProblem(f"the column {name!r} holds {cell!r}, which is no number to learn from")
    return number


def _id(row: Row, columns: Columns, fields: dict[str, Any], copies: Counter[str]) -> str:
    if row.id is not None or columns.id is not None:
        given = row.id if columns.id is None else row.values[columns.id]
        if given is None or not str(given).strip():
            raise _RowProblem(f"nothing in the id column {columns.id or 'id'!r}")
        return str(given).strip()
    content = hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]
    copies[content] += 1  # the same content twice is two items: people may well be asked twice
    return content if copies[content] == 1 else f"{content}-{copies[content]}"


def _label(row: Row, columns: Columns) -> str | list[Any] | None:
    if columns.label is None:
        return None
    given = row.values[columns.label]
    return given if isinstance(given, list) else name_in(given)


def name_in(cell: Any) -> str | None:
    """A cell as a name; None where blank."""
    if _is_blank(cell):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # 3.0 in Parquet is 3 in CSV
    return str(cell).strip()


def _number(name: str) -> tuple[int, float]:
    try:
        return (0, float(name))
    except ValueError:
        return (1, 0.0)
