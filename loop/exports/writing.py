"""An export on its way to disk: data, then what is said of it; renamed when it is whole."""

import datetime
import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from loop import pre_labels
from loop.exports import card, croissant
from loop.exports.choice import Choice, Splits, rfc3339
from loop.exports.errors import ExportError
from loop.exports.form import Format
from loop.exports.outgoing import Outgoing
from loop.exports.raters import Raters
from loop.exports.sinks import DataFile
from loop.pre_labels import Wanted
from loop.project import Project
from loop.store import Database, corrections, leaving
from loop.store.items import POOL
from loop.tasks.judgement import SCHEMA_VERSION

MANIFEST, SCHEMA, CARD, CROISSANT = "manifest.json", "schema.json", "README.md", "croissant.json"
PEOPLE = "annotators.json"
SCHEMA_NAME = f"askwell-export-{SCHEMA_VERSION}"
Told = dict[str, Any]


@dataclass(frozen=True)
class Wishes:
    """What is wanted of an export beside its format."""

    choice: Choice = field(default_factory=Choice)
    splits: Splits = field(default_factory=Splits)
    names: bool = False  #: people's real ones
    pre_labels: Wanted | None = None
    seen: Callable[[int], None] = lambda _rows: None  #: told how many rows are written

    def of(self, project: Project, db: Database, form: Format) -> Outgoing:
        """The export of the project as *db* sees it. Raises `ExportError` and `PreLabelError`."""
        if self.pre_labels and not form.has_pre_labels:
            raise ExportError(f"Pre-labels go into csv, jsonl and parquet, not into {form.name}.")
        if self.pre_labels and not self.choice.chosen.items() <= {("share", POOL)}:
            raise ExportError(
                "Pre-labels are of all items of the pool that nobody answered: with them goes no "
                "filter but --share pool."
            )
        settings = project.terms(db).settings
        raters = Raters(project.secret, names=self.names)
        self.choice.check(db, settings, raters)
        made = None if self.pre_labels is None else pre_labels.of(project, db, self.pre_labels)
        accepted = corrections.accepted(db)
        return Outgoing(settings, db, raters, self.choice, self.splits, accepted, made)


def write_as(project: Project, form: Format, folder: Path, wishes: Wishes) -> Path:
    """Write an export of this format; returns its first data file. See `loop.exports.write`."""
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"{folder} is not an empty folder; name a new one for the export.")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / form.folder).mkdir(parents=True)
    try:
        with project.store.apart() as db:  # all of one moment: the manifest is of exactly this
            out = wishes.of(project, db, form)
            data = _data(out, form, partial, wishes.seen)
            _say(out, form, partial, data)
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder / next(iter(data))


def manifest(folder: Path) -> Told:
    """What is said of the export in *folder*."""
    told: Told = json.loads((folder / MANIFEST).read_text("utf-8"))
    return told


def as_written(told: Told) -> str:
    """A manifest as its file has it."""
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def digest(told: Told) -> str:
    """SHA-256 of what a manifest says but for this."""
    rest = {name: value for name, value in told.items() if name != "digest"}
    return hashlib.sha256(as_written(rest).encode()).hexdigest()


def _data(
    out: Outgoing, form: Format, folder: Path, seen: Callable[[int], None]
) -> dict[str, Told]:
    """Write the data files; returns what is to be said of each, by its name."""
    stems = {name: name for name in out.splits.shares} or {"": form.stem}
    where = f"{form.folder}/" if form.folder else ""
    names = {split: f"{where}{stem}{form.suffix}" for split, stem in stems.items()}
    encoder = form.encoder(out)
    files = {split: DataFile(folder / name, encoder) for split, name in names.items()}
    n = 0
    for n, made in enumerate(form.records(out), start=1):
        files[out.splits.of(made.key)].add(made.kind, made.record)
        seen(n)
    if not n and form.needs_rows:
        raise ExportError(_nothing(out, form))
    return {names[split]: file.close() for split, file in files.items()}


def _nothing(out: Outgoing, form: Format) -> str:
    why = ", ".join(f"{reason} ({n:,})" for reason, n in out.left_out.items())
    return f"There is nothing here for the format {form.name}, {form.what}; left out: {why or '–'}."


def _say(out: Outgoing, form: Format, folder: Path, data: dict[str, Told]) -> None:
    """Write what is said of the data; the manifest last, of all other files."""
    told = _told(out, form, data)
    texts = form.beside(out) | {SCHEMA: _json(form.schema(out))}
    if out.raters.names and (number_of := form.number_of):
        people = [n for n in leaving.people(out.db) if out.choice.is_by(n, out.raters)]
        texts[PEOPLE] = _json({number_of(out.raters, name): name for name in people})
    texts[CARD] = card.text(out, form, told)
    texts[CROISSANT] = _json(croissant.document(out, form, told))
    for name, content in texts.items():
        (folder / name).write_bytes(content.encode())
        told["files"][name] = {
            "sha256": hashlib.sha256(content.encode()).hexdigest(),
            "bytes": len(content.encode()),
        }
    told["digest"] = digest(told)
    (folder / MANIFEST).write_bytes(as_written(told).encode())


def _told(out: Outgoing, form: Format, data: dict[str, Told]) -> Told:
    kinds: Counter[str] = Counter()
    for one in data.values():
        kinds.update(one["rows_by_kind"])
    told = {
        "schema": SCHEMA_NAME,
        "schema_version": SCHEMA_VERSION,
        "format": form.name,
        "askwell": version("askwell"),
        "project": out.settings.name,
        "created_at": rfc3339(datetime.datetime.now(datetime.UTC).timestamp()),
        "annotators": "names" if out.raters.names else "pseudonyms",
        "filters": out.choice.told(out.raters),
        "splits": dict(out.splits.shares),
        "rows": kinds.total(),
        "rows_by_kind": dict(sorted(kinds.items())),
        "left_out": dict(sorted(out.left_out.items())),
        "files": dict(data),
        "settings": out.settings.model_dump(mode="json"),
    }
    if out.pre_labels:
        told["pre_labels"] = out.pre_labels.told()
    return told


def _json(told: Any) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"
