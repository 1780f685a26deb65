"""A million items: the import, the start, what `next` and a submit cost, and the memory of it all.

- import: `askwell init` on a CSV file of rows of some 220 characters, and its largest memory
- query: the call of the loop that chooses and lends ten items, in one process, one transaction
- next, submit: the same by one client over REST, with the server's part and the network's
- labeled: the same where 100,000 of the items have an answer
"""

import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from annotator import Annotator
from flood import cost, mib, points, ready

from loop import Project, status
from loop.store import log
from loop.store.log import Event
from loop.store.wanted import Usual

ITEMS = 1_000_000
LABELED = 100_000
CALLS = 500
IMPORTER = (
    "import resource, sys\n"
    "from ui.cli import main\n"
    "main(standalone_mode=False)\n"
    "print('MIB', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
)


def measure() -> dict[str, Any]:
    """One import of a million items, then the calls that people wait for."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "million"
        figures: dict[str, Any] = {"items": ITEMS, "calls": CALLS, "unit": "ms, or as named"}
        figures["import"] = _import(folder)
        figures["unlabeled"] = _calls(folder)
        _label(folder)
        figures["labeled"] = {"labels": LABELED} | _calls(folder)
    return figures


def _import(folder: Path) -> dict[str, float]:
    data = points(folder.with_suffix(".csv"), ITEMS)
    command = ["init", str(folder), "--data", str(data), "--features", "x,y,note", "--id", "id"]
    command += ["--classes", "left,right"]
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", IMPORTER, *command], capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - began
    most = float(done.stdout.rsplit("MIB", 1)[1])
    size = (folder / "project.db").stat().st_size / 2**20
    data.unlink()
    return {"seconds": round(seconds, 1), "mib_most": round(most), "database_mib": round(size)}


def _calls(folder: Path) -> dict[str, Any]:
    with Project.open(folder) as project:
        people = [f"in-process-{i}" for i in range(10)]
        turn = iter(range(10**9))
        ask = lambda: project.session.next_items(people[next(turn) % 10], 10)  # noqa: E731
        figures: dict[str, Any] = {"query": _times(ask)}
        figures["status"] = _times(lambda: status(project))
        for who in people:
            project.session.submit(who, [], holding=[], n=0)
        token = project.invite(f"rest-{uuid.uuid4().hex[:4]}", "annotator")
    with ready(folder) as (server, _project):
        figures["web_process_mib_at_start"] = round(mib(server))
        annotator = Annotator(server.url, token)
        before = cost(server)
        figures["next"] = _times(annotator.ask)
        figures["submit"] = _times(annotator.answer)
        figures["web_process_ms_a_call"] = round(1000 * (cost(server) - before) / (2 * CALLS), 2)
        figures["web_process_mib"] = round(mib(server))
        annotator.close()
    return figures


def _times(call: Callable[[], Any]) -> dict[str, float]:
    took = []
    for _ in range(CALLS):
        began = time.perf_counter()
        call()
        took.append(1000 * (time.perf_counter() - began))
    took.sort()
    return {
        "p50": round(statistics.median(took), 2),
        "p95": round(float(np.quantile(took, 0.95)), 2),
        "max": round(took[-1], 2),
    }


def _label(folder: Path) -> None:
    """Answers of ten people to a random tenth, stored as the loop stores them."""
    with Project.open(folder) as project:
        order = np.random.default_rng(1).permutation(ITEMS)[:LABELED].tolist()
        with project.store.write() as db:
            for i, position in enumerate(order):
                who = f"person-{i % 10}"
                value = "left" if i % 2 else "right"
                log.append(db, [Event(uuid.uuid4().hex, "label", who, position, value)])
                log.settle(db, position, who, Usual(1, 1))
