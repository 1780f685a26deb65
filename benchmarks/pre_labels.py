"""Is the audited precision that of what is pre-labeled? On real data, where truth is known.

Sets, splits and labels are those of `audit_coverage`. Audit answers are drawn from the rows held
out; what is pre-labeled is what margin sampling has left over of the pool, which is another sample.

- stated: from each confidence on, of audits with 300 answers, 20 of them so sure or more, the share
  whose 95 % interval holds the precision of what is left of the pool, and the share whose interval
  lies above it, which would be to promise too much; with the mean of that precision, by how much
  the held-out rows' is higher, and the share of the pool that is pre-labeled
- wanted: for each precision, in what share of audits the confidence that `--precision` chose missed
  it on the pool, and on all held-out rows; in what share none was chosen; and the share of the pool
  that was pre-labeled where one was
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from audit_coverage import HELD_OUT, LABELS, NAMES, read, rounds
from joblib import Parallel, delayed
from numpy.typing import NDArray
from run import data
from threadpoolctl import threadpool_limits

from loop import compare, model, recipes
from loop.evaluation import LEAST_AUDIT
from loop.quality import threshold
from loop.quality.share import share
from loop.quality.threshold import Audited

SEEDS, RUNS = 4, 50
RECIPES = ("logistic(C=10)", "self_training(logistic(C=10))")
CONFIDENCES = (0.3, 0.5, 0.7, 0.9, 0.95)
PRECISIONS = (0.9, 0.95, 0.97)
ANSWERS = (100, 300, 1_000)


@dataclass(frozen=True)
class Judged:
    """What one model makes of the pool that is left, and of the rows held out."""

    pool: Audited
    held_out: Audited


def measure() -> dict[str, Any]:
    """Each set by each recipe."""
    found: dict[str, Any] = {"models": SEEDS * len(LABELS), "audits_of_each": RUNS}
    for name, make in NAMES.items():
        with tempfile.TemporaryDirectory() as scratch:
            rows = read(Path(scratch), data(name), make)
            split = HELD_OUT.get(name, 0.6)
            made = Parallel(n_jobs=2)(delayed(_judged)(rows, split, seed) for seed in range(SEEDS))
        for recipe in RECIPES:
            models = [one for of_seed in made for by, one in of_seed if by == recipe]
            found.setdefault(name, {})[recipe] = {
                "stated": {str(one): _stated(models, one) for one in CONFIDENCES},
                "wanted": {
                    str(one): {n: _wanted(models, one, n) for n in ANSWERS} for one in PRECISIONS
                },
            }
            print(name, recipe, found[name][recipe], flush=True)
    return found


def _judged(rows: compare.Rows, held_out: float, seed: int) -> list[tuple[str, Judged]]:
    with threadpool_limits(1):
        return [*_models(rows.split(seed, held_out), seed)]


def _models(split: compare.Split, seed: int) -> Iterator[tuple[str, Judged]]:
    for labeled, _ in rounds(split, seed):
        if len(labeled) not in LABELS:
            continue
        rest = np.setdiff1d(np.arange(len(split.X)), labeled)
        for recipe in RECIPES:
            unfitted = recipes.estimator(recipe, 0)
            seen, codes = split.X[labeled], split.codes[labeled]
            learner = model.fit(unfitted, seen, codes, split.X[rest])
            yield (
                recipe,
                Judged(
                    _audited(learner, split.X[rest], split.codes[rest]),
                    _audited(learner, split.X_test, split.test_codes),
                ),
            )


def _audited(learner: Any, X: NDArray[np.float32], truth: NDArray[np.intp]) -> Audited:
    proba = learner.predict_proba(X)
    said = learner.estimator.classes_[proba.argmax(axis=1)]
    return Audited(proba.max(axis=1), said == truth)


def _drawn(one: Judged, n: int, seed: int) -> Iterator[Audited]:
    rng = np.random.default_rng([n, seed])
    for _ in range(RUNS):
        rows = rng.choice(len(one.held_out.sure), n, replace=False)
        yield Audited(one.held_out.sure[rows], one.held_out.right[rows])


def _precision(of: Audited, least: float) -> float | None:
    is_sure = of.sure >= least
    return float(of.right[is_sure].mean()) if is_sure.any() else None


def _stated(models: list[Judged], least: float) -> dict[str, Any] | None:
    """None where too little is so sure in every model."""
    held, above, truths, apart, shares = [], [], [], [], []
    for seed, one in enumerate(models):
        truth, other = _precision(one.pool, least), _precision(one.held_out, least)
        if truth is None or other is None:
            continue
        truths.append(truth)
        apart.append(other - truth)
        shares.append(float((one.pool.sure >= least).mean()))
        for audited in _drawn(one, ANSWERS[1], seed):
            right = audited.right[audited.sure >= least]
            if len(right) >= LEAST_AUDIT:
                known = share(int(right.sum()), len(right))
                held.append(known.low <= truth <= known.high)
                above.append(known.low > truth)
    if not held:
        return None
    return {
        "coverage": _mean(held),
        "above": _mean(above),
        "precision_of_pool": _mean(truths),
        "held_out_is_higher_by": _mean(apart),
        "share_of_pool": _mean(shares),
    }


def _wanted(models: list[Judged], precision: float, n: int) -> dict[str, Any]:
    missed: dict[str, list[bool]] = {"pool": [], "held_out": []}
    shares = []
    for seed, one in enumerate(models):
        for audited in _drawn(one, n, seed):
            least = threshold.lowest(precision, audited, one.pool.sure)
            for name, of in (("pool", one.pool), ("held_out", one.held_out)):
                reached = None if least is None else _precision(of, least)
                missed[name].append(reached is not None and reached < precision)
            if least is not None:
                shares.append(float((one.pool.sure >= least).mean()))
    return {
        "missed": {name: _mean(found) for name, found in missed.items()},
        "none": round(1 - len(shares) / len(missed["pool"]), 4),
        "share_of_pool": _mean(shares) if shares else None,
    }


def _mean(values: list[Any]) -> float:
    return round(float(np.mean(values)), 4)
