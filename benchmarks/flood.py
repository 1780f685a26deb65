"""Many people on 100,000 items: ten who never pause, and 25 who answer once a second.

- submit, next: what a client of the REST API waits for its reply, connection kept open; a submit
  stores one answer and brings the next ten items
- receipt in a browser: from the key's event to the server's answer that the label is on disk, one
  of the 25 being a real Chromium
- age of the ranking: seconds since the first answer that the ranking in use has not seen, and how
  many labels have come since, as a share of those it was trained on
- processor and memory: of the web process, from `/proc`
"""

import contextlib
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import label_page
import numpy as np
from annotator import Annotator
from playwright.sync_api import sync_playwright
from real_server import Server, launch_chromium, serving, until

from loop import Project, status
from loop.creation import Source, create
from loop.dataset import Columns
from loop.store import rounds, standings

ITEMS = 100_000
REPEATS = 3
FLOOD, FLOOD_SECONDS = 10, 30
PEOPLE, PEOPLE_SECONDS = 25, 60
OLD, MORE = 5.0, 0.10  # a ranking is too old after so many seconds and so many more labels
TICK = os.sysconf("SC_CLK_TCK")


def measure() -> dict[str, Any]:
    """Medians over several runs, each on a project of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        folders = (project(Path(scratch) / str(i)) for i in range(2 * REPEATS))
        flood = [_flood(next(folders)) for _ in range(REPEATS)]
        people = [_people(next(folders)) for _ in range(REPEATS)]
    return {
        "items": ITEMS,
        "runs": REPEATS,
        "unit": "ms, where nothing else is said; medians over the runs",
        "flood": {"clients": FLOOD, "seconds": FLOOD_SECONDS} | _medians(flood),
        "people": {"annotators": PEOPLE, "seconds": PEOPLE_SECONDS} | _medians(people),
    }


def _flood(folder: Path) -> dict[str, float]:
    with ready(folder) as (server, open_project):
        before = cost(server)
        ages = Ages(open_project)
        began = time.perf_counter()
        crowd = _crowd(server, FLOOD, FLOOD_SECONDS, pause=lambda _chance: 0.0)
        while any(one.is_alive() for one in crowd):
            ages.look()
            time.sleep(0.25)
        seconds = time.perf_counter() - began
        spent = cost(server) - before
        return {
            "answers_per_second": sum(len(one.submits) for one in crowd) / seconds,
            **_quantiles("submit", [one.submits for one in crowd]),
            **_quantiles("next", [one.nexts for one in crowd]),
            **ages.figures(),
            "web_process_cores": spent / seconds,
            "web_process_mib": mib(server),
        }


def _people(folder: Path) -> dict[str, float]:
    with ready(folder) as (server, open_project), sync_playwright() as playwright:
        empty, before = mib(server), cost(server)
        ages = Ages(open_project)
        page = launch_chromium(playwright).new_page()
        page.add_init_script(label_page.WATCH)
        page.goto(server.url)
        page.wait_for_selector(".item[data-item]")
        began = time.perf_counter()
        crowd = _crowd(server, PEOPLE - 1, PEOPLE_SECONDS, lambda chance: chance.uniform(0.5, 1.5))
        keys = 0
        while any(one.is_alive() for one in crowd):
            page.keyboard.press("12"[keys % 2])
            keys += 1
            ages.look()
            page.wait_for_timeout(max(0.0, 1000 * (began + keys - time.perf_counter())))
        seconds = time.perf_counter() - began
        page.wait_for_selector(".saved[data-kind=done]")
        receipts = page.evaluate("window.receipts")
        if len(receipts) != keys:
            raise RuntimeError(f"{keys} keys, {len(receipts)} receipts")
        return {
            **_quantiles("receipt_in_a_browser", [receipts], scale=1.0),
            **_quantiles("submit", [one.submits for one in crowd]),
            **ages.figures(),
            "web_process_cores_each": (cost(server) - before) / seconds / PEOPLE,
            "web_process_mib": mib(server),
            "web_process_mib_each": (mib(server) - empty) / PEOPLE,
        }


class Client(threading.Thread):
    """One annotator over REST, until the time is over."""

    def __init__(
        self, server: Server, token: str, end: float, pause: Callable[[random.Random], float]
    ) -> None:
        super().__init__()
        self._annotator = Annotator(server.url, token)
        self._end, self._pause = end, pause
        self._chance = random.Random(token)  # noqa: S311 - no secret
        self.submits: list[float] = []
        self.nexts: list[float] = []

    def run(self) -> None:
        """Ask now and then, answer all the time."""
        while time.perf_counter() < self._end:
            if len(self.submits) % 20 == 0:
                began = time.perf_counter()
                self._annotator.ask()
                self.nexts.append(time.perf_counter() - began)
            reply = self._annotator.answer()
            if reply["rejected"]:
                raise RuntimeError(reply["rejected"])
            self.submits.append(reply["seconds"])
            time.sleep(self._pause(self._chance))


class Ages:
    """How old the ranking in use is, whenever somebody looks."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self.seconds: list[float] = []
        self.share: list[float] = []

    def look(self) -> None:
        """Note the age now; before the first model there is nothing to note."""
        with self._project.store.snapshot() as db:
            model = rounds.latest(db)
            if model is None:
                return
            new = standings.changed_since(db, model["log_seq"])
            sql = "SELECT received_at FROM log WHERE seq > ? AND kind = 'label' ORDER BY seq"
            first = db.execute(f"{sql} LIMIT 1", [model["log_seq"]]).fetchone()
        self.seconds.append(time.time() - first[0] if first else 0.0)
        self.share.append(new / model["labels"])

    def figures(self) -> dict[str, float]:
        """The worst of both, and how often both were too much."""
        pairs = list(zip(self.seconds, self.share, strict=True))
        return {
            "ranking_seconds_most": max(self.seconds),
            "ranking_seconds_median": statistics.median(self.seconds),
            "ranking_too_old_share": sum(s > OLD and n > MORE for s, n in pairs) / len(pairs),
            "models": float((rounds.latest(self._project.store.read) or {"version": 0})["version"]),
        }


def _crowd(
    server: Server, n: int, seconds: float, pause: Callable[[random.Random], float]
) -> list[Client]:
    with Project.open(server.folder) as project:
        tokens = [project.invite(f"client-{i}", "annotator") for i in range(n)]
    end = time.perf_counter() + seconds
    crowd = [Client(server, token, end, pause) for token in tokens]
    for one in crowd:
        one.start()
    return crowd


@contextlib.contextmanager
def ready(folder: Path) -> Iterator[tuple[Server, Project]]:
    """A server whose trainer has read the items and waits."""
    with serving(folder) as server, Project.open(folder) as opened:
        until(lambda: status(opened)["trainer"]["state"] == "waiting", 600)
        yield server, opened


def project(folder: Path) -> Path:
    """A new project of `ITEMS` points."""
    columns = Columns("table", ("x", "y", "note"), id="id")
    source = Source(points(folder.with_suffix(".csv"), ITEMS), columns)
    create(folder, source, classes=("left", "right")).close()
    return folder


def points(path: Path, n: int) -> Path:
    """A CSV file of points in the plane, each with a note of 200 characters."""
    rng = np.random.default_rng(0)
    words = np.array(["".join(rng.choice(list("aeioubdfgklmnprst"), 5)) for _ in range(100)])
    notes = [" ".join(rng.choice(words, 33)) for _ in range(100)]
    with path.open("w", encoding="utf-8") as file:
        file.write("id,x,y,note\n")
        for i, (x, y) in enumerate(rng.normal(size=(n, 2))):
            file.write(f"r{i},{x:.4f},{y:.4f},{notes[i % 100]}\n")
    return path


def cost(server: Server) -> float:
    """Processor seconds that the web process has taken so far."""
    after_name = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(after_name[11]) + int(after_name[12])) / TICK


def mib(server: Server) -> float:
    """Resident memory of the web process."""
    told = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(told.split("VmRSS:")[1].split()[0]) / 1024


def _quantiles(what: str, times: list[list[float]], scale: float = 1000.0) -> dict[str, float]:
    every = np.concatenate(times) * scale
    return {f"{what}_{name}": float(np.quantile(every, q)) for name, q in QUANTILES.items()}


QUANTILES = {"p50": 0.5, "p95": 0.95, "max": 1.0}


def _medians(runs: list[dict[str, float]]) -> dict[str, Any]:
    return {
        name: {
            "median": round(statistics.median(run[name] for run in runs), 3),
            "each": [round(run[name], 3) for run in runs],
        }
        for name in runs[0]
    }
