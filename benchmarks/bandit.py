"""Candidates served by people's thumbs: what is lost, whether intervals hold, how long it takes.

- regret: what the best candidate in each context would have been liked more, summed over 2,000
  choices among 4 candidates, mean of 20 seeds with its 95 % interval; difference: ours less
  mabwiser's on the same contexts and thumbs, seed by seed; not_worse: its interval is not above 0.
  `linear`: the chance of a thumb is linear in 4 features; `crossed, late thumbs`: it hangs on their
  products, and thumbs come up to 50 choices later. Default is a floor of 0.05
- coverage: the share of 2,000 simulations in which a 95 % interval held the truth, and its mean
  width, after so many choices among 3 candidates; `greedy` is what the first half teaches, judged
  by the second. `normal` ones are beside for comparison: nothing of ours uses them
- choice: milliseconds of `Chooser.choose`, on disk, with 10 candidates and 20 features after
  10,000 rewards, each with one reward to take in; `first` is the first one of a new process,
  `cpu` what the processor worked of it: the rest is the disk, and others on the machine

Constants were chosen on other tasks and seeds. Run it by a Python that has mabwiser.
"""

import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import bandit_coverage
import bandit_regret
import numpy as np
from conftest import project_in

from loop import candidates
from loop.choosing import Chooser
from loop.feedback import inbox
from loop.project import OWNER, Project

REWARDS = 10_000
TIMED = 500
AT_ONCE = 500
CANDIDATES, FEATURES = 10, 20


def measure() -> dict[str, Any]:
    """All of it. Raises `NoData` without mabwiser."""
    regret = bandit_regret.measure()
    return {
        "mabwiser": version("mabwiser"),
        "regret": regret,
        "choice": {kind: _choice(kind) for kind in ("linucb", "thompson")},
        "coverage": bandit_coverage.measure(),
    }


def _choice(kind: str) -> dict[str, float]:
    with (
        tempfile.TemporaryDirectory() as scratch,
        project_in(Path(scratch) / "timed", n=5, audit=0) as project,
    ):
        return _timed(project, kind)


def _timed(project: Project, kind: str) -> dict[str, float]:
    rng = np.random.default_rng(0)
    names = [f"c{i}" for i in range(CANDIDATES)]
    features = [{"name": f"x{i}", "kind": "number", "low": -1, "high": 1} for i in range(FEATURES)]
    change = candidates.with_values(
        candidates=candidates.named(None, names), features=features, kind=kind
    )
    candidates.decide(project.store, OWNER, change)
    chooser = Chooser(project.store, 0)

    def ask(n: int) -> tuple[float, float]:
        context = {f"x{i}": float(rng.uniform(-1, 1)) for i in range(FEATURES)}
        begun, began = time.perf_counter(), time.process_time()
        chooser.choose(f"i{n}", context)
        return time.perf_counter() - begun, time.process_time() - began

    def thumb(n: int) -> dict[str, Any]:
        told = {"feedback_id": f"f{n}", "kind": "thumbs", "interaction_id": f"i{n}"}
        return told | {"value": bool(rng.random() < 0.6)}

    for begin in range(0, REWARDS, AT_ONCE):
        every = range(begin, begin + AT_ONCE)
        for n in every:
            ask(n)
        inbox.take(project, [thumb(n) for n in every], "app")
    taken = []
    for n in range(REWARDS, REWARDS + TIMED):
        taken.append(ask(n))
        inbox.take(project, [thumb(n)], "app")
    chooser = Chooser(project.store, 0)
    first, _ = ask(REWARDS + TIMED)
    (p50, p50_cpu), (p95, p95_cpu) = np.percentile(taken, [50, 95], axis=0)
    told = {"p50": p50, "p95": p95, "p50_cpu": p50_cpu, "p95_cpu": p95_cpu, "first": first}
    return {f"{name}_ms": round(1_000 * float(value), 2) for name, value in told.items()}
