"""What a query costs that goes on from an earlier one: a million rows, ten more labels.

- first: 1,000 labels, 100 picks, nothing known yet
- second: the first ten of these picks are labeled too, and 100 are picked anew
- scattered: the same after that, but the ten are every tenth of the batch
"""

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from strategies_field import PICKS, alone, pool_of

import strategies

ROWS = 1_000_000
LABELED = 1_000
MORE = 10
NAMES = ("k-center", "max-herding", "facility-location", "prob-cover")


def measure() -> dict[str, Any]:
    """Each strategy that keeps something, in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        file = pool_of(Path(scratch), ROWS)
        found = {name: alone(_rounds, name, file) for name in NAMES}
    return {"rows": ROWS, "labeled": LABELED, "picks": PICKS, "unit": "seconds"} | found


def _rounds(name: str, file: Path) -> dict[str, float]:
    """Seconds of the three queries, and their ratios."""
    whole = np.load(file)
    labeled = np.random.default_rng(0).permutation(len(whole))[:LABELED]
    kept: dict[str, Any] = {}
    seconds = []
    for since in (slice(MORE), slice(None, None, MORE), slice(0)):
        there = np.ones(len(whole), bool)
        there[labeled] = False
        rows = np.flatnonzero(there)
        memory = strategies.Memory(rows, labeled, kept)
        query = strategies.Query(
            whole[rows],
            np.random.default_rng(0),
            seen=whole[labeled],
            labels=np.zeros(len(labeled)),
            memory=memory,
        )
        began = time.perf_counter()
        picks = strategies.get(name)(query, PICKS)
        seconds.append(time.perf_counter() - began)
        labeled = np.append(labeled, rows[picks.positions[since]])
    return {
        "first": round(seconds[0], 3),
        "second": round(seconds[1], 3),
        "scattered": round(seconds[2], 3),
        "ratio": round(seconds[0] / seconds[1], 1),
        "ratio_scattered": round(seconds[0] / seconds[2], 1),
    }
