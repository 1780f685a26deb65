"""How long a person waits: from the command to the first item on screen."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from real_server import Server, launch_chromium

from loop.creation import Source, create
from loop.dataset import Columns

RUNS = 7
SIZES = (1_000, 100_000)


def measure() -> dict[str, Any]:
    """Seconds from `askwell serve` to a healthy server and to the first item painted."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        return {
            f"{size} items": _measure(_project(Path(scratch) / str(size), size), browser)
            for size in SIZES
        }


def _measure(folder: Path, browser: Browser) -> dict[str, Any]:
    healthy, painted = [], []
    for _ in range(RUNS):
        server = Server(folder)
        began = time.perf_counter()
        server.start()
        healthy.append(time.perf_counter() - began)
        page = browser.new_context().new_page()
        page.goto(server.url)
        page.wait_for_selector(".item[data-item] .cells")
        painted.append(time.perf_counter() - began)
        page.context.close()
        server.stop()
    return {
        "runs": RUNS,
        "seconds_to_healthy": _spread(healthy),
        "seconds_to_first_item_painted": _spread(painted),
    }


def _spread(seconds: list[float]) -> dict[str, float]:
    return {
        "min": round(min(seconds), 2),
        "median": round(statistics.median(seconds), 2),
        "max": round(max(seconds), 2),
    }


def _project(folder: Path, size: int) -> Path:
    data = folder.with_suffix(".csv")
    data.write_text("\n".join(["id,x", *(f"{i},{i % 97}" for i in range(size))]) + "\n")
    create(folder, Source(data, Columns("table", ("x",), id="id")), classes=("a", "b")).close()
    return folder
