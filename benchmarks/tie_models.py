"""How often is a pair a tie? Three answers on PandaLM's pairs, by their log loss on others.

- as `bradley_terry` has it: strengths where a tie is half a win each, ties by Davidson's model
- one share of ties for all pairs, with the same strengths
- strengths and ties of Davidson's model fitted together
- ten folds by pair, so that no pair is judged on both sides, ten times drawn; from so many answers
  of the other folds ("all": every one), where all three were among them
- worse_in: the share of folds in which it loses more than the first
"""

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from run import data
from scipy.optimize import minimize
from scipy.special import expit, log_softmax

from loop.estimators import BradleyTerry
from strategies.strengths import VARIANCE

SIZES, TIMES, FOLDS = (30, 100, 300, None), 10, 10
CLASSES = np.array(["a", "b", "tie"])
Rows = NDArray[np.float32]


def judged() -> tuple[Rows, NDArray[Any], NDArray[np.intp]]:
    """Contrasts, (n_answers, n_systems), what the judges said of them, and of which pair."""
    with gzip.open(data("pref_pandalm") / "pairs.jsonl.gz", "rt", encoding="utf-8") as file:
        pairs = [json.loads(line) for line in file]
    both = [pair["models"].split("_") for pair in pairs]
    systems = sorted({name for two in both for name in two})
    one = np.eye(len(systems), dtype=np.float32)
    contrasts = np.array([one[systems.index(a)] - one[systems.index(b)] for a, b in both])
    said = np.array([pair[f"annotator{judge}"] for pair in pairs for judge in (1, 2, 3)])
    labels = np.array(["tie", "a", "b"])[said]
    return np.repeat(contrasts, 3, axis=0), labels, np.repeat(np.arange(len(pairs)), 3)


def measure() -> dict[str, Any]:
    """The log loss of each, from each number of answers."""
    return {str(size or "all"): _told(size) for size in SIZES}


def _told(size: int | None) -> dict[str, Any]:
    X, y, pair = judged()
    losses: dict[str, list[float]] = {name: [] for name in MODELS}
    for seed in range(TIMES):
        rng = np.random.default_rng(seed)
        fold_of = (rng.permutation(pair.max() + 1) % FOLDS)[pair]
        for fold in range(FOLDS):
            rows, left_out = np.flatnonzero(fold_of != fold), fold_of == fold
            rows = rng.permutation(rows)[:size]
            if len(np.unique(y[rows])) < len(CLASSES):
                continue
            truth = np.searchsorted(CLASSES, y[left_out])
            for name, model in MODELS.items():
                proba = model(X[rows], y[rows], X[left_out])
                losses[name].append(-np.log(proba[np.arange(len(truth)), truth]).mean())
    ours = np.array(losses["bradley_terry"])
    return {
        name: {
            "log_loss": round(float(np.mean(theirs)), 4),
            "worse_in": round(float((np.array(theirs) > ours).mean()), 2),
        }
        for name, theirs in losses.items()
    }


def _ours(X: Rows, y: NDArray[Any], others: Rows) -> NDArray[np.float64]:
    return BradleyTerry().fit(X, y).predict_proba(others)


def _one_share(X: Rows, y: NDArray[Any], others: Rows) -> NDArray[np.float64]:
    wins = expit(others @ BradleyTerry().fit(X, y).strengths_)
    ties = (y == "tie").mean()
    return np.column_stack([(1 - ties) * wins, (1 - ties) * (1 - wins), np.full(len(wins), ties)])


def _together(X: Rows, y: NDArray[Any], others: Rows) -> NDArray[np.float64]:
    truth = np.arange(len(y)), np.searchsorted(CLASSES, y)

    def loss(both: NDArray[np.float64]) -> float:
        return float(both[1:] @ both[1:] / 2 / VARIANCE - _logs(both, X)[truth].sum())

    return np.exp(_logs(minimize(loss, np.zeros(X.shape[1] + 1)).x, others))


def _logs(both: NDArray[np.float64], X: Rows) -> NDArray[np.float64]:
    """Of log ν and the strengths, (1 + n_systems,): a, b and tie, (n, 3)."""
    half = X @ both[1:] / 2
    return log_softmax(np.column_stack([half, -half, np.full(len(half), both[0])]), axis=1)


MODELS: Mapping[str, Callable[[Rows, NDArray[Any], Rows], NDArray[np.float64]]] = {
    "bradley_terry": _ours,
    "one share of ties": _one_share,
    "fitted together": _together,
}
