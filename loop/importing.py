"""Items into a project: read and checked at leisure, then stored at one stroke, or not at all.

The first import makes part of a new project, every later one finds people at work in it. Reading,
comparing and packing hold nobody up; the write lock is held for the inserts alone.
"""

import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from loop import audit, dataset, erased, ranking, tasks
from loop.dataset import Columns, Record
from loop.errors import DataError
from loop.formats import Row
from loop.media import KINDS, MediaFolder
from loop.project import OWNER, Project
from loop.settings import Settings
from loop.store import Store, incoming, items, latecomers, log, rounds
from loop.store.incoming import Known
from loop.store.items import AUDIT, POOL, Item
from loop.store.log import Event
from loop.store.rounds import Pointer

Progress = Callable[[str, int], None]  # what is being read, and how many rows so far
POSTED = "The list of items"  # what refusals call rows that came without a file
TUNED = "this is a tuning session: its proposals are made by askwell tune, from the answers"
MANY = 1_000  # new items from which on SQLite is told what is coming
STALE = 86_400.0  # seconds after which files that an import left waiting are swept away


@dataclass(frozen=True)
class Source:
    """A file or folder to import, and which of its columns mean what."""

    path: Path
    columns: Columns


@dataclass(frozen=True)
class Batch:
    """Rows that were read and checked; nothing of them is stored yet. Discard it when done."""

    name: str  #: of the file
    records: Sequence[Record]
    media: MediaFolder  #: where the files that they bring wait

    def discard(self) -> None:
        """Delete what waits."""
        shutil.rmtree(self.media.folder, ignore_errors=True)


@dataclass(frozen=True)
class Plan:
    """What a batch comes to in the project as it stands now."""

    first: int  #: how many items there are: the position of the first new one
    new: Sequence[Record]
    shares: Sequence[str]  #: of each new one
    already_there: int
    copies: int  #: new ones whose content the project has under another id
    labels_not_taken: int  #: of rows whose item is there already
    left_out: int = 0  #: items that were erased here, by their id or their content

    @property
    def audit(self) -> int:
        """How many of the new ones are audit items."""
        return list(self.shares).count(AUDIT)


@dataclass(frozen=True)
class Imported:
    """What an import has stored."""

    added: int
    already_there: int
    left_out: int = 0  #: items that were erased here


def columns(project: Project, id: str | None = None, label: str | None = None) -> Columns:  # noqa: A002
    """The columns that a file for this project must have."""
    settings = project.settings
    media, meta = dict(settings.media), settings.meta
    return Columns(settings.modality, settings.columns, id, label, media, meta)


def read(project: Project, source: Source, progress: Progress = lambda _what, _n: None) -> Batch:
    """Read and check a file for *project*. Raises `DataError` naming every bad row."""
    name = source.path.name
    return _batch(
        project,
        name,
        source.path,
        lambda media: dataset.read(source.path, source.columns, media, lambda n: progress(name, n)),
    )


def posted(project: Project, rows: Iterable[tuple[str | None, Mapping[str, Any]]]) -> Batch:
    """Check rows of (id or None, fields) that came without a file. Raises `DataError`."""
    settings = project.settings
    wanted = columns(project)
    if files := [name for name in wanted.shown if wanted.kind(name) not in {"text", "table"}]:
        problem = f"{files[0]!r} holds files, which come with: askwell import PROJECT FOLDER"
        raise DataError(POSTED, [problem])
    given = [Row(f"item {n}", dict(fields), id_) for n, (id_, fields) in enumerate(rows, start=1)]
    known = {*settings.columns, *settings.meta}
    if strange := [row for row in given if not row.values.keys() <= known]:
        raise DataError(
            POSTED,
            [
                f"{row.where} has the field {min(row.values.keys() - known)!r}, which this project "
                f"does not: it has {', '.join(sorted(known))}"
                for row in strange
            ],
        )
    return _batch(
        project,
        "posted",
        POSTED,
        lambda media: dataset.checked(POSTED, given, wanted, media, media.folder),
    )


def of_rows(project: Project, source: Path, rows: Sequence[Row]) -> Batch:
    """Check rows that another file than a table brought. Raises `DataError`."""
    wanted = columns(project)
    if not rows:
        return Batch(source.name, [], MediaFolder(project.folder / "staging" / "nothing"))
    return _batch(
        project,
        source.name,
        source,
        lambda media: dataset.checked(source, rows, wanted, media, source.parent),
    )


def plan(project: Project, batch: Batch, by: str = OWNER) -> Plan:
    """What *batch* comes to.

    Raises `DataError` where an id is there with another content, and where items are new in a
    tuning session whose trainer has not made them.
    """
    told = [items.content_of(record.fields) for record in batch.records]
    with project.store.snapshot() as db:
        first = items.count(db)
        known = list(items.alike(db, {record.id for record in batch.records}, set(told)))
        gone = erased.known(db)
    by_id = {id_: content for id_, content, _ in known}
    # Where a content is there several times, an audit item among them decides: see `shares`.
    audit_last = sorted(known, key=lambda row: row[2], reverse=True)
    by_content = {content: share for _, content, share in audit_last}
    pairs = list(zip(batch.records, told, strict=True))
    problems = [
        f"{record.where}: the id {record.id!r} is there already, with another content"
        for record, content in pairs
        if by_id.get(record.id, content) != content
    ]
    if problems:
        raise DataError(batch.name, problems)
    absent = [(record, content) for record, content in pairs if record.id not in by_id]
    new = [
        (record, content)
        for record, content in absent
        if not gone or gone.isdisjoint(erased.marks(project.secret, record.id, content).values())
    ]
    if new and project.settings.space is not None and by != rounds.TRAINER:
        raise DataError(batch.name, [TUNED])
    return Plan(
        first=first,
        new=[record for record, _ in new],
        shares=audit.shares(project.settings, first, new, by_content),
        already_there=len(pairs) - len(absent),
        copies=sum(content in by_content for _, content in new),
        labels_not_taken=sum(r.label is not None and r.id in by_id for r in batch.records),
        left_out=len(absent) - len(new),
    )


def add(project: Project, batch: Batch, by: str = OWNER) -> Imported:
    """Store what is new in *batch*, all of it or nothing. Raises `DataError` as `plan` does."""
    while True:
        now = plan(project, batch, by)
        if not now.new:
            break
        ready = _prepared(project.store, project.settings, now, [batch.name], by)
        order = ranking.behind(ready.asked, project.settings.seed)
        _take_files(project, batch, now.new)
        store = project.store
        write = store.write if len(now.new) < MANY else store.write_much
        with incoming.put_down(store.read, ready.new, ready.labels), write() as db:
            if items.count(db) == now.first:  # else another import came in between
                log.append(db, [ready.event])
                incoming.store(db)
                latecomers.add(db, order)
                break
    return Imported(len(now.new), now.already_there, now.left_out)


def first(
    store: Store,
    settings: Settings,
    asked: Sequence[Record],
    known: Sequence[Record],
    files: Sequence[str],
) -> None:
    """Store the items of a new project; *known* are audit items that bring their truth."""
    rows = [(record, items.content_of(record.fields)) for record in asked]
    drawn = [POOL] * len(asked) if known else audit.shares(settings, 0, rows, {})
    everything = Plan(0, [*asked, *known], [*drawn, *[AUDIT] * len(known)], 0, 0, 0)
    ready = _prepared(store, settings, everything, files, OWNER)
    order = ranking.shuffled(np.array(ready.asked, np.int64), settings.seed)
    file = ranking.save(order, store.folder / "rankings", version=0)
    with incoming.put_down(store.read, ready.new, ready.labels), store.write() as db:
        log.append(db, [ready.event])
        incoming.store(db)
        rounds.point_at(db, Pointer(0, file, "random", head=0, tail="random"))


@dataclass(frozen=True)
class _Prepared:
    """What an import will store."""

    event: Event
    new: Sequence[Item]
    labels: Sequence[Known]

    @property
    def asked(self) -> list[int]:
        """Positions that people are to be asked."""
        known = {label.position for label in self.labels}
        return [i.position for i in self.new if i.share == POOL and i.position not in known]


def _batch(
    project: Project,
    name: str,
    source: Path | str,
    read_into: Callable[[MediaFolder], list[Record]],
) -> Batch:
    waiting = project.folder / "staging"
    for left in waiting.glob("*"):
        with suppress(FileNotFoundError):  # another import may be sweeping too
            if time.time() - left.stat().st_mtime > STALE:
                shutil.rmtree(left, ignore_errors=True)
    media = MediaFolder(waiting / secrets.token_hex(8))
    try:
        settings = project.settings
        task = tasks.get(settings.task)
        records = [
            replace(record, label=settings.now(record.label))
            for record in dataset.values(read_into(media), task)
        ]
        dataset.declared(source, records, settings.classes, task)
    except BaseException:
        shutil.rmtree(media.folder, ignore_errors=True)
        raise
    return Batch(name, records, media)


def _take_files(project: Project, batch: Batch, new: Sequence[Record]) -> None:
    """Move the files of new items in; those of items left out stay behind, and are discarded."""
    brought = [name for name, kind in project.settings.kinds.items() if kind in KINDS]
    for name in {record.fields[column] for record in new for column in brought}:
        waiting = batch.media.path(name)
        if waiting.exists():  # else a try before this one has taken it, or another item
            project.media.folder.mkdir(exist_ok=True)
            waiting.replace(project.media.path(name))


def _prepared(
    store: Store, settings: Settings, plan: Plan, files: Sequence[str], by: str
) -> _Prepared:
    event = f"{log.OURS}import-{log.end(store.read)}"
    new = [
        Item(position, record.id, record.fields, share, record.meta)
        for position, (record, share) in enumerate(
            zip(plan.new, plan.shares, strict=True), start=plan.first
        )
    ]
    ordered = tasks.get(settings.task).ordered
    labels = [
        Known(
            f"{event}-{item.position}",
            item.position,
            item.share,
            ordered(record.label, settings.classes),
        )
        for item, record in zip(new, plan.new, strict=True)
        if record.label is not None
    ]
    imported = {
        "files": list(files),
        "items": len(new),
        "audit": plan.audit,
        "fingerprint": dataset.fingerprint(plan.new),
    }
    return _Prepared(Event(event, "import", by, value=imported), new, labels)
