"""A new project from a file of another tool: its items, and all that was said of them."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loop import creation
from loop.dataset import Columns
from loop.errors import DataError, SettingsError
from loop.foreign.brought import Beginning, ForeignFile
from loop.foreign.taking import take
from loop.importing import Source
from loop.media import KINDS
from loop.project import Project

ID = "askwell item id"  # no other column's name


def create(
    folder: Path, file: ForeignFile, *, classes: Sequence[str] = (), **settings: Any
) -> Project:
    """Create the project *folder* from *file*; `settings` come before what the file tells.

    Raises `SettingsError` where it does not tell what is asked, and as `loop.creation.create` and
    `loop.foreign.taking.take` do; then nothing is left on disk.
    """
    begin = file.begin()
    if not begin.columns:
        raise DataError(file.path, ["no item in it has anything to judge"])
    settings.setdefault("task", begin.task)
    if settings["task"] is None:
        raise SettingsError(f"{file.path} does not tell what is asked; name it with --task.")
    if settings["task"] == "rate" and begin.scale is not None:
        settings.setdefault("scale", begin.scale)
    with tempfile.TemporaryDirectory() as scratch:
        source = _source(Path(scratch) / f"{file.path.stem}.jsonl", file, begin)
        known = tuple(classes) or begin.classes
        made = creation.create(folder, source, classes=known, **settings)
    try:
        take(made, file)
    except BaseException:
        made.close()
        shutil.rmtree(made.folder)
        raise
    return made


def _source(path: Path, file: ForeignFile, begin: Beginning) -> Source:
    """The items as a file of their own."""
    has_ids = all(one.id is not None for one in file.items)
    meta = tuple(dict.fromkeys(name for one in file.items for name in one.meta))
    with path.open("w", encoding="utf-8") as text:
        for one in file.items:
            cells = {name: _cell(file, begin, one.fields.get(name)) for name in begin.columns}
            cells |= {name: one.meta.get(name) for name in meta} | {ID: one.id}
            text.write(json.dumps(cells) + "\n")
    id_ = ID if has_ids else None
    return Source(path, Columns(begin.modality, begin.columns, id_, meta=meta))


def _cell(file: ForeignFile, begin: Beginning, cell: Any) -> Any:
    """A cell; files are named from where the file lies."""
    if begin.modality in KINDS and isinstance(cell, str):
        return str((file.path.parent / cell).resolve())
    return cell
