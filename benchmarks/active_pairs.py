"""Active against random pairs: how many comparisons until the ranking of the systems is right?

- simulated: strengths are drawn from N(0, spread²); a wins with the chance of Bradley and Terry's
  model, but one answer in ten is a tie and of the others one in ten a coin toss; pairs of any two
  systems never run out
- pandalm: five systems, 999 pairs, each judged by three people, whose answers are drawn without
  replacement; the truth is the ranking by all of them
- a round is a tenth of the answers so far, at least 5, as in a project; or of a fixed size, where
  it says so. The first 10 are drawn at random. All ways rank by the same estimate with its default
  prior, and the strengths of a seed are the same for all
- to 0.9: answers until the rank correlation with the truth is 0.9 or more in that round and all
  later ones ("stays", fixed beforehand as the measure), or in that round ("first"); means of the
  seeds, where a run that does not get there counts as the whole budget. Of five systems
  Kendall's is 0.9 only where all are in order, Spearman's where two neighbours may be swapped
- ratio: mean of the way / mean of random, with the 95 % interval by resampling seeds
- mean_curve: answers until the mean correlation of all seeds is and stays 0.9; null: it is not
- after: the mean correlation at so many answers
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from active_pairs_ways import WAYS
from joblib import Parallel, delayed
from numpy.typing import NDArray
from run import data
from scipy.special import expit
from scipy.stats import kendalltau, spearmanr
from threadpoolctl import threadpool_limits
from tie_models import judged

from strategies import Query
from strategies.strengths import strengths

GOAL = 0.9 - 1e-9
START, LEAST, SHARE = 10, 5, 10  # answers before the first model; of a round; a tenth
TIES = NOISE = 0.1
RESAMPLES = 10_000
STOPS = (50, 100, 300, 1_000)
BOTH = ("random", "paired-ranking")
SIMULATED = {  # systems, spread: answers at most, seeds
    (10, 0.5): (5_000, 60),
    (10, 1.0): (4_000, 60),
    (10, 2.0): (2_000, 60),
    (20, 1.0): (6_000, 40),
    (20, 2.0): (3_000, 40),
    (50, 1.0): (8_000, 20),
    (50, 2.0): (4_000, 20),
}
ALL_WAYS = (10, 1.0)
PANDALM = (1_500, 60)
FIXED, OF_FIXED = (1, 5, 10), (1_000, 20)  # sizes of rounds; answers at most, seeds
COPIES = 50  # of a pair in a simulated pool: more of one are not asked in one round
Curve = NDArray[np.float64]  # answers, Kendall's, Spearman's: a row for each round


@dataclass
class Crowd:
    """Pairs that may be asked, the true strengths, and who answers."""

    truth: NDArray[np.float64]
    pool: Callable[[int], NDArray[np.float32]]  #: the open pairs, enough for so many picks
    answers: Callable[[NDArray[np.intp]], tuple[NDArray[np.float32], NDArray[Any]]]  #: about rows


def measure() -> dict[str, Any]:
    """All settings, all ways, all seeds."""
    cells: list[tuple[Any, ...]] = [
        (("simulated", *which), way, 0, seed, budget)
        for which, (budget, seeds) in SIMULATED.items()
        for way in (WAYS if which == ALL_WAYS else BOTH)
        for seed in range(seeds)
    ]
    budget, seeds = PANDALM
    cells += [(("pandalm",), way, 0, seed, budget) for way in WAYS for seed in range(seeds)]
    budget, seeds = OF_FIXED
    cells += [
        (setting, way, size, seed, budget)
        for setting in (("simulated", 10, 2.0), ("pandalm",))
        for size in FIXED
        for way in BOTH
        for seed in range(seeds)
    ]
    data("pref_pandalm")
    curves = Parallel(n_jobs=os.cpu_count())(delayed(run)(*cell) for cell in cells)
    found: dict[tuple[Any, int], dict[str, list[Curve]]] = {}
    for (setting, way, size, *_), curve in zip(cells, curves, strict=True):
        found.setdefault((setting, size), {}).setdefault(way, []).append(curve)
    return {
        " ".join(map(str, setting)) + (f", rounds of {size}" if size else ""): _told(by_way)
        for (setting, size), by_way in found.items()
    }


def run(setting: tuple[Any, ...], way: str, size: int, seed: int, budget: int) -> Curve:
    """One way on one crowd: the correlations after each round."""
    with threadpool_limits(1):
        crowd = simulated(*setting[1:], seed) if setting[1:] else pandalm(seed)
        rng = np.random.default_rng([seed, 1])
        seen, labels = crowd.answers(rng.permutation(len(crowd.pool(1)))[:START])
        points = [_point(crowd, seen, labels)]
        while len(labels) < budget:
            n = min(size or max(LEAST, len(labels) // SHARE), budget - len(labels))
            query = Query(crowd.pool(n), rng, seen=seen, labels=labels)
            rows, said = crowd.answers(WAYS[way](query, n).positions)
            seen, labels = np.concatenate([seen, rows]), np.concatenate([labels, said])
            points.append(_point(crowd, seen, labels))
    print(setting, way, size, seed, points[-1], file=sys.stderr, flush=True)
    return np.array(points)


def _point(crowd: Crowd, seen: NDArray[Any], labels: NDArray[Any]) -> tuple[float, ...]:
    guess = strengths(seen, labels).mean
    if not np.ptp(guess):  # nothing but ties: no order
        return len(labels), 0.0, 0.0
    kendall, spearman = kendalltau(guess, crowd.truth), spearmanr(guess, crowd.truth)
    return len(labels), float(kendall.statistic), float(spearman.statistic)


def simulated(systems: int, spread: float, seed: int) -> Crowd:
    """Any two of so many systems, as often as one likes; the k-th answer is the same for all."""
    rng = np.random.default_rng([seed, systems, round(10 * spread)])
    truth = spread * rng.standard_normal(systems)
    first, second = np.triu_indices(systems, 1)
    one = np.eye(systems, dtype=np.float32)
    every = one[first] - one[second]
    wins = expit(truth[first] - truth[second])
    streams = [np.random.default_rng([seed, systems, 7, k]) for k in range(len(every))]

    def pool(n: int) -> NDArray[np.float32]:
        return np.tile(every, (min(n, COPIES), 1))

    def answers(rows: NDArray[np.intp]) -> tuple[NDArray[np.float32], NDArray[Any]]:
        matches = rows % len(every)
        said = [_answer(streams[k], wins[k]) for k in matches]
        return every[matches], np.array(said)

    return Crowd(truth, pool, answers)


def _answer(stream: np.random.Generator, wins: float) -> str:
    is_tie, is_toss, lot = stream.random(3)
    if is_tie < TIES:
        return "tie"
    return "a" if lot < (0.5 if is_toss < NOISE else wins) else "b"


def pandalm(seed: int) -> Crowd:
    """What the judges of PandaLM's test set said, each answer asked once at most."""
    every, labels, _ = judged()
    open_rows = np.random.default_rng([seed, 2]).permutation(len(labels))

    def pool(_: int) -> NDArray[np.float32]:
        return every[open_rows]

    def answers(rows: NDArray[np.intp]) -> tuple[NDArray[np.float32], NDArray[Any]]:
        nonlocal open_rows
        asked, open_rows = open_rows[rows], np.delete(open_rows, rows)
        return every[asked], labels[asked]

    return Crowd(strengths(every, labels).mean, pool, answers)


def _told(by_way: dict[str, list[Curve]]) -> dict[str, Any]:
    base = _reached(by_way["random"])
    return {"seeds": len(by_way["random"]), "budget": int(by_way["random"][0][-1, 0])} | {
        way: _of(curves, base) for way, curves in by_way.items()
    }


def _of(curves: list[Curve], base: dict[str, NDArray[np.float64]]) -> dict[str, Any]:
    mean, reached = np.mean(curves, axis=0), _reached(curves)
    at = [stop for stop in STOPS if stop <= mean[-1, 0]]
    return {
        "to_0.9": {
            name: {
                "mean": round(float(counts.mean())),
                "median": round(float(np.median(counts))),
                "not_reached": int((counts >= mean[-1, 0]).sum()),
                "ratio": _ratio(counts, base[name]),
            }
            for name, counts in reached.items()
        },
        "mean_curve": {"kendall": _stays(mean, 1), "spearman": _stays(mean, 2)},
        "after": {
            str(stop): [round(float(np.interp(stop, mean[:, 0], mean[:, k])), 3) for k in (1, 2)]
            for stop in at
        },
    }


def _reached(curves: list[Curve]) -> dict[str, NDArray[np.float64]]:
    """Answers to the goal, for each seed; the budget where it is not reached."""
    end = curves[0][-1, 0]
    return {
        f"{name} {how}": np.array([find(curve, column) or end for curve in curves])
        for column, name in ((1, "kendall"), (2, "spearman"))
        for how, find in (("stays", _stays), ("first", _first))
    }


def _first(curve: Curve, column: int) -> float | None:
    there = np.flatnonzero(curve[:, column] >= GOAL)
    return float(curve[there[0], 0]) if len(there) else None


def _stays(curve: Curve, column: int) -> float | None:
    below = np.flatnonzero(curve[:, column] < GOAL)
    start = below[-1] + 1 if len(below) else 0
    return float(curve[start, 0]) if start < len(curve) else None


def _ratio(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> dict[str, Any]:
    drawn = np.random.default_rng(0).integers(len(ours), size=(RESAMPLES, len(ours)))
    ratios = ours[drawn].mean(axis=1) / theirs[drawn].mean(axis=1)
    low, high = np.quantile(ratios, (0.025, 0.975))
    return {
        "mean": round(float(ours.mean() / theirs.mean()), 3),
        "ci95": [round(float(low), 3), round(float(high), 3)],
    }
