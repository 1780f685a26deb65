"""What the default reaches on sets that nothing was chosen on, beside what others reach.

Ten labels a round, the first ten included; every arm has the same splits and seeds.

- full: accuracy with all labels of the pool known, the mean over the seeds
- aubc: mean accuracy from the first labels to the budget, with its 95 % interval over the seeds
- first_or_tied: whether no peer is surely better in AUBC, by the paired 95 % interval
- to_full: median labels to 90 and 95 % of the best full accuracy; null where most seeds do not
  get there within the budget (plain: within the pool)
- plain_to: labels that plain takes to 90 and 95 % of *its* full accuracy, as multiples of ours
- random_to: the same of labels drawn at random in the same pipeline, to shares of its full accuracy
- aubc_above_random: of the same two, paired, with its 95 % interval
- tuned: accuracy of a tuned SVM on as many random labels as the budget is, and the budget as
  multiples of the labels that ours takes to equal it on the same split
- multiples are medians over seeds, with the 95 % bootstrap interval; one that a side did not reach
  is counted with the budget, and in `bounds` stands how many seeds that were
"""

import statistics
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from run import record

from default import peers, sets
from default.peers import Curve, area, between
from loop import compare, recipes
from loop.compare.statistics import interval
from loop.tasks import classify

SEEDS = 10
SHARES = (0.9, 0.95)
BUDGETS = {"text": 300, "image": 300, "table": 100}
WITH_EMBED = "embed + lsa | self_training(logistic(C=10))"
PIPELINES = ("core", "embed")  # core: without a download
START = "typiclust"
RESAMPLES = 2_000

Peer = Callable[[compare.Rows, int, int], Curve]
PEERS: dict[str, dict[str, Peer]] = {
    "text": {
        "small-text": peers.small_text,
        "scikit-activeml margin": peers.skactiveml("margin"),
        "scikit-activeml badge": peers.skactiveml("badge"),
    },
    "image": {
        "scikit-activeml margin": peers.skactiveml("margin"),
        "scikit-activeml badge": peers.skactiveml("badge"),
    },
    "table": {
        "scikit-activeml margin": peers.skactiveml("margin"),
        "scikit-activeml badge": peers.skactiveml("badge"),
    },
}


def measure() -> dict[str, Any]:
    """Every set, and the medians over sets of a kind and over all."""
    names = {
        "text": sets.TEXTS["held back"],
        "image": sets.IMAGES["held back"],
        "table": sets.TABLES["held back"],
    }
    found: dict[str, dict[str, Any]] = {kind: {} for kind in names}
    for kind, names_of in names.items():
        for name in names_of:
            found[kind][name] = _set(kind, name)
            record("default.held_back", _figures(found))  # it takes hours; what is done is done
    return _figures(found)


def _figures(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    every = {name: told for of_kind in found.values() for name, told in of_kind.items()}
    medians = {kind: _summary(told) for kind, told in found.items() if told}
    return {
        "seeds": SEEDS,
        "small-text": version("small-text"),
        "budgets": BUDGETS,
        "medians": medians | {"all": _summary(every)},
        "sets": found,
    }


def _set(kind: str, name: str) -> dict[str, Any]:
    data, budget = sets.read_once(name), BUDGETS[kind]
    pipelines = {"core": recipes.DEFAULTS[kind]} | ({"embed": WITH_EMBED} if kind == "text" else {})
    curves: dict[str, list[Curve]] = {}
    full: dict[str, float] = {}
    for called, recipe in pipelines.items():
        ours, at_random, whole = _pipeline(name, recipe, budget)
        curves |= {called: ours, f"{called}, random": at_random}
        full[called] = statistics.mean(whole)
    full["plain"], curves["plain"] = _plain(kind, name, budget)
    for called, peer in PEERS[kind].items():
        curves[called] = _each_seed(peer, data, budget)
        print(f"{name:12} {called}", flush=True)
    svm = Parallel(n_jobs=2)(delayed(peers.tuned)(data, s, budget) for s in range(SEEDS))
    told = _told(curves, full, svm, budget)
    print(name, told, flush=True)
    return told


def _each_seed(peer: Peer, data: compare.Rows, budget: int) -> list[Curve]:
    found: list[Curve] = Parallel(n_jobs=2)(delayed(peer)(data, s, budget) for s in range(SEEDS))
    return found


def _pipeline(name: str, recipe: str, budget: int) -> tuple[list[Curve], list[Curve], list[float]]:
    """With the default's start and strategy, with labels at random, with all labels."""
    ours = compare.Protocol(budget, 10, 10, START, recipe)
    at_random = compare.Protocol(budget, 10, 10, "random", recipe)
    got = [
        _curves(name, compare.Plan((strategy,), SEEDS, (protocol,)))
        for strategy, protocol in ((classify.TASK.strategy, ours), ("random", at_random))
    ]
    return got[0][0], got[1][0], got[0][1]


def _curves(name: str, plan: compare.Plan) -> tuple[list[Curve], list[float]]:
    """The curve of each seed, and what all labels give."""
    data, kept = sets.read_once(name), sets.kept(name)
    compare.run(kept, plan, [data], compare.Where(2))
    curves, whole = [], []
    for outcome in compare.outcomes(kept, plan.cells_of(data, plan.protocols[0])):
        if outcome.curve is None:
            raise RuntimeError(f"{outcome.cell} failed: {outcome.failure}")
        points = [(point.labels, point.accuracy) for point in outcome.curve if point.labels]
        if outcome.cell.strategy:
            curves.append(points)
        else:
            whole.append(points[-1][1])
    return curves, whole


def _plain(kind: str, name: str, budget: int) -> tuple[float, list[Curve]]:
    """Labels at random, with what everybody would try first."""
    if kind == "text":
        curves = _each_seed(peers.plain, sets.read_once(name), budget)
        return statistics.mean(curve[-1][1] for curve in curves), curves
    recipe = f"{peers.FEATURES[kind]} | {peers.USUAL}"
    protocol = compare.Protocol(budget, 10, 10, "random", recipe)
    curves, whole = _curves(name, compare.Plan(("random",), SEEDS, (protocol,)))
    return statistics.mean(whole), curves


def _told(
    curves: Mapping[str, list[Curve]], full: Mapping[str, float], svm: list[float], budget: int
) -> dict[str, Any]:
    areas = {arm: np.array([area(one, budget) for one in of]) for arm, of in curves.items()}
    best = max(full.values())
    ours = [arm for arm in PIPELINES if arm in curves]
    return {
        "full": _rounded(full),
        "aubc": {arm: _interval(area) for arm, area in areas.items()},
        "first_or_tied": {arm: _is_first_or_tied(arm, areas) for arm in ours},
        "to_full": {
            f"{share:.2f}": {arm: _median(of, share * best) for arm, of in curves.items()}
            for share in SHARES
        },
        "plain_to": {
            arm: _shares(curves["plain"], curves[arm], full["plain"], budget) for arm in ours
        },
        "random_to": {
            arm: _shares(curves[f"{arm}, random"], curves[arm], full[arm], budget) for arm in ours
        },
        "aubc_above_random": {arm: _interval(areas[arm] - areas[f"{arm}, random"]) for arm in ours},
        "tuned": {"accuracy": round(statistics.mean(svm), 4)}
        | {
            arm: _multiple(
                [float(budget)] * SEEDS,
                [between(one, goal) for one, goal in zip(curves[arm], svm, strict=True)],
                budget,
            )
            for arm in ours
        },
    }


def _is_first_or_tied(arm: str, areas: Mapping[str, Any]) -> bool:
    """Whether no peer, nor labels at random, is surely better."""
    others = [one for one in areas if one == f"{arm}, random" or not one.startswith(PIPELINES)]
    return all((_interval(areas[one] - areas[arm])[1] or 0) <= 0 for one in others)


def _shares(theirs: list[Curve], ours: list[Curve], full: float, budget: int) -> dict[str, Any]:
    return {
        f"{share:.2f}": _multiple(
            [between(one, share * full) for one in theirs],
            [between(one, share * full) for one in ours],
            budget,
        )
        for share in SHARES
    }


def _multiple(theirs: list[float], ours: list[float], budget: int) -> dict[str, Any]:
    """Their labels as multiples of ours."""
    never = [sum(np.isinf(side)) for side in (theirs, ours)]
    both = sum(np.isinf(a) and np.isinf(b) for a, b in zip(theirs, ours, strict=True))
    if both > SEEDS / 2:
        return {"multiple": None, "bounds": [int(one) for one in never]}
    # Beyond the budget theirs are known only where they have a curve that goes on: plain.
    those, these = (
        np.where(np.isinf(side), float(budget), side) for side in (np.array(theirs), np.array(ours))
    )
    rng = np.random.default_rng(0)
    ratios = those / these
    drawn = np.median(ratios[rng.integers(0, SEEDS, (RESAMPLES, SEEDS))], axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {
        "multiple": round(float(np.median(ratios)), 2),
        "ci95": [round(float(low), 2), round(float(high), 2)],
        "bounds": [int(one) for one in never],
    }


def _median(curves: list[Curve], accuracy: float) -> float | None:
    found = float(np.median([between(one, accuracy) for one in curves]))
    return None if np.isinf(found) else round(found, 1)


def _summary(told: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Medians over sets; how often ours is first or tied, and surely worse than at random."""
    found: dict[str, Any] = {"sets": len(told)}
    for arm in PIPELINES:
        of = [one for one in told.values() if arm in one["plain_to"]]
        if not of:
            continue
        found[arm] = {
            "plain_to": _over_sets([one["plain_to"][arm] for one in of]),
            "random_to": _over_sets([one["random_to"][arm] for one in of]),
            "tuned": _over([one["tuned"][arm]["multiple"] for one in of]),
            "first_or_tied": sum(one["first_or_tied"][arm] for one in of),
            "of": len(of),
            "worse_than_random": sum((one["aubc_above_random"][arm][2] or 0) < 0 for one in of),
        }
    return found


def _over_sets(told: list[Mapping[str, Any]]) -> dict[str, Any]:
    return {f"{s:.2f}": _over([one[f"{s:.2f}"]["multiple"] for one in told]) for s in SHARES}


def _over(multiples: list[float | None]) -> dict[str, Any]:
    known = [one for one in multiples if one is not None]
    return {"median": round(statistics.median(known), 2) if known else None, "of": len(known)}


def _interval(values: Any) -> list[float | None]:
    found = interval(values)
    return [None if v is None else round(v, 4) for v in (found.mean, found.low, found.high)]


def _rounded(told: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in told.items()}
