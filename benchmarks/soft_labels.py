"""A label counts as much as it is sure: does a model gain by it? Twelve people who err, once each.

- people are right with chances drawn evenly from 0.6 to 0.95, and else say another class at random;
  each item has so many answers of different people; the default recipe of texts learns from them
- gain: of accuracy on the test rows where labels count by their posterior, beyond where all count
  the same; mean of the seeds with its 95 % interval, by set, items, answers each and method
"""

from typing import Any

import numpy as np
import pandas as pd
from run import data
from threadpoolctl import threadpool_limits

from loop import model, recipes
from loop.compare.statistics import paired
from loop.raters import NAMED
from loop.raters.answers import Answers

SETS = ("ag_news", "trec6")
SEEDS, PEOPLE = 10, 12
POOL, TEST = 4_000, 1_000
CASES = ((100, 2), (300, 2), (300, 3))  # items, answers to each
METHODS = ("majority", "dawid-skene", "one-coin")


def measure() -> dict[str, Any]:
    """All sets."""
    with threadpool_limits(1):
        return {name: _of(name) for name in SETS}


def _of(name: str) -> dict[str, Any]:
    texts = pd.read_csv(data(name) / "train.csv.gz", dtype=str).drop_duplicates("text")
    texts = texts.sample(POOL + TEST, random_state=0)
    rows = [{"text": text} for text in texts["text"]]
    features = recipes.reads(recipes.DEFAULT, {"text": "text"}, 0)
    X = features.of(rows, range(POOL), None)  # type: ignore[arg-type]
    y = np.unique(texts["label"], return_inverse=True)[1]
    told: dict[str, Any] = {}
    for n, each in CASES:
        for method in METHODS:
            scores = [_scores(X, y, n, each, method, seed) for seed in range(SEEDS)]
            alike, weighed = zip(*scores, strict=True)
            gain = paired(weighed, alike).difference
            told[f"{n} items, {each} answers, {method}"] = {
                "all_alike": round(float(np.mean(alike)), 4),
                "gain": round(gain.mean, 4),
                "ci95": [round(gain.low or 0, 4), round(gain.high or 0, 4)],
            }
    return told


def _scores(X: Any, y: Any, n: int, each: int, method: str, seed: int) -> tuple[float, float]:
    rng, K = np.random.default_rng(seed), int(y.max()) + 1
    chances = rng.uniform(0.6, 0.95, PEOPLE)
    labeled = rng.permutation(POOL)[:n]
    rest = np.setdiff1d(np.arange(POOL), labeled)
    items = np.repeat(np.arange(n), each)
    who = np.concatenate([rng.choice(PEOPLE, each, replace=False) for _ in range(n)])
    truth = y[labeled][items]
    wrong = (truth + rng.integers(1, K, len(items))) % K
    said = np.where(rng.random(len(items)) < chances[who], truth, wrong)
    answers = Answers(items, who, said, n, PEOPLE, K)
    found = NAMED[method](answers, rng, lambda _round: None)
    labels = found.consensus(rng.random(n))
    unfitted = recipes.estimator(recipes.DEFAULT, 0, "text")

    def score(weights: Any) -> float:
        fitted = model.fit(unfitted, X[labeled], labels, X[rest], weights).estimator
        return float((fitted.predict(X[POOL:]) == y[POOL:]).mean())

    return score(None), score(found.confidence)
