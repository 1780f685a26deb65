"""Margin and k-center on 10,000,000 rows in a mapped file of 15 GB, and rounds on 64 columns.

- above: the most memory of the process beyond what it held before, in MiB, the file's own pages,
  which the system may drop at any time, not counted
- gemm: one product of the rows, read from the file, with 100 vectors
- exponent: growth from 1,000,000 rows, mapped from a file too
- round: what the trainer does between the labels and the ranking, on 10,000,000 x 64: the fit on
  1,000 labels, 100 picks, and the order of all others by margin; the rows that may be asked are
  read through the map. passes: its seconds as multiples of one reading of them, a sum
"""

import math
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from strategies_field import PICKS, SEEN, WIDTH, alone, model_of, pool_of

import strategies
from strategies.contract import chunks

ROWS = (1_000_000, 10_000_000)
NAMES = ("margin", "k-center")
NARROW, LABELED = 64, 1_000
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
    found["round"] = alone(_rounds)
    print("round", found["round"], flush=True)
    return found


def _rounds() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        rows = np.load(pool_of(Path(scratch), ROWS[-1], NARROW), mmap_mode="r")
        labeled = np.sort(np.random.default_rng(2).permutation(len(rows))[:LABELED])
        is_open = np.ones(len(rows), bool)
        is_open[labeled] = False
        askable = np.flatnonzero(is_open)
        found: dict[str, Any] = {"width": NARROW, "labeled": LABELED, "sum": _sum(rows)}
        for name in NAMES:
            found[name] = _watched(lambda name=name: _round(name, rows, labeled, askable))
            found[name]["passes"] = round(found[name]["seconds"] / found["sum"], 1)
        return found


def _sum(rows: Any) -> float:
    sum(float(rows[part].sum()) for part in chunks(len(rows)))  # the file is in memory now
    began = time.perf_counter()
    sum(float(rows[part].sum()) for part in chunks(len(rows)))
    return round(time.perf_counter() - began, 2)


def _round(name: str, rows: Any, labeled: Any, askable: Any) -> None:
    seen = rows[labeled]
    model, labels = model_of(seen)
    pool = strategies.Selection(rows, askable)
    query = strategies.Query(pool, np.random.default_rng(0), model=model, seen=seen, labels=labels)
    strategies.get(name)(query, PICKS)
    strategies.get("margin")(query, query.n_pool)


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
    return _watched(lambda: strategies.get(name)(query, PICKS))


def _watched(work: Callable[[], Any]) -> dict[str, float]:
    """Seconds, and the most memory while it works."""
    before, most, is_over = _memory(), [0.0], threading.Event()

    def watch() -> None:
        while not is_over.wait(LOOK_EVERY):
            most[0] = max(most[0], _memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    is_over.set()
    watcher.join()
    return {"seconds": round(seconds, 2), "above": round(max(0, most[0] - before))}


def _memory() -> float:
    """MiB of this process that are in no file."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))
