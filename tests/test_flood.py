"""Many people at once, and some are killed: no item twice, no answer lost, nobody turned away."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import annotator
import numpy as np
import pytest
from annotator import Annotator
from conftest import LIGHT, write_csv
from real_server import Server, serving, until

from loop import Project, status
from loop.creation import Source, create
from loop.dataset import Columns
from loop.store import items, log


@pytest.fixture
def points(tmp_path):
    """A function that makes a project of points in the plane, whose classes are two halves."""

    def make(n, **settings):
        source = Source(cloud(tmp_path / "points.csv", n), Columns("table", ("x", "y"), id="id"))
        classes = ("left", "right")
        create(tmp_path / "points", source, classes=classes, recipe=LIGHT, **settings).close()
        return tmp_path / "points"

    return make


def cloud(path: Path, n: int, seed: int = 0) -> Path:
    """A file of *n* points, each with an id of its own."""
    points = np.random.default_rng(seed).normal(size=(n, 2))
    rows = [[f"{path.stem}-{i}", f"{x:.4f}", f"{y:.4f}"] for i, (x, y) in enumerate(points)]
    return write_csv(path, ["id", "x", "y"], rows)


def tokens(folder: Path, n: int, role: str = "annotator") -> list[str]:
    with Project.open(folder) as project:
        return [project.invite(f"{role}-{i}", role) for i in range(n)]


# ---------------------------------------------------------------- one item, so many people


class Client:
    """An annotator in a process of its own, and what it was told."""

    def __init__(self, server: Server, token: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, annotator.__file__, server.url, token],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.replies: list[dict] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            if line.endswith("\n"):  # the last one may have been cut off by a kill
                self.replies.append(json.loads(line))

    def saved(self) -> set[str]:
        return {answer for reply in self.replies for answer in reply["saved"]}

    def end(self) -> str:
        self.process.wait(1800)
        self._reader.join()
        complaint = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        return complaint


def everybody_answers(folder: Path, clients: int, kills: int) -> Counter:
    """Let *clients* processes answer everything; so many of them are killed on the way.

    Returns how many answers were acknowledged to, and refused to, those that lived.
    """
    with serving(folder) as server:
        running = [Client(server, token) for token in tokens(folder, clients)]
        doomed, others = running[:kills], running[kills:]
        for i, client in enumerate(doomed):
            until(lambda: len(client.replies) > 10 * i, 60)  # noqa: B023 - waited for at once
            client.process.kill()
        complaints = [client.end() for client in others]
        for client in doomed:
            client.end()
    assert complaints == [""] * len(others)
    with Project.open(folder) as project:
        stored = {row["event_id"] for row in log.of_kind(project.store.read, "label")}
    assert set().union(*(client.saved() for client in running)) <= stored
    refused = sum(len(reply["rejected"]) for client in others for reply in client.replies)
    return Counter(saved=sum(len(client.saved()) for client in running), refused=refused)


def everyone_was_asked_so_often(folder: Path, overlap: int) -> None:
    """Each item has answers of exactly *overlap* different people, and the log no others."""
    by_item = defaultdict(list)
    with Project.open(folder) as project:
        for row in log.of_kind(project.store.read, "label"):
            by_item[row["position"]].append(row["annotator"])
        assert len(by_item) == items.count(project.store.read)
    assert Counter(map(len, by_item.values())) == {overlap: len(by_item)}
    assert all(len(set(people)) == overlap for people in by_item.values())


@pytest.mark.alone
@pytest.mark.parametrize("overlap", [1, 3])
def test_every_item_is_answered_exactly_so_often_though_a_client_is_killed(points, overlap):
    folder = points(120, overlap=overlap, lease_seconds=1)
    told = everybody_answers(folder, clients=5, kills=1)
    everyone_was_asked_so_often(folder, overlap)
    assert 120 * overlap - told["saved"] <= 1  # a receipt that its reader did not live to read


@pytest.mark.soak
@pytest.mark.parametrize("overlap", [1, 3])
def test_sixteen_processes_and_two_thousand_items(points, overlap, capsys):
    folder = points(2_000, overlap=overlap, lease_seconds=3)
    told = everybody_answers(folder, clients=16, kills=2)
    everyone_was_asked_so_often(folder, overlap)
    assert 2_000 * overlap - told["saved"] <= 2
    with capsys.disabled():
        print(f"\noverlap {overlap}: {dict(told)}, each item answered by exactly {overlap}")


# ---------------------------------------------------------------- writers and all the others


class Writer(threading.Thread):
    """Answers without a pause until told to stop."""

    def __init__(self, server: Server, token: str, stop: threading.Event) -> None:
        super().__init__()
        self._annotator, self._enough = Annotator(server.url, token), stop
        self.replies: list[dict] = []
        self.crash: BaseException | None = None

    def run(self) -> None:
        try:
            self._annotator.ask()
            while self._annotator.queue and not self._enough.is_set():
                self.replies.append(self._annotator.answer())
        except BaseException as why:
            self.crash = why
            raise
        finally:
            self._annotator.close()


Work = Callable[[Server, threading.Event], None]


def export_again_and_again(server: Server, stop: threading.Event) -> None:
    """Nobody takes an answer back here: an export never has fewer rows than the one before."""
    rows = 0
    with server.client("exporter", "owner") as owner:
        while not stop.is_set():
            reply = owner.get("export/jsonl", timeout=120).raise_for_status()
            before, rows = rows, len(reply.text.splitlines())
            assert rows >= before


def look_at_the_status(server: Server, stop: threading.Event) -> None:
    with server.client("onlooker", "owner") as owner:
        while not stop.wait(1):
            owner.get("status").raise_for_status()


def importing(rows: int) -> Work:
    """The command line brings so many more items, while the project is served."""

    def import_a_file(server: Server, _stop: threading.Event) -> None:
        more = cloud(server.folder.with_name("more.csv"), rows, seed=1)
        with Project.open(server.folder) as project:
            before = items.count(project.store.read)
            words = [sys.executable, "-m", "ui.cli", "import", server.folder, more, "--id", "id"]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            assert items.count(project.store.read) == before + rows

    return import_a_file


class Beside(threading.Thread):
    """One of the works beside the writers."""

    def __init__(self, work: Work, server: Server, stop: threading.Event) -> None:
        super().__init__(name=work.__name__)
        self._work, self._server, self._enough = work, server, stop
        self.crash: BaseException | None = None

    def run(self) -> None:
        try:
            self._work(self._server, self._enough)
        except BaseException as why:
            self.crash = why
            raise


def all_at_once(
    folder: Path, writers: int, imported: int, long_enough: Callable[[list[Writer]], bool]
) -> list[Writer]:
    """So many writers, the trainer, exports, looks at the status and an import, all at once."""
    works: list[Work] = [export_again_and_again, look_at_the_status, importing(imported)]
    stop = threading.Event()
    with serving(folder) as server:
        writing = [Writer(server, token, stop) for token in tokens(folder, writers)]
        beside = [Beside(work, server, stop) for work in works]
        everybody = [*writing, *beside]
        for thread in everybody:
            thread.start()
        with Project.open(folder) as project:
            until(lambda: status(project)["model"] is not None, 60)
            until(lambda: long_enough(writing) or any(one.crash for one in everybody), 600)
            stop.set()
            for thread in everybody:
                thread.join()
            assert status(project)["failure"] is None
            assert status(project)["trainer"]["state"] in {"training", "waiting"}
    assert [thread.crash for thread in everybody if thread.crash] == []
    for printed in (server.output, folder / "trainer.log"):
        assert "locked" not in printed.read_text()
    return writing


def nothing_is_lost(folder: Path, writing: list[Writer]) -> list[float]:
    """What was acknowledged is stored, once; returns the seconds of each submit."""
    replies = [reply for writer in writing for reply in writer.replies]
    assert [why for reply in replies for why in reply["rejected"]] == []
    with Project.open(folder) as project:
        rows = log.of_kind(project.store.read, "label")
        assert project.store.read.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    saved = [answer for reply in replies for answer in reply["saved"]]
    assert len(set(saved)) == len(saved) == len(rows)
    assert {row["event_id"] for row in rows} == set(saved)
    assert max(Counter(row["position"] for row in rows).values()) == 1
    return [reply["seconds"] for reply in replies]


@pytest.mark.alone
def test_writers_trainer_export_and_import_at_once_and_no_write_is_lost(points):
    folder = points(5_000)
    writing = all_at_once(
        folder, 20, 1_000, lambda them: all(len(one.replies) >= 20 for one in them)
    )
    assert len(nothing_is_lost(folder, writing)) >= 400


@pytest.mark.soak
def test_five_minutes_of_writers_trainer_export_and_import(points, capsys):
    folder = points(200_000)
    end = time.monotonic() + 300
    writing = all_at_once(folder, 20, 100_000, lambda _them: time.monotonic() > end)
    seconds = nothing_is_lost(folder, writing)
    p50, p95 = 1000 * np.quantile(seconds, [0.5, 0.95])
    with capsys.disabled():
        print(
            f"\n{len(seconds)} answers by 20 writers in 5 minutes, none lost; "
            f"submit p50 {p50:.1f} ms, p95 {p95:.1f} ms"
        )
