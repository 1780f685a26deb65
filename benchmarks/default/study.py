"""What a new project should have: recipe × start × strategy for each kind of data, by measurement.

- area: mean AUBC over the sets and seeds, from the first labels to the budget
- minus_first: the same less that of the first line on the same seeds, with its 95 % interval over
  the sets; on few sets wide, and said so
- worst: the set on which it is farthest behind the best line
- 10 labels a round, first ones included; see `sets` for which sets these are
"""

import math
import statistics
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

from scipy.stats import t

from default import sets
from loop import compare

SEEDS = 3
STRATEGIES = ("random", "margin", "uherding", "typiclust")
STARTS = ("random", "typiclust")
KINDS: dict[str, dict[str, Any]] = {
    "text": {
        "sets": sets.TEXTS["choose"],
        "budget": 300,
        "recipes": (
            "lsa | logistic(C=10)",
            "lsa | self_training(logistic(C=10))",
            "diffusion(lsa, length=0.5, beside=True) | logistic(C=10)",
            "diffusion(lsa, length=0.5, beside=True) | self_training(logistic(C=10))",
        ),
    },
    "image": {
        "sets": sets.IMAGES["choose"],
        "budget": 300,
        "recipes": (
            "pixels | logistic(C=10)",
            "pixels + hog | self_training(logistic(C=10))",
            "diffusion(pixels + hog) | logistic(C=10)",
            "diffusion(pixels + hog) | self_training(logistic(C=10))",
        ),
    },
    "table": {
        "sets": ("wdbc", "splice", "heart", "sonar", "ex8a", "seeds", "glass", "gcloudb"),
        "budget": 100,
        "recipes": (
            "table | logistic(C=1)",
            "table | sklearn.ensemble.ExtraTreesClassifier(n_estimators=100)",
            (
                "table | best_of(sklearn.ensemble.ExtraTreesClassifier(n_estimators=100), "
                "logistic(C=1))"
            ),
        ),
    },
}


def measure() -> dict[str, Any]:
    """Every kind of data."""
    return {"seeds": SEEDS} | {kind: _kind(**what) for kind, what in KINDS.items()}


def _kind(sets: tuple[str, ...], budget: int, recipes: tuple[str, ...]) -> list[dict[str, Any]]:
    """The lines of one kind, best first."""
    asks = tuple(
        compare.Protocol(budget, 10, 10, start, recipe)
        for recipe, start in product(recipes, STARTS)
    )
    plan = compare.Plan(STRATEGIES, SEEDS, asks)
    areas: dict[tuple[str, str, str], dict[str, float]] = {}
    for name in sets:
        for ask, strategy, area in _areas(name, plan):
            areas.setdefault((ask.recipe, ask.start, strategy), {})[name] = area
    first = areas[recipes[0], STARTS[0], STRATEGIES[0]]
    best = {name: max(line[name] for line in areas.values()) for name in sets}
    lines = [_line(key, line, first, best) for key, line in areas.items()]
    return sorted(lines, key=lambda line: -line["area"])


def _areas(name: str, plan: compare.Plan) -> list[tuple[compare.Protocol, str, float]]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        data = _sets(name, folder)
        compare.run(folder / "kept", plan, [data], compare.Where(2))
        found = compare.documents(folder / "kept", plan, [data])
    told = [
        (ask, strategy, one["aubc"]["mean"])
        for ask, case in zip(plan.protocols, found, strict=True)
        for strategy, one in case["strategies"].items()
    ]
    for ask, strategy, area in told:
        print(f"{name:12} {area:.4f} {strategy:10} {ask.start:10} {ask.recipe}", flush=True)
    return told


def _sets(name: str, folder: Path) -> compare.Rows:
    return sets.read(name, folder)


def _line(
    key: tuple[str, str, str],
    areas: dict[str, float],
    first: dict[str, float],
    best: dict[str, float],
) -> dict[str, Any]:
    gains = [areas[name] - first[name] for name in areas]
    behind = {name: best[name] - areas[name] for name in areas}
    worst = max(behind, key=lambda name: behind[name])
    return {
        "recipe": key[0],
        "start": key[1],
        "strategy": key[2],
        "area": round(statistics.mean(areas.values()), 4),
        "by_set": {name: round(area, 4) for name, area in areas.items()},
        "minus_first": round(statistics.mean(gains), 4),
        "ci95": _interval(gains),
        "worst": [worst, round(behind[worst], 4)],
    }


def _interval(values: list[float]) -> list[float] | None:
    if len(values) < 2:
        return None
    mean, sd = statistics.mean(values), statistics.stdev(values)
    half = float(t.ppf(0.975, len(values) - 1)) * sd / math.sqrt(len(values))
    return [round(mean - half, 4), round(mean + half, 4)]
