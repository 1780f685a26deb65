"""`kill -9` at random moments under load: nothing acknowledged is lost, nothing counts twice."""

import os
import random
import signal
import threading
import time
import uuid
from collections import Counter

import httpx
import numpy as np
import pytest
from conftest import LIGHT, write_csv
from real_server import Server, until
from test_api import trainers

from loop import Project, status
from loop.creation import Source, create
from loop.dataset import Columns
from loop.store import log

PEOPLE = ("ana", "bo", "cy")
CROWD = tuple(f"person-{i}" for i in range(16))


@pytest.fixture
def points(tmp_path):
    """A function that makes a project of points in the plane, whose classes are two halves."""

    def make(n):
        rng = np.random.default_rng(0)
        rows = [
            [f"r{i}", f"{x:.4f}", f"{y:.4f}"] for i, (x, y) in enumerate(rng.normal(size=(n, 2)))
        ]
        data = write_csv(tmp_path / "points.csv", ["id", "x", "y"], rows)
        source = Source(data, Columns("table", ("x", "y"), id="id"))
        create(tmp_path / "points", source, classes=("left", "right"), recipe=LIGHT).close()
        return tmp_path / "points"

    return make


class Person(threading.Thread):
    """Answers without a pause; what got no receipt is sent again, as the page's outbox does."""

    def __init__(self, server: Server, name: str, stop: threading.Event) -> None:
        super().__init__(name=name)
        self.client, self.stop = server.client(name), stop
        self.receipts: set[str] = set()
        self.refused: list[str] = []
        self.queue: list[dict] = []
        self.waiting: list[dict] = []
        self.crash: BaseException | None = None

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self.step()
            except httpx.TransportError:
                time.sleep(0.02)
            except BaseException as why:
                self.crash = why
                raise
        self.client.close()

    def step(self) -> None:
        if not self.waiting and not self.queue:
            self.queue = (
                self.client.get("next", params={"n": 10}).raise_for_status().json()["items"]
            )
            return
        if not self.waiting:
            item = self.queue.pop(0)
            value = "left" if item["fields"]["x"] < 0 else "right"
            answer_id = uuid.uuid4().hex
            self.waiting = [{"answer_id": answer_id, "item_id": item["id"], "value": value}]
        holding = [item["id"] for item in self.queue]
        body = {"annotations": self.waiting, "holding": holding, "next": 10}
        reply = self.client.post("annotations", json=body).raise_for_status().json()
        self.receipts.update(reply["saved"])
        self.refused += [row["reason"] for row in reply["rejected"]]
        self.queue, self.waiting = reply["items"], []


def kill_at_random(folder, kills, seed, names=PEOPLE):
    chance = random.Random(seed)
    server = Server(folder).start()
    stop = threading.Event()
    people = [Person(server, name, stop) for name in names]
    for person in people:
        person.start()
    counts = Counter()
    try:
        for _ in range(kills):
            time.sleep(chance.uniform(0.1, 1.0))
            running = trainers(folder)
            assert len(running) <= 1, "two trainers at once"
            victim = chance.choice(["web", "trainer"])
            if victim == "web":
                server.kill()
                server = Server(folder, server.port).start()
            elif running:
                os.kill(int(running[0]), signal.SIGKILL)
            counts[victim] += 1
        before = len(people[0].receipts)
        until(lambda: len(people[0].receipts) > before, 20)
    finally:
        stop.set()
        for person in people:
            person.join()
    with Project.open(folder) as project:
        version = (status(project)["model"] or {"version": 0})["version"]
        with server.client("owner", "owner") as owner:
            assert owner.get("status").status_code == 200
        # The trainer takes its work up again by itself: news enough for a round bring a model.
        until(lambda: status(project)["trainer"]["state"] == "waiting", 90)
        assert status(project)["model"]["version"] >= max(1, version)
        assert trainers(folder) != []
    server.stop()
    return people, counts


def everything_is_there_once(folder, people):
    for person in people:
        assert person.crash is None
        assert person.refused == []
    acknowledged = set().union(*(person.receipts for person in people))
    with Project.open(folder) as project:
        read = project.store.read
        assert read.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        rows = [
            row
            for row in log.of_kind(read, "label")
            if row["annotator"] in {person.name for person in people}
        ]
        stored = Counter(row["event_id"] for row in rows)
        assert acknowledged <= set(stored)
        assert max(stored.values()) == 1
        assert max(Counter(row["position"] for row in rows).values()) == 1
        assert len(stored) - len(acknowledged) <= len(people)  # a receipt that died with the server
    return len(acknowledged)


def test_a_few_kills(points):
    folder = points(4_000)
    people, _ = kill_at_random(folder, kills=5, seed=1)
    assert everything_is_there_once(folder, people) > 50


@pytest.mark.soak
@pytest.mark.parametrize(("kills", "names", "items"), [(50, PEOPLE, 60_000), (200, CROWD, 150_000)])
def test_many_kills(points, capsys, kills, names, items):
    folder = points(items)
    people, counts = kill_at_random(folder, kills, seed=2, names=names)
    kept = everything_is_there_once(folder, people)
    with capsys.disabled():
        print(
            f"\n{dict(counts)} kills under the answers of {len(names)} people: "
            f"{kept} acknowledged, all present, none twice"
        )
