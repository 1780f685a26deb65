"""Which labels are wrong: scores on five published test sets, and on AG News with human noise.

The five sets (Northcutt, Athalye and Mueller 2021) have probabilities of a model that had not
learned the labels, and five people's verdicts on those that confident learning doubted. A label is
an error where fewer than three of the five stand by it; all that nobody was asked about count as
right, so the figures flatter what resembles the method that chose them.

- auroc, lift_1, lift_5: of each score; how many times more errors are among the most doubtful 1 and
  5 % than among all
- among_doubted: AUROC among the labels that people were asked about, where nothing flatters
- flagged: by confident learning; how many, and the share of errors that are among them
- cifar100 has no probabilities but the likeliest class: flagged is where it differs from the label.
  The rows of imdb cannot be told from its verdicts; that we flag as many says we flag the same
- ag_news: 10,000 labels by people of which 19.8 % are wrong, our default recipe in
  cross-validation: precision among the most doubtful, and the accuracy on the official test set of
  the same recipe trained on the labels as they are, with the first 500 corrected, and all correct
"""

import gzip
import json
from typing import Any

import numpy as np
import pandas as pd
from run import data
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from loop import model, recipes
from loop.quality import label_errors

SETS = ("mnist", "cifar10", "20news", "cifar100")
AGREE = 3  # of five who stand by the label
CORRECTED = 500
AT = (100, 500, 1_000, 2_000)


def measure() -> dict[str, Any]:
    """All sets."""
    told = {name: _published(name) for name in SETS}
    return told | {"imdb": _imdb(), "ag_news": _news()}


def _published(name: str) -> dict[str, Any]:
    folder = data("label_errors")
    kept = np.load(folder / f"{name}.npz")
    codes = kept["given_label"].astype(int)
    wrong, asked = np.zeros((2, len(codes)), bool)
    with gzip.open(folder / f"{name}_mturk.jsonl.gz", "rt") as lines:
        for told in map(json.loads, lines):
            asked[told["id"]] = True
            wrong[told["id"]] = told["mturk"]["given"] < AGREE
    found: dict[str, Any] = {"labels": len(codes), "asked": int(asked.sum())}
    found["errors"] = int(wrong.sum())
    if "pred_probs" not in kept:
        flagged = kept["pred_label"] != codes
        return found | {"flagged": _flagged(flagged, wrong)}
    said = kept["pred_probs"].astype(float)
    said /= said.sum(axis=1, keepdims=True)
    for by in label_errors.SCORES:
        doubts = label_errors.doubts(codes, said, by)
        order = np.argsort(-doubts, kind="stable")
        found[by] = {
            "auroc": round(float(roc_auc_score(wrong, doubts)), 4),
            "among_doubted": round(float(roc_auc_score(wrong[asked], doubts[asked])), 4),
            "lift_1": _lift(wrong[order], 0.01),
            "lift_5": _lift(wrong[order], 0.05),
        }
    flagged = np.zeros(len(codes), bool)
    flagged[label_errors.doubtful(codes, said)] = True
    return found | {"flagged": _flagged(flagged, wrong)}


def _imdb() -> dict[str, Any]:
    folder = data("label_errors")
    kept = np.load(folder / "imdb.npz")
    said = kept["pred_probs"].astype(float)
    found = label_errors.doubtful(kept["given_label"].astype(int), said / said.sum(1)[:, None])
    with gzip.open(folder / "imdb_mturk.jsonl.gz", "rt") as lines:
        stood_by = [json.loads(line)["mturk"]["given"] for line in lines]
    return {
        "labels": len(said),
        "asked": len(stood_by),
        "errors": sum(given < AGREE for given in stood_by),
        "flagged": {"n": len(found)},
    }


def _lift(wrong: Any, share: float) -> float:
    n = int(share * len(wrong))
    return round(float(wrong[:n].mean() / wrong.mean()), 1)


def _flagged(flagged: Any, wrong: Any) -> dict[str, Any]:
    return {
        "n": int(flagged.sum()),
        "of_errors": round(float(flagged[wrong].mean()), 3),
        "precision_at_least": round(float(wrong[flagged].mean()), 3),
    }


def _news() -> dict[str, Any]:
    folder = data("ag_news")
    train, test = (pd.read_csv(folder / f"{name}.csv.gz") for name in ("train", "test"))
    features = recipes.reads(recipes.DEFAULT, {"text": "text"}, 0)
    rows = [{"text": text} for text in [*train["text"], *test["text"]]]
    with threadpool_limits(1):
        X = features.of(rows, range(len(train)), None)  # type: ignore[arg-type]
    seen, unseen = X[: len(train)], X[len(train) :]
    truth, given = (train[name].to_numpy(str) for name in ("label", "noisy_human_label"))
    wrong = truth != given
    estimator = recipes.estimator(recipes.DEFAULT, 0, "text")

    def fit(y: Any, kept: Any = slice(None)) -> Any:
        with threadpool_limits(1):
            return model.fit(estimator, seen[kept], y[kept]).estimator

    def accuracy(y: Any) -> float:
        return round(float((fit(y).predict(unseen) == test["label"].to_numpy(str)).mean()), 4)

    said = label_errors.out_of_sample(lambda kept: fit(given, kept), seen, given, 0)
    _, codes = np.unique(given, return_inverse=True)
    told: dict[str, Any] = {"labels": len(given), "wrong": round(float(wrong.mean()), 4)}
    for by in label_errors.SCORES:
        doubts = label_errors.doubts(codes, said, by)
        order = np.argsort(-doubts, kind="stable")
        told[by] = {
            "auroc": round(float(roc_auc_score(wrong, doubts)), 4),
            "precision_at": {str(n): round(float(wrong[order[:n]].mean()), 3) for n in AT},
        }
    order = np.argsort(-label_errors.doubts(codes, said), kind="stable")
    corrected = given.copy()
    corrected[order[:CORRECTED]] = truth[order[:CORRECTED]]
    drawn = np.random.default_rng(0).permutation(len(given))[:CORRECTED]
    at_random = given.copy()
    at_random[drawn] = truth[drawn]
    told["test_accuracy"] = {
        "as given": accuracy(given),
        f"{CORRECTED} most doubtful corrected": accuracy(corrected),
        f"{CORRECTED} at random corrected": accuracy(at_random),
        "all correct": accuracy(truth),
    }
    flagged = np.zeros(len(given), bool)
    flagged[label_errors.doubtful(codes, said)] = True
    return told | {"flagged": _flagged(flagged, wrong)}
