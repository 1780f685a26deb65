"""A new project from a file: all of it, or nothing on disk."""

import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loop import dataset, importing, offers, recipes, tasks
from loop.dataset import Record, columns_of
from loop.errors import DataError, ProjectExists, SettingsError
from loop.importing import Progress, Source
from loop.media import MediaFolder
from loop.project import OWNER, OWNER_ROLE, Project
from loop.settings import PAIR, SYSTEM, Settings, settings_from
from loop.store import Store, log, people
from loop.store.log import Event
from loop.tasks import compare

__all__ = ["Source", "as_a_whole", "begun", "columns_of", "create", "new_store"]


def begun(folder: Path, settings: Settings) -> Project:
    """Create and open a project without items. Raises `ProjectExists`."""
    with as_a_whole(folder) as partial:
        new_store(partial, settings).close()
    return Project.open(folder)


def create(
    folder: Path,
    data: Source,
    *,
    audit: Source | None = None,
    classes: Sequence[str] = (),
    progress: Progress = lambda _what, _rows: None,
    **settings: Any,
) -> Project:
    """Create and open the project *folder* from *data*; `audit` brings items of known truth.

    `settings` are those of `Settings`. Raises `ProjectExists`, `SettingsError` (an unknown setting,
    no classes, a strategy that does not exist or that the recipe cannot serve) or `DataError`;
    then nothing is left on disk.
    """
    with as_a_whole(folder) as partial:
        _build(
            partial,
            name=folder.resolve().name,
            data=data,
            audit=audit,
            classes=tuple(classes),
            progress=progress,
            settings=settings,
        )
    return Project.open(folder)


@contextmanager
def as_a_whole(folder: Path) -> Iterator[Path]:
    """Where to build what becomes *folder* once it is whole. Raises `ProjectExists`."""
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectExists(folder)
    partial = folder.parent / f".{folder.name}.{secrets.token_hex(4)}.partial"
    try:
        yield partial
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def new_store(folder: Path, settings: Settings) -> Store:
    """A new database with its owner and its settings."""
    folder.mkdir(parents=True, exist_ok=True)
    store = Store.create(folder)
    with store.write() as db:
        people.add(db, OWNER, OWNER_ROLE)
        decided = settings.model_dump(mode="json")
        log.append(db, [Event(f"{log.OURS}settings-1", "settings", OWNER, value=decided)])
    return store


def _build(
    folder: Path,
    *,
    name: str,
    data: Source,
    audit: Source | None,
    classes: tuple[str, ...],
    progress: Progress,
    settings: dict[str, Any],
) -> None:
    media = MediaFolder(folder / "media")
    asked = dataset.read(data.path, data.columns, media, lambda n: progress(data.path.name, n))
    known: list[Record] = []
    if audit is not None:
        known = dataset.read(
            audit.path, audit.columns, media, lambda n: progress(audit.path.name, n)
        )
        _check_audit(audit.path, known, asked)
    task = tasks.get(settings.get("task", "classify"))
    asked, known = dataset.values(asked, task), dataset.values(known, task)
    if task.classes is None:
        classes = classes or dataset.classes_in([*asked, *known], task)
    if not classes and task.classes is None:
        raise SettingsError("No classes: the data has no labels, so name them: --classes a,b,c")
    kind = data.columns.modality
    if task.name == compare.TASK.name:
        kind = SYSTEM if settings.get("systems") else PAIR
    recipe = recipes.resolved(settings.pop("recipe", recipes.DEFAULT), kind)
    checked = settings_from(
        name=name,
        modality=data.columns.modality,
        columns=data.columns.shown,
        media=dict(data.columns.media),
        meta=data.columns.meta,
        classes=classes,
        recipe=recipe,  # in full: what is usual may be another one in a later version
        **settings,
    )
    offers.check(checked)
    dataset.declared(data.path, asked, checked.classes, task)
    if audit is not None:
        dataset.declared(audit.path, known, checked.classes, task)
    store = new_store(folder, checked)
    try:
        files = [source.path.name for source in (data, audit) if source is not None]
        importing.first(store, checked, asked, known, files)
    finally:
        store.close()


def _check_audit(source: Path, known: Sequence[Record], asked: Sequence[Record]) -> None:
    ids = {record.id: record.where for record in asked}
    contents = {str(record.fields): record.where for record in asked}
    problems = [
        f"{record.where}: the id {record.id!r} is in the pool too ({ids[record.id]}); give the "
        "audit items ids of their own"
        for record in known
        if record.id in ids
    ]
    problems += [
        f"{record.where}: the same item is in the pool too ({contents[str(record.fields)]}); an "
        "audit item must not be trained on: take it out of one of the two"
        for record in known
        if str(record.fields) in contents
    ]
    problems += [
        f"{record.where}: no label; an audit file brings the truth for every row"
        for record in known
        if record.label is None
    ]
    if problems:
        raise DataError(source, problems)
