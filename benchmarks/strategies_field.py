"""Query strategies on a million rows, and how their cost grows.

- gemm: one product of the pool with 100 vectors, the limit for whatever compares each row with
  each of 100 picks
- above: the most memory beyond the pool itself, in MiB, each in a process of its own
- to_gemm: seconds as multiples of that product
"""

import math
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

import strategies

PICKS = 100
CLASSES = 10
SEEN = 100
WIDTH = 384
GROWTH = (10_000, 100_000, 1_000_000)
REPEATS = 3
ENOUGH = 10  # seconds, after which a strategy is not run again
PATIENCE = 300  # seconds, after which it counts as not done


def measure() -> dict[str, Any]:
    """Each strategy at three sizes."""
    with tempfile.TemporaryDirectory() as scratch:
        sizes = {n: pool_of(Path(scratch), n) for n in GROWTH}
        return {
            "picks": PICKS,
            "seen": SEEN,
            "width": WIDTH,
            "unit": "seconds, MiB",
            "million": _million(sizes),
        }


def pool_of(folder: Path, n: int, width: int = WIDTH) -> Path:
    """Rows of length about 1 in 200 groups of unlike sizes, as embeddings of texts have them."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(200, width)).astype(np.float32)
    shares = rng.dirichlet(np.ones(200))
    file = folder / f"{n}.npy"
    rows = np.lib.format.open_memmap(file, "w+", np.float32, (n + SEEN, width))
    for start in range(0, n + SEEN, 50_000):
        part = rows[start : start + 50_000]
        group = rng.choice(200, p=shares, size=len(part))
        part[:] = centres[group] + rng.standard_normal(part.shape, np.float32)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    rows.flush()
    return file


def query_of(file: Path) -> strategies.Query:
    """What is asked about a pool: its last rows are labeled."""
    rows = np.load(file)
    pool, seen = rows[:-SEEN], rows[-SEEN:]
    model, truth = model_of(seen)
    return strategies.Query(pool, np.random.default_rng(0), model=model, seen=seen, labels=truth)


def model_of(seen: Any) -> tuple[LogisticRegression, Any]:
    """A classifier of labeled rows, and the classes they were given."""
    truth = np.argmax(seen @ np.random.default_rng(1).normal(size=(seen.shape[1], CLASSES)), axis=1)
    truth[:CLASSES] = range(CLASSES)
    return LogisticRegression(max_iter=200).fit(seen, truth), truth


def alone(work: Callable[..., Any], *words: Any) -> Any:
    """What *work* returns in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply_async(work, words).get(PATIENCE)


def timed(name: str, query: strategies.Query) -> dict[str, Any]:
    """One strategy: the least seconds of a few runs, memory above the pool, picks."""
    strategy = strategies.get(name)
    before = most_memory()
    times: list[float] = []
    while len(times) < REPEATS and sum(times) < ENOUGH:
        anew = replace(query, rng=np.random.default_rng(0))  # with no probabilities computed yet
        if "memory" in strategy.needs:  # which is empty: nothing is kept from run to run
            memory = strategies.Memory(np.arange(query.n_pool), query.n_pool + np.arange(SEEN))
            anew = replace(anew, memory=memory)
        began = time.perf_counter()
        picks = strategy(anew, PICKS)
        times.append(time.perf_counter() - began)
    above = round(most_memory() - before)
    return {"seconds": min(times), "above": above, "picks": picks.positions.tolist()}


def _ours_plainly(name: str, file: Path) -> dict[str, Any]:
    return timed(name, query_of(file))


def most_memory() -> float:
    """MiB of this process at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _gemm(file: Path) -> float:
    pool = np.load(file)[:-SEEN]
    vectors = np.ascontiguousarray(pool[:PICKS].T)
    out = np.empty((len(pool), PICKS), np.float32)
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        np.matmul(pool, vectors, out=out)
        times.append(time.perf_counter() - began)
    return min(times)


def _predict(file: Path) -> float:
    query = query_of(file)
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        for start in range(0, query.n_pool, 65_536):
            query.model.predict_proba(query.pool[start : start + 65_536])
        times.append(time.perf_counter() - began)
    return min(times)


# ---------------------------------------------------------------- a million


def _million(sizes: dict[int, Path]) -> dict[str, Any]:
    gemm = {n: alone(_gemm, sizes[n]) for n in GROWTH}
    predict = alone(_predict, sizes[GROWTH[-1]])
    found: dict[str, Any] = {
        "gemm": round(gemm[GROWTH[-1]], 3),
        "predict": round(predict, 3),
        "rows": GROWTH[-1],
    }
    for name in strategies.names():
        needs = strategies.get(name).needs
        if needs & {"multi-label", "costs", "answers", "pairs"}:
            continue
        runs = {n: alone(_ours_plainly, name, sizes[n]) for n in GROWTH}
        seconds = [runs[n]["seconds"] for n in GROWTH]
        found[name] = {
            "seconds": round(seconds[-1], 2),
            "each": [round(one, 3) for one in seconds],
            "to_gemm": round(seconds[-1] / gemm[GROWTH[-1]], 1),
            "to_predict": round(seconds[-1] / predict, 2),
            "above": runs[GROWTH[-1]]["above"],
            "exponent": round(math.log10(seconds[-1] / seconds[-2]), 2),
        }
        print(name, found[name], flush=True)
    return found
