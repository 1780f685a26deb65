"""Connections and transactions: one connection per thread, one writer at a time."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from loop.errors import CannotWrite, NewerProject, NotAProject
from loop.store.schema import migrate

MUCH = (
    ("cache_size", -262_144),  # KiB
    ("wal_autocheckpoint", 0),  # pages; 0 is never
    ("foreign_keys", 0),
)
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
        known = {migration.name for migration in migrate._migrations}  # noqa: SLF001
        applied = _applied(store.path)
        if not applied:
            raise NotAProject(folder)
        if unknown := set(applied) - known:
            raise NewerProject(folder, sorted(unknown))
        store._migrate()
        return store

    def _migrate(self) -> None:
        if migrate.pending(self.read):
            migrate.apply(self.read)

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
        db = Database(connection)
        with self._registering:  # not the writer's: a page that only reads waits for nobody
            for thread in [thread for thread in self._connections if not thread.is_alive()]:
                self._connections.pop(thread).close()  # a page's every rerun is a thread of its own
            self._connections[threading.current_thread()] = db
        return db

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
                if db.conn.in_transaction:
                    db.conn.rollback()

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


def rows(db: Database, sql: str, *values: Any) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries."""
    # Not `db.query`: a savepoint around each read doubles the statements of a key press.
    cursor = db.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def value(db: Database, sql: str, *values: Any) -> Any:
    """The first column of the first row, or None."""
    row = db.execute(sql, values).fetchone()
    return None if row is None else row[0]


def _applied(path: Path) -> list[str]:
    """The migrations that a file has had, read without touching it; none if it is not ours."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        return [migration.name for migration in migrate.applied(Database(connection))]
    except sqlite3.OperationalError:
        raise  # locked, or unreadable: that says nothing about whose it is
    except sqlite3.DatabaseError:
        return []
    finally:
        connection.close()
