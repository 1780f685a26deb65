"""A new project from a file: all of it, or nothing on disk."""

import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import strategies
from loop import dataset, model, ranking, tasks
from loop.dataset import Columns, Record
from loop.errors import DataError, ProjectExists, SettingsError
from loop.formats import rows_of
from loop.media import MediaFolder
from loop.project import OWNER, OWNER_ROLE, Project
from loop.settings import Settings, settings_from
from loop.store import Database, Store, items, log, people, rounds
from loop.store.items import Item
from loop.store.log import Event
from loop.store.rounds import Pointer
from loop.tasks import Task

Progress = Callable[[str, int], None]  # what is being read, and how many rows so far


@dataclass(frozen=True)
class Source:
    """A file or folder to import, and which of its columns mean what."""

    path: Path
    columns: Columns


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
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectExists(folder)
    partial = folder.parent / f".{folder.name}.{secrets.token_hex(4)}.partial"
    try:
        _build(
            partial,
            name=folder.name,
            data=data,
            audit=audit,
            classes=tuple(classes),
            progress=progress,
            settings=settings,
        )
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Project.open(folder)


def columns_of(source: Path) -> list[str]:
    """The columns of a file, from its first row. Raises `DataError`."""
    for row in rows_of(source):
        return list(row.values)
    raise DataError(source, ["the file has a header but no rows"])


def strategy_list() -> list[dict[str, Any]]:
    """Every query strategy, for people and programs; `SettingsError` if a plug-in is broken."""
    try:
        found = [strategies.get(name) for name in strategies.names()]
    except strategies.StrategyError as why:
        raise SettingsError(str(why)) from why
    return [
        {"name": one.name, "label": one.label, "needs": sorted(one.needs), "cost": one.cost}
        for one in found
    ]


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
    asked, known = _values(task, asked), _values(task, known)
    classes = classes or dataset.classes_in([*asked, *known], task)
    if not classes:
        raise SettingsError("No classes: the data has no labels, so name them: --classes a,b,c")
    checked = settings_from(
        name=name,
        modality=data.columns.modality,
        columns=data.columns.shown,
        classes=classes,
        **settings,
    )
    check_strategy(checked)
    dataset.declared(data.path, asked, classes, task)
    if audit is not None:
        dataset.declared(audit.path, known, classes, task)
    folder.mkdir(parents=True, exist_ok=True)
    store = Store.create(folder)
    try:
        files = [source.path.name for source in (data, audit) if source is not None]
        _import(store, checked, asked, known, files)
    finally:
        store.close()


def _values(task: Task, records: Sequence[Record]) -> list[Record]:
    """The same records, each label read as the task reads it."""
    return [
        record if record.label is None else replace(record, label=task.read(record.label))
        for record in records
    ]


def check_strategy(settings: Settings) -> None:
    """Raise `SettingsError` if the strategy does not exist or the recipe cannot serve it."""
    try:
        strategy = strategies.get(settings.strategy)
    except strategies.StrategyError as why:
        raise SettingsError(str(why)) from why
    estimator = model.estimator(settings.recipe, settings.seed)
    if not hasattr(estimator, "predict_proba"):
        raise SettingsError(
            f"The recipe {settings.recipe!r} gives no probabilities, and the order in which items "
            "are asked needs them; choose a classifier with predict_proba."
        )
    if lacking := strategy.needs - {"labels", "probabilities"}:
        raise SettingsError(
            f"The strategy {strategy.name!r} needs {', '.join(sorted(lacking))}, which no recipe "
            "gives yet; choose another strategy."
        )


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


def _import(
    store: Store,
    settings: Settings,
    asked: Sequence[Record],
    known: Sequence[Record],
    files: Sequence[str],
) -> None:
    drawn = set() if known else _drawn_for_audit(settings, asked)
    records = [*asked, *known]
    rows = [
        Item(i, r.id, r.fields, items.AUDIT if i in drawn or i >= len(asked) else items.POOL)
        for i, r in enumerate(records)
    ]
    imported = {
        "files": list(files),
        "items": len(rows),
        "audit": sum(row.share == items.AUDIT for row in rows),
        "fingerprint": dataset.fingerprint(records),
    }
    decided = settings.model_dump(mode="json")
    ordered = tasks.get(settings.task).ordered
    with store.write() as db:
        people.add(db, OWNER, OWNER_ROLE)
        log.append(db, [_event("settings-1", "settings", OWNER, value=decided)])
        log.append(db, [_event("import-1", "import", OWNER, value=imported)])
        items.add(db, rows)
        log.append_known(
            db,
            (
                _event(
                    f"import-1-{i}",
                    "label",
                    log.IMPORT,
                    position=i,
                    value=ordered(record.label, settings.classes),
                )
                for i, record in enumerate(records)
                if record.label is not None
            ),
        )
        _rank_at_random(db, settings.seed, store.folder)


def _event(name: str, kind: str, by: str, **more: Any) -> Event:
    return Event(log.OURS + name, kind, by, **more)


def _rank_at_random(db: Database, seed: int, folder: Path) -> None:
    """The order of the pool before there is a model."""
    closed = set(log.closed_positions(db))
    pool = [p for p in items.positions(db, items.POOL) if p not in closed]
    file = ranking.save(
        ranking.shuffled(np.array(pool, dtype=np.int64), seed), folder / "rankings", 0
    )
    rounds.point_at(db, Pointer(version=0, file=file, strategy="random", head=0, tail="random"))


def _drawn_for_audit(settings: Settings, records: Sequence[Record]) -> set[int]:
    """Which rows are set aside to measure accuracy: a seeded random share of what is to be asked.

    Copies of a row go with it, or the model would be measured on what it was trained on. Rows that
    came with a label are left out: they are another sample, and would be measured first.
    """
    size = min(settings.audit_most, round(settings.audit_share * len(records)))
    copies: dict[str, list[int]] = {}
    for row, record in enumerate(records):
        copies.setdefault(str(record.fields), []).append(row)
    groups = [rows for rows in copies.values() if all(records[row].label is None for row in rows)]
    drawn: set[int] = set()
    for group in np.random.default_rng(settings.seed).permutation(len(groups)):
        if len(drawn) >= size:
            break
        drawn.update(groups[group])
    return drawn
