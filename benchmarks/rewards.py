"""Which answer do people prefer, told from the answers themselves? On PandaLM's test set.

- 999 pairs of 170 prompts, each judged by three people; a quarter of the prompts is held out, with
  all their pairs, in each of the seeds. The recipe was chosen on other seeds, of the same set
- answers: so many drawn from the other prompts, one judge each; "all": each pair once, what two of
  its three judges say, as a project makes one label of several answers
- accuracy: of held-out answers that name the better output (`decided`), how many the model finds
  likelier; log_loss of the same, in nats (0.693: knows nothing). ece: its expected calibration
  error, in ten bins, not corrected for chance
- always: whichever side won more often. systems: what made them, which no new output tells of
- longer: how often the longer of the two is preferred. by_length: Spearman's correlation of the
  default's rewards with the lengths of the held-out outputs
- pairs: simulated tasks on which `informative-pairs` was not chosen, against random pairs: accuracy
  on 500 held-out pairs by the true reward, after so many answers, of which one in ten is wrong
- means with 95 % intervals (t) over the seeds, which share prompts; paired: active - random
"""

import gzip
import json
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from run import data
from scipy import stats
from scipy.special import expit
from threadpoolctl import threadpool_limits

import strategies
from loop import recipes
from loop.compare.statistics import interval
from loop.features import Systems

SEEDS = range(100, 106)
SIZES = (30, 100, 300, None)
RECIPES = {
    "default": recipes.DEFAULTS["pair"],
    "length": "outputs(length) | linear_reward()",
    "with lsa": "outputs(length + closeness(lsa) + lsa) | linear_reward()",
    "with a tenth of lsa": "outputs(length + closeness(lsa) + scaled(lsa, 0.1)) | linear_reward()",
    "gaussian": "outputs(length + closeness(lsa)) | gaussian_reward()",
    "systems": "systems | bradley_terry()",
}
TASKS = {
    "30 features": (30, 0.0, 30),
    "some count more": (10, 0.5, 10),
    "3 of 10 count": (10, 0, 3),
}
FIRST, ANSWERS, ERRORS, AT = 10, 200, 0.1, (20, 50, 100, 200)
Matrix = NDArray[np.float64]


def measure() -> dict[str, Any]:
    """PandaLM, then the simulated tasks."""
    data("pref_pandalm")
    with threadpool_limits(1):
        pairs, said = judged()
        seeds = [_seed(pairs, said, seed) for seed in SEEDS]
        return {
            "longer": _longer(pairs, said),
            "pandalm": {
                size: {
                    name: {
                        figure: mean_of([one[size][name][figure] for one in seeds])
                        for figure in ("accuracy", "log_loss", "ece")
                    }
                    for name in seeds[0][size]
                }
                for size in map(_called, SIZES)
            },
            "by_length": mean_of([one["by_length"] for one in seeds]),
            "decided": mean_of([one["decided"] for one in seeds]),
            "pairs": {name: _simulated(*task) for name, task in TASKS.items()},
        }


def judged() -> tuple[list[dict[str, str]], NDArray[Any]]:
    """The pairs, and what the three judges said of each, (n, 3)."""
    with gzip.open(data("pref_pandalm") / "pairs.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    pairs = [
        {"prompt": f"{row['instruction']}\n{row['input']}"}
        | {"a": str(row["response1"]), "b": str(row["response2"])}
        | dict(zip(("of a", "of b"), row["models"].split("_"), strict=True))
        for row in rows
    ]
    codes = np.array([[row[f"annotator{judge}"] for judge in (1, 2, 3)] for row in rows])
    return pairs, np.array(["tie", "a", "b"])[codes]


def _called(size: int | None) -> str:
    return "all" if size is None else str(size)


def _longer(pairs: list[dict[str, str]], said: NDArray[Any]) -> dict[str, Any]:
    gap = np.array([len(one["a"]) - len(one["b"]) for one in pairs])[:, None]
    told = (said != "tie") & (gap != 0)
    won = int(((said == "a") == (gap > 0))[told].sum())
    return {"answers": int(told.sum()), "share": round(won / int(told.sum()), 3)}


def _seed(pairs: list[dict[str, str]], said: NDArray[Any], seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    prompts = sorted({one["prompt"] for one in pairs})
    out = {prompts[place] for place in rng.permutation(len(prompts))[: len(prompts) // 4]}
    held = np.array([one["prompt"] in out for one in pairs])
    taught = np.flatnonzero(~held)
    truth = said[held]
    names = truth != "tie"
    figures: dict[str, Any] = {_called(size): {} for size in SIZES} | {"decided": names.mean()}
    drawn = rng.permutation(taught)
    judge = rng.integers(3, size=len(pairs))
    for name, recipe in RECIPES.items():
        X = _rows(pairs, recipe, taught)
        for size in SIZES:
            rows = drawn[:size]
            y = _majority(said[rows]) if size is None else said[rows, judge[rows]]
            made = recipes.estimator(recipe, seed).fit(X[rows], y)
            proba = dict(zip(made.classes_, made.predict_proba(X[held]).T, strict=True))
            chance = proba["a"] / (proba["a"] + proba["b"])
            figures[_called(size)][name] = _figures(chance, truth, names)
            figures[_called(size)]["always"] = _always(y, truth, names)
        if name == "default":
            both = np.vstack(np.split(X[held], 2, axis=1))
            lengths = [len(one[side]) for side in "ab" for one in np.array(pairs)[held]]
            figures["by_length"] = stats.spearmanr(made.rewards(both)[0], lengths).statistic
    print(seed, figures, file=sys.stderr, flush=True)
    return figures


def _majority(said: NDArray[Any]) -> NDArray[Any]:
    """What two of three judges say, (n,); a tie where each says something else."""
    same = said[:, :1] == said[:, 1:]
    return np.where(
        same.any(axis=1), said[:, 0], np.where(said[:, 1] == said[:, 2], said[:, 1], "tie")
    )


def _rows(pairs: list[dict[str, str]], recipe: str, taught: NDArray[np.intp]) -> NDArray[Any]:
    """The rows of all pairs, by what is learned from the pool alone."""
    names = ("of a", "of b") if recipe.startswith("systems") else ("prompt", "a", "b")
    cells = [[one[name] for name in names] for one in pairs]
    if recipe.startswith("systems"):
        return Systems().fit(cells).transform(cells)
    (reads,) = recipes.reads(recipe, dict.fromkeys(names, "pair"), 0).makers
    return reads.fit([cells[place] for place in taught]).transform(cells)


def _figures(chance: Matrix, truth: NDArray[Any], names: NDArray[np.bool_]) -> dict[str, float]:
    of_a = np.repeat(chance[:, None], 3, axis=1)[names]
    won = (truth == "a")[names]
    sure, right = np.maximum(of_a, 1 - of_a), (of_a > 0.5) == won
    place = np.minimum((sure * 10).astype(int), 9)
    gaps = np.bincount(place, sure - right)
    return {
        "accuracy": float(right.mean()),
        "log_loss": float(-np.log(np.where(won, of_a, 1 - of_a)).mean()),
        "ece": float(np.abs(gaps).sum() / len(sure)),
    }


def _always(y: NDArray[Any], truth: NDArray[Any], names: NDArray[np.bool_]) -> dict[str, float]:
    share = ((y == "a").sum() + 1) / ((y != "tie").sum() + 2)
    return _figures(np.full(len(truth), share), truth, names)


def _simulated(d: int, falls: float, counting: int) -> dict[str, Any]:
    curves = {
        way: np.array([_curve(d, falls, counting, way, seed) for seed in SEEDS])
        for way in ("random", "informative-pairs")
    }
    curves["paired"] = curves["informative-pairs"] - curves["random"]
    return {
        way: {str(at): mean_of(found[:, place]) for place, at in enumerate(AT)}
        for way, found in curves.items()
    }


def _curve(d: int, falls: float, counting: int, way: str, seed: int) -> Matrix:
    """Accuracy after each of `AT` answers; *falls* is how fast features get smaller."""
    rng = np.random.default_rng([seed, d, counting])
    things = rng.normal(size=(400, d)) * np.exp(-falls * np.arange(d))
    worth = things[:, :counting] @ rng.normal(size=counting)
    worth *= 1.5 / worth.std()
    first, second = np.triu_indices(len(things), 1)
    drawn = rng.permutation(len(first))[:1_400]
    first, second = first[drawn], second[drawn]
    X, better = np.hstack([things[first], things[second]]), worth[first] - worth[second]
    said = np.where((rng.random(1_400) < expit(better)) ^ (rng.random(1_400) < ERRORS), "a", "b")
    asked, points = rng.permutation(900)[:FIRST], []
    while True:
        made = recipes.estimator("linear_reward()", seed).fit(X[asked], said[asked])
        right = (made.differences(X[900:])[0] > 0) == (better[900:] > 0)
        points.append((len(asked), right.mean()))
        if len(asked) >= ANSWERS:
            return np.interp(AT, *np.array(points).T)
        left = np.setdiff1d(np.arange(900), asked)
        query = strategies.Query(X[left], rng, model=made, seen=X[asked], labels=said[asked])
        n = min(max(5, len(asked) // 10), ANSWERS - len(asked))
        asked = np.append(asked, left[strategies.get(way)(query, n).positions])


def mean_of(values: Any) -> dict[str, Any]:
    """The mean of independent values and its 95 % interval, as results have it."""
    found = interval(values)
    return {"mean": round(found.mean, 3), "ci95": [round(found.low, 3), round(found.high, 3)]}
