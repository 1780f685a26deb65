"""Connections and transactions: one connection per thread, one writer at a time."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from loop.errors import CannotWrite, NewerProject, NotAProject

Database: TypeAlias = sqlite3.Connection
T = TypeVar("T")

MUCH = (
    ("cache_size", -262_144),  # KiB
    ("wal_autocheckpoint", 0),  # pages; 0 is never
    ("foreign_keys", 0),
)
OURS = 0x61736B77  # application_id of a project's file: "askw"
VERSION = 18  # user_version of a file that has had every migration; their number
PATIENCE_MS = 30_000  # how long a writer queues behind another process before it gives up


class Store:
    """The database of one project, shared by threads and processes. Close it when done."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "project.db"
        self._connections: dict[threading.Thread, Database] = {}
        self._registering = threading.Lock()
        self._writer = threading.Lock()  # a fair queue inside one process; SQLite's own polls

    @classmethod
    def create(cls, folder: Path) -> "Store":
        """Make a new database in *folder*."""
        store = cls(folder)
        store._migrate()
        return store

    @classmethod
    def open(cls, folder: Path) -> "Store":
        """Open an existing project, migrated to this version.

        Raises `NotAProject` or `NewerProject`; the file is then untouched.
        """
        store = cls(folder)
        if not store.path.is_file():
            raise NotAProject(folder)
        if _stamp(store.path) != (OURS, VERSION):
            from loop.store.schema import applied, known  # noqa: PLC0415 - see `_migrate`

            had = _untouched(store.path, applied) or []
            if not had:
                raise NotAProject(folder)
            if unknown := set(had) - known():
                raise NewerProject(folder, sorted(unknown))
            store._migrate()
        return store

    def _migrate(self) -> None:
        # sqlite-utils takes pandas along, a quarter of a second; most starts need neither.
        from loop.store.schema import apply  # noqa: PLC0415

        apply(self.read)
        self.read.execute(f"PRAGMA application_id = {OURS}").close()
        self.read.execute(f"PRAGMA user_version = {VERSION}").close()

    @property
    def read(self) -> Database:
        """This thread's connection, for reading."""
        mine = self._connections.get(threading.current_thread())
        return mine if mine is not None else self._connect()

    def _connect(self) -> Database:
        connection = sqlite3.connect(
            self.path, timeout=PATIENCE_MS / 1000, isolation_level=None, check_same_thread=False
        )
        # FULL: an answer that was acknowledged survives a power cut, not only a kill.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()
        with self._registering:  # not the writer's: a page that only reads waits for nobody
            for thread in [thread for thread in self._connections if not thread.is_alive()]:
                self._connections.pop(thread).close()  # a page's every rerun is a thread of its own
            self._connections[threading.current_thread()] = connection
        return connection

    @contextmanager
    def write(self) -> Iterator[Database]:
        """One transaction that holds the write lock from its first line; all of it or nothing."""
        db = self.read
        with self._writer:
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except sqlite3.OperationalError as why:  # a full disk, a lock that is never let go
                raise CannotWrite(self.path, str(why)) from why
            finally:
                if db.in_transaction:
                    db.rollback()

    @contextmanager
    def write_much(self) -> Iterator[Database]:
        """`write` for many megabytes, which holds the others up for less.

        Pages stay in memory until the COMMIT, not written out and read back in between; they are
        moved from the log beside the file into it when the others may write again; and that labels
        belong to items is not looked up row by row: who writes so much brings both.
        """
        db = self.read
        usual = [(name, db.execute(f"PRAGMA {name}").fetchone()[0]) for name, _ in MUCH]
        for name, size in MUCH:
            db.execute(f"PRAGMA {name} = {size}")
        try:
            with self.write():
                yield db
            with suppress(sqlite3.OperationalError):  # a read under way; the next commit does it
                db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        finally:
            for name, size in usual:
                db.execute(f"PRAGMA {name} = {size}")

    @contextmanager
    def snapshot(self) -> Iterator[Database]:
        """Several reads that see the same state, whatever is written meanwhile."""
        db = self.read
        db.execute("BEGIN")
        try:
            yield db
        finally:
            db.execute("ROLLBACK")

    @contextmanager
    def apart(self) -> Iterator[Database]:
        """`snapshot` on a connection of its own, for a read so long that its thread does others."""
        db = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=ro",
            timeout=PATIENCE_MS / 1000,
            isolation_level=None,
            check_same_thread=False,
            uri=True,
        )
        try:
            db.execute("BEGIN")
            yield db
        finally:
            db.close()

    def scrub(self) -> None:
        """Rewrite the whole file, and empty the one beside it: what was erased leaves no bytes.

        Writers wait meanwhile, a second or so for 100,000 items. Raises `CannotWrite`.
        """
        db = self.read
        with self._writer:
            try:
                db.execute("VACUUM")
                busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.OperationalError as why:
                raise CannotWrite(self.path, f"erased, but traces are left: {why}") from why
        if busy:
            raise CannotWrite(self.path, "erased, but a long read keeps traces of it beside it")

    def changes(self) -> int:
        """A number that differs whenever another connection has committed something."""
        return int(self.read.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Close every thread's connection."""
        while self._connections:
            self._connections.popitem()[1].close()


def each(
    db: Database, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> Iterator[dict[str, Any]]:
    """The rows of a query as dictionaries, one at a time."""
    cursor = db.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


def rows(db: Database, sql: str, *values: Any) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries."""
    # Not `db.query`: a savepoint around each read doubles the statements of a key press.
    return list(each(db, sql, values))


def insert(db: Database, table: str, row: dict[str, Any], *, replace: bool = False) -> None:
    """Put one row into a table; with *replace* in place of one with the same key."""
    columns, places = ", ".join(row), ", ".join("?" * len(row))
    verb = "INSERT OR REPLACE" if replace else "INSERT"
    db.execute(f"{verb} INTO {table}({columns}) VALUES ({places})", [*row.values()])


def value(db: Database, sql: str, *values: Any, **named: Any) -> Any:
    """The first column of the first row, or None."""
    row = db.execute(sql, named or values).fetchone()
    return None if row is None else row[0]


def _stamp(path: Path) -> tuple[int, ...] | None:
    """A file's application_id and user_version; None if it is no database."""
    stamp = ("application_id", "user_version")
    return _untouched(path, lambda db: tuple(value(db, f"PRAGMA {name}") for name in stamp))


def _untouched(path: Path, read: Callable[[Database], T]) -> T | None:
    """What *read* finds in a file that is not touched by it; None if it is no database."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        return read(connection)
    except sqlite3.OperationalError:
        raise  # locked, or unreadable: that says nothing about whose it is
    except sqlite3.DatabaseError:
        return None
    finally:
        connection.close()
