"""Is an export as it was written? Its bytes, its rows, and what it says of itself."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from loop.errors import LoopError
from loop.exports.choice import rfc3339
from loop.exports.writing import CROISSANT, MANIFEST, SCHEMA, SCHEMA_NAME, as_written, digest
from loop.formats.delimited import LONGEST_CELL
from loop.store.items import content_of

CHUNK = 1 << 20  # bytes that are read at once
MOST = 20  # problems of the rows of one file that are named; there is no use in more
NEEDED = ("format", "files", "splits", "rows", "rows_by_kind", "settings")  # in a manifest
BEHIND = 4  # columns of `hf` behind those of the items: the label, and what is known of it


class VerifyError(LoopError):
    """A folder that is no export."""


@dataclass
class Found:
    """What is wrong with an export; nothing, if it is as it was written."""

    folder: Path
    files: int = 0
    rows: int = 0
    problems: list[str] = field(default_factory=list)  #: each names a file and what differs

    def told(self) -> dict[str, Any]:
        """As one document."""
        return vars(self) | {"folder": str(self.folder), "verified": not self.problems}

    def in_words(self) -> str:
        """In a sentence."""
        if self.problems:
            return f"{self.folder}: {len(self.problems):,} problems"
        return f"{self.folder}: {self.files} files and {self.rows:,} rows are as they were written"


def check(folder: Path) -> Found:
    """Check the export in *folder*. Raises `VerifyError` where there is none."""
    told = _manifest(folder)
    found = Found(folder)
    found.problems += _of_manifest(folder, told)
    if found.problems:
        return found  # what it says of the rest is not to be believed
    for name, said in told["files"].items():
        found.files += 1
        found.problems += _of_bytes(folder, name, said)
    if found.problems:
        return found  # what is in files that differ says nothing more
    found.problems += _of_croissant(folder, told)
    _check_rows(found, told)
    return found


def _manifest(folder: Path) -> Any:
    path = folder / MANIFEST
    if not path.is_file():
        raise VerifyError(f"{folder} is no export of askwell: there is no {MANIFEST} in it.")
    try:
        return json.loads(path.read_bytes())
    except ValueError as why:  # neither JSON nor UTF-8
        raise VerifyError(f"{path} cannot be read: {why}.") from why


def _of_manifest(folder: Path, told: Any) -> list[str]:
    if not isinstance(told, dict) or told.get("schema") != SCHEMA_NAME:
        schema = told.get("schema") if isinstance(told, dict) else told
        return [f"{MANIFEST}: its schema is {schema!r:.60}, and {SCHEMA_NAME!r} is what is read"]
    if (folder / MANIFEST).read_bytes() != as_written(told).encode():
        return [f"{MANIFEST}: it is not as askwell writes it"]
    if told.get("digest") != digest(told):
        return [f"{MANIFEST}: it was changed; its digest is of something else"]
    if lacking := [name for name in NEEDED if name not in told]:
        return [f"{MANIFEST}: it does not say {', '.join(lacking)}"]
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    more = sorted(there - told["files"].keys() - {MANIFEST})
    return [f"{name}: the manifest does not know it" for name in more]


def _of_bytes(folder: Path, name: str, said: Mapping[str, Any]) -> list[str]:
    path = folder / name
    if not path.is_file():
        return [f"{name}: it is not there"]
    if (size := path.stat().st_size) != said["bytes"]:
        return [f"{name}: it has {size:,} bytes, and the manifest says {said['bytes']:,}"]
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(CHUNK):
            sha256.update(part)
    if sha256.hexdigest() != said["sha256"]:
        return [f"{name}: its SHA-256 is {sha256.hexdigest()}, and the manifest says another"]
    return []


def _of_croissant(folder: Path, told: Mapping[str, Any]) -> list[str]:
    """Whether it speaks of the same data files."""
    document = json.loads((folder / CROISSANT).read_text("utf-8"))
    said = {one["contentUrl"]: one["sha256"] for one in document["distribution"]}
    if said != {name: told["files"][name]["sha256"] for name in _data(told)}:
        return [f"{CROISSANT}: it speaks of other data files than the manifest"]
    return []


def _data(told: Mapping[str, Any]) -> list[str]:
    return [name for name, one in told["files"].items() if "rows" in one]


def _check_rows(found: Found, told: Mapping[str, Any]) -> None:
    schema = json.loads((found.folder / SCHEMA).read_text("utf-8"))
    validator = Draft202012Validator(schema)
    sides: dict[int, str] = {}  # hash of what must be on one side → its file
    kinds: Counter[str] = Counter()
    for name in _data(told):
        said, problems, n = told["files"][name], [], 0
        for n, record in enumerate(_read(found.folder / name, schema), start=1):
            problems += _of_row(validator, record, f"{name}: row {n}")
            if told["splits"]:
                identities = _of_item(record, told) if told["format"] == "hf" else _of(record)
                problems += _of_sides(sides, name, identities, f"{name}: row {n}")
            if len(problems) >= MOST:
                break
        found.rows += n
        kinds.update(said["rows_by_kind"])
        if n != said["rows"] and len(problems) < MOST:
            problems.append(f"{name}: it has {n:,} rows, and the manifest says {said['rows']:,}")
        found.problems += problems
    if dict(kinds) != told["rows_by_kind"] or kinds.total() != told["rows"]:
        found.problems.append(f"{MANIFEST}: its rows by kind are not those of its files")


def _of_row(validator: Draft202012Validator, record: Any, where: str) -> list[str]:
    return [
        f"{where}: {'.'.join(map(str, why.absolute_path)) or 'it'}: {why.message:.200}"
        for why in validator.iter_errors(record)
    ]


def _of_sides(
    sides: dict[int, str], name: str, identities: Iterable[tuple[str, str]], where: str
) -> list[str]:
    """Whether what a record is of stands in another split as well."""
    return [
        f"{where}: {what} stands in {sides[mark]} too"
        for what, content in identities
        if sides.setdefault(mark := hash((what, content)), name) != name
    ]


def _of_item(record: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The same of a row of the format `hf`, whose columns may have any name: by their order."""
    yield "its item", record["item_id"]
    meta = {f"meta_{name}" for name in told["settings"]["meta"]}
    yield from _of_fields({name: record[name] for name in [*record][1:-BEHIND] if name not in meta})


def _of(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What must not be on two sides: the prompt, else the content; the item, the interaction."""
    meta = record.get("meta") or {}
    for what, id_ in (
        ("its item", record.get("item_id") or meta.get("item_id") or record.get("id")),
        ("its interaction", record.get("interaction_id")),
    ):
        if isinstance(id_, str):
            yield what, id_
    yield from _of_fields(_fields(record), record.get("prompt"))


def _of_fields(fields: Mapping[str, Any], asked: Any = None) -> Iterator[tuple[str, str]]:
    prompt = fields.get("prompt") or fields.get("field_prompt") or asked
    if prompt:
        yield "its prompt", str(prompt)
    elif any(value is not None for value in fields.values()):
        yield "its content", content_of(dict(fields))


def _fields(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was judged, as each format has it."""
    if nested := record.get("fields") or record.get("data"):
        return dict(nested)
    return {name: value for name, value in record.items() if name.startswith("field_")}


def _read(path: Path, schema: Mapping[str, Any]) -> Iterator[Any]:
    return _READERS[path.suffix](path, schema.get("properties", {}))


def _csv(path: Path, columns: Mapping[str, Any]) -> Iterator[Any]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {name: _cell(text, columns.get(name, {})) for name, text in row.items()}


def _cell(text: str | None, told: Mapping[str, Any]) -> Any:
    """A cell of a table of texts as what it is, if it can be read so."""
    kinds = told.get("type", "string")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not text:
        return None if "null" in kinds or "enum" in told else text
    if {"integer", "number", "boolean"} & {*kinds}:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _jsonl(path: Path, _columns: Mapping[str, Any]) -> Iterator[Any]:
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from map(json.loads, file)


def _json(path: Path, _columns: Mapping[str, Any]) -> Iterator[Any]:
    """An array with an element a line, as it is written here."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            if text := line.strip().strip("[]").rstrip(","):
                yield json.loads(text)


def _parquet(path: Path, _columns: Mapping[str, Any]) -> Iterator[Any]:
    import pyarrow.parquet as pq  # noqa: PLC0415 - a fifth of a second, paid by who has Parquet

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                yield {
                    name: rfc3339(cell.timestamp()) if hasattr(cell, "timestamp") else cell
                    for name, cell in row.items()
                }


_READERS: dict[str, Callable[[Path, Mapping[str, Any]], Iterator[Any]]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".json": _json,
    ".parquet": _parquet,
}
