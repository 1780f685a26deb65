"""Margin and k-center on 10,000,000 rows in a memory-mapped file of 15 GB.

- above: the most memory of the process beyond what it held before, in MiB, the file's own pages,
  which the system may drop at any time, not counted
- gemm: one product of the rows, read from the file, with 100 vectors
- exponent: growth from 1,000,000 rows, mapped from a file too
"""

import math
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from strategies_field import PICKS, SEEN, WIDTH, alone, model_of, pool_of

import strategies

ROWS = (1_000_000, 10_000_000)
NAMES = ("margin", "k-center")
LOOK_EVERY = 0.02  # seconds


def measure() -> dict[str, Any]:
    """Each strategy once at each size, after the product, which brings the file into memory."""
    found: dict[str, Any] = {"rows": ROWS[-1], "picks": PICKS, "width": WIDTH, "unit": "s, MiB"}
    for n in ROWS:
        found[f"{n}"] = alone(_at, n)  # or the file's pages count in what later benchmarks measure
        print(n, found[f"{n}"], flush=True)
    small, large = (found[f"{n}"] for n in ROWS)
    for name in NAMES:
        large[name]["to_gemm"] = round(large[name]["seconds"] / large["gemm"], 1)
        growth = large[name]["seconds"] / small[name]["seconds"]
        large[name]["exponent"] = round(math.log10(growth), 2)
    return found


def _at(n: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        rows = np.load(pool_of(Path(scratch), n), mmap_mode="r")
        return {"gemm": _gemm(rows)} | {name: _once(name, rows) for name in NAMES}


def _gemm(rows: Any) -> float:
    vectors = np.ascontiguousarray(rows[:PICKS].T)
    began = time.perf_counter()
    for start in range(0, len(rows), 65_536):
        rows[start : start + 65_536] @ vectors
    return round(time.perf_counter() - began, 2)


def _once(name: str, rows: Any) -> dict[str, float]:
    pool, seen = rows[:-SEEN], np.array(rows[-SEEN:])
    model, labels = model_of(seen)
    query = strategies.Query(pool, np.random.default_rng(0), model=model, seen=seen, labels=labels)
    before, most, is_over = _memory(), [0.0], threading.Event()

    def watch() -> None:
        while not is_over.wait(LOOK_EVERY):
            most[0] = max(most[0], _memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    strategies.get(name)(query, PICKS)
    seconds = time.perf_counter() - began
    is_over.set()
    watcher.join()
    return {"seconds": round(seconds, 2), "above": round(max(0, most[0] - before))}


def _memory() -> float:
    """MiB of this process that are in no file."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))
