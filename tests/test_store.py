"""The database: append-only, migrated in order, and refused when it is not ours to touch."""

import sqlite3
import threading

import pytest

from loop import Project
from loop.errors import NewerProject, NotAProject
from loop.store import Store, log
from loop.store.database import VERSION
from loop.store.log import Event, standing_of
from loop.store.schema import known


@pytest.mark.parametrize("change", ["UPDATE log SET value = '\"sport\"'", "DELETE FROM log"])
def test_the_log_is_append_only(project, change):
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        project.store.read.execute(change)


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2)])
def test_a_commit_is_safe_from_a_power_cut(project, pragma, value):
    assert project.store.read.execute(f"PRAGMA {pragma}").fetchone()[0] == value


def test_a_transaction_that_fails_leaves_nothing(project):
    before = log.end(project.store.read)
    with pytest.raises(sqlite3.IntegrityError), project.store.write() as db:  # noqa: PT012
        log.append(db, [Event("once", "label", "ana", position=0, value="sport")])
        log.append(db, [Event("once", "label", "ana", position=1, value="sport")])
    assert log.end(project.store.read) == before


def test_each_thread_has_a_connection_of_its_own(project):
    all_here = threading.Barrier(4)
    seen = []

    def look():
        seen.append(project.store.read)
        all_here.wait()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(db) for db in [*seen, project.store.read]}) == 5


def test_the_connection_of_a_thread_that_ended_is_closed(project):
    for _ in range(30):
        thread = threading.Thread(target=lambda: log.end(project.store.read))
        thread.start()
        thread.join()
    assert len(project.store._connections) <= 3


def test_writers_of_many_threads_queue_and_none_is_turned_away(project):
    def write(name):
        for i in range(25):
            with project.store.write() as db:
                log.append(db, [Event(f"{name}-{i}", "note", name)])

    threads = [threading.Thread(target=write, args=[f"t{n}"]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(log.of_kind(project.store.read, "note")) == 200


def test_a_project_of_a_newer_version_is_refused_and_left_alone(project):
    project.store.read.execute(
        "INSERT INTO _sqlite_migrations(migration_set, name, applied_at) "
        "VALUES ('askwell', 'time_travel', 'tomorrow')"
    )
    project.store.read.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(NewerProject, match=r"time_travel.*upgrade askwell"):
        Project.open(project.folder)


@pytest.mark.parametrize("content", [None, b"this is no database at all" * 100, b""])
def test_a_folder_that_is_no_project_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "project.db").write_bytes(content)
    with pytest.raises(NotAProject, match="askwell init"):
        Store.open(tmp_path)
    assert content is None or (tmp_path / "project.db").read_bytes() == content


def rows(*events):
    return [{"event_id": i, "kind": kind, "target": target} for i, kind, target in events]


@pytest.mark.parametrize(
    ("history", "counts"),
    [
        (rows(), None),
        (rows(("1", "label", None)), "1"),
        (rows(("1", "label", None), ("2", "label", None)), "2"),  # a correction supersedes
        (rows(("1", "label", None), ("u", "undo", "1")), None),
        (rows(("1", "label", None), ("2", "skip", None), ("u", "undo", "2")), "1"),
        (rows(("1", "label", None), ("u", "undo", "1"), ("2", "flag", None)), "2"),
        (rows(("1", "label", None), ("u", "undo", "1"), ("v", "undo", "1")), None),
    ],
)
def test_the_last_answer_that_was_not_undone_counts(history, counts):
    row = standing_of(history)
    assert (row and row["event_id"]) == counts


def test_the_version_stamped_on_a_file_is_the_number_of_migrations():
    assert len(known()) == VERSION


def test_an_older_file_without_a_stamp_opens_and_is_stamped(project):
    with sqlite3.connect(project.store.path) as db:
        db.execute("PRAGMA user_version = 0")
    db.close()
    with Project.open(project.folder) as again:
        assert again.store.read.execute("PRAGMA user_version").fetchone() == (VERSION,)
