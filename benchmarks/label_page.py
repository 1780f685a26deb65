"""What a key press costs in a real Chromium: idle, and while a classifier that takes 30 s trains.

- painted: from the key's event to the frame that shows the next item (a frame callback and a
  message after it, so up to one frame of 16.7 ms is waiting for the screen)
- own work: the part of that in which the page's own code runs before the frame
- receipt: from the key's event to the server's answer that the label is on disk
"""

import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright
from real_server import launch_chromium, serving, until

from loop import Project, status
from loop.creation import Source, create
from loop.dataset import Columns

ITEMS = 10_000
PRESSES = 200
REPEATS = 3
PAUSE = 0.2  # seconds between labels: five a second
BETWEEN = 0.06  # seconds between the two keys of a label, where it has two
FIT_SECONDS = 30

WATCH = """
window.painted = []; window.worked = []; window.receipts = []; window.pressedAt = {};
const channel = new MessageChannel();
const due = [];
channel.port1.onmessage = () => { window.painted.push(performance.now() - due.shift()); };
document.addEventListener('keydown', () => {
  const t = performance.now();
  window.lastKey = t;
  requestAnimationFrame(() => { due.push(t); channel.port2.postMessage(0); });
}, true);
window.addEventListener('keydown', () => window.worked.push(performance.now() - window.lastKey));
const send = window.fetch;
window.fetch = async (url, options) => {
  const body = options && options.method === 'POST' && String(url).endsWith('/annotations')
    ? JSON.parse(options.body) : null;
  for (const a of (body ? body.annotations : []))
    window.pressedAt[a.answer_id] ??= performance.timeOrigin + window.lastKey;
  const reply = await send(url, options);
  if (body) {
    const now = performance.timeOrigin + performance.now();
    for (const a of body.annotations) window.receipts.push(now - window.pressedAt[a.answer_id]);
  }
  return reply;
};
"""

SLOW = f"""
import time
import numpy as np
from sklearn.linear_model import LogisticRegression


class Slow(LogisticRegression):
    def fit(self, X, y):
        end = time.perf_counter() + {FIT_SECONDS}
        work = np.random.default_rng(0).normal(size=(500, 500))
        while time.perf_counter() < end:
            work @ work
        return super().fit(X, y)


def make(seed):
    return Slow(random_state=seed)
"""


def measure() -> dict[str, Any]:
    """Texts of 200 characters, two classes."""
    return {"items": ITEMS} | compare(_texts, ["1", "2"])


def compare(make: Callable[..., Path], codes: Sequence[str]) -> dict[str, Any]:
    """p50 and p95 of the times, idle and training, over several runs of 200 labels each.

    `make` makes a project in a folder with some settings; a label is given by the keys of a code.
    """
    with tempfile.TemporaryDirectory() as scratch, _slow_classifier(Path(scratch)):
        folders = {
            "idle": make(Path(scratch) / "idle", retrain={"first": 10 * ITEMS}),
            "training": make(Path(scratch) / "training", recipe="slow"),
        }
        runs: dict[str, list[dict[str, list[float]]]] = {name: [] for name in folders}
        for _ in range(REPEATS):
            for name, folder in folders.items():
                runs[name].append(_press(folder, codes, training=name == "training"))
    figures: dict[str, Any] = {"labels": PRESSES, "runs": REPEATS, "unit": "ms"}
    for what in ("painted", "own_work", "receipt"):
        for name, repeats in runs.items():
            figures[f"{what}_{name}"] = _quantiles([run[what] for run in repeats])
        ratios = [
            _p95(busy[what]) / _p95(idle[what])
            for idle, busy in zip(runs["idle"], runs["training"], strict=True)
        ]
        figures[f"{what}_p95_training_to_idle"] = {
            "median": round(statistics.median(ratios), 2),
            "each": [round(ratio, 2) for ratio in ratios],
        }
    return figures


def _press(folder: Path, codes: Sequence[str], *, training: bool) -> dict[str, list[float]]:
    with serving(folder) as server, sync_playwright() as playwright:
        page = launch_chromium(playwright).new_page()
        page.add_init_script(WATCH)
        page.goto(server.url)
        page.wait_for_selector(".item[data-item]")
        with Project.open(folder) as project:
            until(lambda: status(project)["trainer"]["state"] in {"waiting", "training"}, 120)
            i = 0
            while training and status(project)["trainer"]["state"] != "training":
                _label(page, codes[(i := i + 1) % len(codes)])
            page.wait_for_selector(".saved[data-kind=done]")
            page.evaluate("painted.length = worked.length = receipts.length = 0")
            for i in range(PRESSES):
                _label(page, codes[i % len(codes)])
            page.wait_for_selector(".saved[data-kind=done]")
            if training and status(project)["trainer"]["state"] != "training":
                raise RuntimeError("the trainer was not at work to the end")
        last = len(codes[0]) - 1  # the key that gives the label
        times = {
            "painted": page.evaluate("painted")[last :: last + 1],
            "own_work": page.evaluate("worked")[last :: last + 1],
            "receipt": page.evaluate("receipts"),
        }
        page.context.close()
    if any(len(found) != PRESSES for found in times.values()):
        raise RuntimeError({what: len(found) for what, found in times.items()})
    return times


def _label(page: Page, code: str) -> None:
    began = time.perf_counter()
    page.wait_for_selector(".classes button:enabled")  # nobody judges what is not there yet
    for key in code[:-1]:
        page.keyboard.press(key)
        page.wait_for_timeout(1000 * BETWEEN)
    page.keyboard.press(code[-1])
    page.wait_for_timeout(max(0.0, 1000 * (PAUSE - (time.perf_counter() - began))))


def _texts(folder: Path, **settings: Any) -> Path:
    rng = np.random.default_rng(0)
    words = np.array(["".join(rng.choice(list("aeioubdfgklmnprst"), 5)) for _ in range(2_000)])
    lines = [f"{i},{' '.join(rng.choice(words, 33))}" for i in range(ITEMS)]  # ~200 characters
    data = folder.with_suffix(".csv")
    data.write_text("\n".join(["id,text", *lines]) + "\n")
    source = Source(data, Columns("text", ("text",), id="id"))
    create(folder, source, classes=("yes", "no"), audit_share=0, **settings).close()
    return folder


@contextlib.contextmanager
def _slow_classifier(scratch: Path) -> Iterator[None]:
    """A package with the estimator `slow`, found by this process and its children."""
    package = scratch / "package"
    info = package / "slow-1.dist-info"
    info.mkdir(parents=True)
    (package / "slow.py").write_text(SLOW)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: slow\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[askwell.estimators]\nslow = slow:make\n")
    sys.path.insert(0, str(package))
    before = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(package), before]))
    yield
    os.environ["PYTHONPATH"] = before
    sys.path.remove(str(package))


def _p95(times: list[float]) -> float:
    return float(np.quantile(times, 0.95))


def _quantiles(runs: list[list[float]]) -> dict[str, Any]:
    return {
        "p50": round(statistics.median(float(np.median(run)) for run in runs), 1),
        "p95": round(statistics.median(_p95(run) for run in runs), 1),
        "p95_each": [round(_p95(run), 1) for run in runs],
        "max": round(max(max(run) for run in runs), 1),
    }
