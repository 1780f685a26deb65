"""What a new project should have, for each kind of data, by measurement on the sets to choose on.

In two steps, as all combinations would be too many: every recipe with a plain way of asking and
with the likely ones (`WAYS`); then, with the best of these recipes, every start with every
strategy, and other batches; with embeddings only the first. A line of the outcome is one
combination:

- area: mean AUBC over the sets and seeds, from the first labels to the budget
- minus_first: the same less that of the first recipe asked at random on the same seeds, with its
  95 % interval over the sets; on few sets wide, and none on one
- worst: the set on which it is farthest behind the best line
- 10 labels a round unless said otherwise, the first 10 included

Which sets these are, `sets` says.
"""

import math
import statistics
from collections.abc import Iterable
from itertools import product
from typing import Any

from scipy.stats import t

from default import sets
from loop import compare
from loop.errors import SettingsError

SEEDS = 3
STRATEGIES = ("random", "margin", "uherding", "typiclust")
STARTS = ("random", "typiclust")
BATCHES = (5, 20)
TREES = "sklearn.ensemble.ExtraTreesClassifier(n_estimators=100)"
PLAIN = "sklearn.linear_model.LogisticRegression()"  # the classes as frequent as they come
KINDS: dict[str, dict[str, Any]] = {
    "text": {
        "names": sets.TEXTS["choose"],
        "budget": 300,
        "recipes": (
            "lsa | logistic(C=10)",
            "lsa | self_training(logistic(C=10))",
            "diffusion(lsa, length=0.5, beside=True) | logistic(C=10)",
            "diffusion(lsa, length=0.5, beside=True) | self_training(logistic(C=10))",
        ),
    },
    "text with the extra embed": {
        "names": sets.TEXTS["choose"],
        "budget": 300,
        "recipes": (
            "embed | logistic(C=10)",
            "embed + lsa | logistic(C=10)",
            "embed + lsa | self_training(logistic(C=10))",
        ),
        "steps": 1,
    },
    "image": {
        "names": sets.IMAGES["choose"],
        "budget": 300,
        "recipes": (
            "pixels | logistic(C=10)",
            "pixels + hog | self_training(logistic(C=10))",
            "diffusion(pixels + hog) | logistic(C=10)",
            "diffusion(pixels + hog) | self_training(logistic(C=10))",
        ),
    },
    "table": {
        "names": ("wdbc", "splice", "heart", "sonar", "ex8a", "seeds", "glass", "gcloudb"),
        "budget": 100,
        "recipes": (
            "table | logistic(C=1)",
            f"table | {TREES}",
            f"table | best_of({TREES}, logistic(C=1))",
            f"table | best_of({TREES}, {PLAIN})",
            f"table | best_of({TREES}, logistic(C=1), {PLAIN})",
        ),
    },
}

Way = tuple[str, str, int]  # start, strategy, batch
WAYS: tuple[Way, ...] = (
    ("random", "random", 10),
    ("typiclust", "margin", 10),
    ("typiclust", "uherding", 10),
)
Areas = dict[tuple[str, Way], dict[str, float]]  # by recipe and way: the mean of each set


def measure() -> dict[str, Any]:
    """Every kind of data; a kind whose extra is not installed is left out, and said so."""
    return {"seeds": SEEDS} | {kind: _kind(**what) for kind, what in KINDS.items()}


def _kind(
    names: tuple[str, ...], budget: int, recipes: tuple[str, ...], steps: int = 2
) -> list[dict[str, Any]] | str:
    """The lines of one kind, best first."""
    try:
        areas = _areas(names, budget, product(recipes, WAYS))
    except SettingsError as why:
        return str(why)
    if steps > 1:
        best = max(recipes, key=lambda recipe: _mean(areas, recipe))
        likely = WAYS[-1][:2]
        ways = [*product(STARTS, STRATEGIES, (10,)), *((*likely, batch) for batch in BATCHES)]
        areas |= _areas(names, budget, ((best, way) for way in ways if way not in WAYS))
    first = areas[recipes[0], WAYS[0]]
    tops = {name: max(line[name] for line in areas.values()) for name in names}
    lines = [_line(key, line, first, tops) for key, line in areas.items()]
    return sorted(lines, key=lambda line: -line["area"])


def _mean(areas: Areas, recipe: str) -> float:
    return statistics.mean(area for way in WAYS for area in areas[recipe, way].values())


def _areas(names: tuple[str, ...], budget: int, asked: Iterable[tuple[str, Way]]) -> Areas:
    """The mean AUBC of every recipe asked in every way, on every set."""
    by_start: dict[tuple[str, int], dict[str, set[str]]] = {}
    for recipe, (start, strategy, batch) in asked:
        by_start.setdefault((start, batch), {}).setdefault(recipe, set()).add(strategy)
    found: Areas = {}
    for name, ((start, batch), by_recipe) in product(names, by_start.items()):
        protocols = [compare.Protocol(budget, batch, 10, start, recipe) for recipe in by_recipe]
        strategies = tuple(sorted(set.union(*by_recipe.values())))
        plan = compare.Plan(strategies, SEEDS, tuple(protocols))
        data, kept = sets.read_once(name), sets.kept(name)
        compare.run(kept, plan, [data], compare.Where(2))
        for ask, case in zip(protocols, compare.documents(kept, plan, [data]), strict=True):
            for strategy, told in case["strategies"].items():
                way = (start, strategy, batch)
                found.setdefault((ask.recipe, way), {})[name] = area = told["aubc"]["mean"]
                print(f"{name:12} {area:.4f} {way} {ask.recipe}", flush=True)
    return found


def _line(
    key: tuple[str, Way],
    areas: dict[str, float],
    first: dict[str, float],
    tops: dict[str, float],
) -> dict[str, Any]:
    gains = [areas[name] - first[name] for name in areas]
    behind = {name: tops[name] - areas[name] for name in areas}
    worst = max(behind, key=lambda name: behind[name])
    recipe, (start, strategy, batch) = key
    return {
        "recipe": recipe,
        "start": start,
        "strategy": strategy,
        "batch": batch,
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
