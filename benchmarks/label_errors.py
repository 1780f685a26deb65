"""Which labels are wrong: scores on five published test sets, and all detectors on people's labels.

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
- what needs a model of its own, the texts or the features cannot be measured on these sets, as they
  come with probabilities alone: it is on those of `look_again`, ag_news and mr
"""

import gzip
import json
from typing import Any

import look_again
import numpy as np
from run import data
from sklearn.metrics import roc_auc_score

from loop.quality import label_errors

SETS = ("mnist", "cifar10", "20news", "cifar100")
AGREE = 3  # of five who stand by the label


def measure() -> dict[str, Any]:
    """All sets."""
    told = {name: _published(name) for name in SETS}
    return told | {"imdb": _imdb()} | look_again.measure()


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
