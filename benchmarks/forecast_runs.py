"""Simulated projects, with what a project never knows: how good each of its models was.

- rows: half may be asked, 2,000 at most; half are held out, of which 200 or two fifths, whichever
  is less, are the audit items, and the others tell the truth
- rounds as a new project has them: 10 labels at random, then a tenth more, at least 5, up to 1,000
  or four fifths of the pool; asked by margin or at random, by two recipes, with three seeds
- features of texts are the product's, fitted on half of the rows; tables are standardised
"""

import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from run import data
from sklearn.datasets import load_digits
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import strategies
from loop import compare, model, recipes
from loop.dataset import Columns
from loop.media import MediaFolder

# Chosen before anything was fitted. On the second list nothing was ever tried.
DESIGN = (
    *("ag_news", "sms_spam", "mnist", "wdbc", "diabetes", "mammographic", "ex8a", "tictactoe"),
    *("gcloudb", "gcloudub", "checkerboard", "spambase", "banana", "ringnorm", "twonorm"),
    *("phishing", "r15", "d31"),
)
HELD_BACK = (
    *("trec6", "crowd_mr_sentiment_text", "digits", "german", "ionosphere", "phoneme"),
    *("australian", "splice", "vehicle"),
)
TEXTS = {
    "ag_news": ("train.csv.gz", "label"),
    "trec6": ("train.csv.gz", "label"),
    "sms_spam": ("train.csv.gz", "label"),
    "crowd_mr_sentiment_text": ("items.csv.gz", "truth"),
}
STRATEGIES = ("margin", "random")
RECIPES = ("logistic(C=10)", "sklearn.ensemble.ExtraTreesClassifier(n_estimators=20)")
ANOTHER = "self_training(logistic(C=10))"  # of which nothing was learned
SEEDS, MOST, ROWS, AUDIT = 3, 1_000, 2_000, 200

Table = tuple[NDArray[np.float32], NDArray[np.intp]]


@dataclass(frozen=True)
class Run:
    """One simulated project; arrays have a row for each round."""

    name: str
    strategy: str
    recipe: str
    seed: int
    labels: NDArray[np.intp]  #: (rounds,)
    accuracy: NDArray[np.float64]  #: (rounds,) on the rows that tell the truth, rising
    right: NDArray[np.bool_]  #: (rounds, audit items) whether each is predicted right
    said: NDArray[np.int8]  #: (rounds, pool) what each row is taken for; -1 once it is labeled
    full: float  #: accuracy of the model that knows the whole pool


def runs(names: tuple[str, ...], by: tuple[str, ...] = RECIPES) -> list[Run]:
    """Every project on these sets."""
    found: list[Run] = []
    for name in names:
        table = _table(name)
        jobs = [(s, r, seed) for s in STRATEGIES for r in by for seed in range(SEEDS)]
        found += Parallel(2)(delayed(_run)(name, table, *job) for job in jobs)
        print(name, flush=True)
    return found


def rising(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nearest curve that never falls (pool adjacent violators, Ayer et al. 1955)."""
    blocks: list[tuple[float, int]] = []
    for one in values.tolist():
        mean, n = one, 1
        while blocks and blocks[-1][0] >= mean:
            before, many = blocks.pop()
            mean, n = (before * many + mean * n) / (many + n), many + n
        blocks.append((mean, n))
    return np.repeat([mean for mean, _ in blocks], [n for _, n in blocks])


def _table(name: str) -> Table:
    if name in TEXTS:
        X, y = _texts(name)
    elif name == "mnist":
        arrays = np.load(data("mnist") / "mnist_train5k.npz", allow_pickle=False)
        X, y = arrays["X"].reshape(len(arrays["y"]), -1) / 255, arrays["y"]
    elif name == "digits":
        pixels, y = load_digits(return_X_y=True)
        X = pixels / 16
    else:
        table = pd.read_csv(data("tabular_al26") / f"{name}.csv.gz")
        X, y = StandardScaler().fit_transform(table.drop(columns="y")), table["y"].to_numpy()
    return X.astype(np.float32), np.unique(y, return_inverse=True)[1]


def _texts(name: str) -> Table:
    file, label = TEXTS[name]
    folder = data(name)
    rows = compare.read(
        folder / file, Columns("text", ("text",), label=label), MediaFolder(Path("no media"))
    )
    split = rows.split(0, 0.5, "lsa | logistic")
    return np.vstack([split.X, split.X_test]), np.concatenate([split.y, split.y_test])


def _run(name: str, table: Table, strategy: str, recipe: str, seed: int) -> Run:
    X, y = table
    order = np.random.default_rng([seed, 7]).permutation(len(y))
    pool, held = order[: len(y) // 2][:ROWS], order[len(y) // 2 :][:ROWS]
    audit, rest = np.split(held, [min(AUDIT, len(held) * 2 // 5)])
    labeled = _first(y[pool])
    rng = np.random.default_rng([seed, 1])
    labels, accuracy, right, said = [], [], [], []
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few labels do not always converge
        while True:
            is_open = np.setdiff1d(np.arange(len(pool)), labeled)
            unlabeled = X[pool[is_open]]
            learner = _fitted(recipe, seed, X[pool[labeled]], y[pool[labeled]], unlabeled)
            labels.append(len(labeled))
            accuracy.append(float(np.mean(learner.predict(X[rest]) == y[rest])))
            right.append(learner.predict(X[audit]) == y[audit])
            said.append(np.asarray(learner.predict(X[pool]), np.int8))
            said[-1][labeled] = -1
            more = max(5, math.ceil(0.1 * len(labeled)))
            if len(labeled) + more > min(MOST, 0.8 * len(pool)):
                break
            query = strategies.Query(
                unlabeled,
                rng,
                model=learner,
                seen=X[pool[labeled]],
                labels=y[pool[labeled]],
                memory=strategies.Memory(is_open, labeled),
            )
            picks = strategies.get(strategy)(query, more)
            labeled = np.append(labeled, is_open[picks.positions])
        whole = _fitted(recipe, seed, X[pool], y[pool], X[:0])
    return Run(
        name,
        strategy,
        recipe,
        seed,
        np.array(labels),
        rising(np.array(accuracy)),
        np.array(right),
        np.array(said),
        float(np.mean(whole.predict(X[rest]) == y[rest])),
    )


def _first(y: NDArray[np.intp]) -> NDArray[np.intp]:
    """The first ten rows, which are in random order, or more until there is a second class."""
    second = int(np.argmax(y != y[0]))
    return np.arange(max(10, second + 1))


def _fitted(
    recipe: str,
    seed: int,
    X: NDArray[np.float32],
    y: NDArray[np.intp],
    others: NDArray[np.float32],
) -> Any:
    return model.fit(recipes.estimator(recipe, seed), X, y, others)
