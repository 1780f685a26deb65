"""Curves that others have published, drawn with our strategies: wdbc and the digits.

- wdbc: the protocol of Lu et al. (arXiv 2306.08954): 40 % test, 20 labels at random to begin with,
  an RBF support vector machine on standardised columns, one query a step until the pool is empty
- digits: 40 % test, 20 labels at random, ten a step to 300, logistic regression and a forest
- difference: a strategy's area under the curve (trapezes, the first point included) minus that of
  random on the same splits and first labels; its 95 % interval by Student's t over the seeds
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy import stats
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import strategies

FIRST = 20
SPLIT = 0.4
AT = (50, 100, 200, 300)
WDBC_SEEDS, DIGITS_SEEDS = 20, 10
DIGITS_STRATEGIES = ("random", "margin", "least-confidence", "entropy")


class Machine(SVC):
    """A support vector machine whose order by margin is that of its decision function."""

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The logistic function of the decision, for two classes."""
        second = 1 / (1 + np.exp(-self.decision_function(X)))
        return np.column_stack([1 - second, second])


def measure() -> dict[str, Any]:
    """Twenty seeds of wdbc, ten of the digits, all strategies on the same splits."""
    wdbc = load_breast_cancer(return_X_y=True)
    digits = load_digits(return_X_y=True)
    models: dict[str, Callable[[int], Any]] = {
        "logistic regression": lambda seed: LogisticRegression(max_iter=2_000, random_state=seed),
        "forest": lambda seed: RandomForestClassifier(100, random_state=seed),
    }
    return {
        "wdbc": compared(wdbc, ("random", "margin"), lambda _: Machine(), 1, None, WDBC_SEEDS),
        "digits": {
            name: compared(digits, DIGITS_STRATEGIES, make, 10, 300, DIGITS_SEEDS)
            for name, make in models.items()
        },
    }


def compared(
    data: tuple[Any, Any],
    names: tuple[str, ...],
    make: Callable[[int], Any],
    batch: int,
    most: int | None,
    seeds: int,
) -> dict[str, Any]:
    """What the strategies reach, and how far from random, over the seeds."""
    found = curves(data, names, make, batch, most, seeds)
    areas = {name: np.array([area(one) for one in found[name]]) for name in names}
    return {"seeds": seeds, "batch": batch} | {
        name: {
            "aubc": {"mean": round(areas[name].mean(), 4), "sd": round(areas[name].std(ddof=1), 4)},
            "difference": interval(areas[name] - areas["random"]),
            "accuracy": {
                at: round(float(np.mean([one[at] for one in found[name]])), 3)
                for at in AT
                if at in found[name][0]
            },
        }
        for name in names
    }


def curves(
    data: tuple[Any, Any],
    names: tuple[str, ...],
    make: Callable[[int], Any],
    batch: int,
    most: int | None,
    seeds: int,
) -> dict[str, list[dict[int, float]]]:
    """The curve of each strategy for each seed."""
    cells = [(name, seed) for name in names for seed in range(seeds)]
    drawn = Parallel(n_jobs=2)(
        delayed(_curve)(data, name, make, batch, most, seed) for name, seed in cells
    )
    found: dict[str, list[dict[int, float]]] = {name: [] for name in names}
    for (name, _), curve in zip(cells, drawn, strict=True):
        found[name].append(curve)
    return found


def _curve(
    data: tuple[Any, Any],
    name: str,
    make: Callable[[int], Any],
    batch: int,
    most: int | None,
    seed: int,
) -> dict[int, float]:
    """Test accuracy by number of labels."""
    X, X_test, y, y_test = train_test_split(*data, test_size=SPLIT, random_state=seed)
    scale = StandardScaler().fit(X)
    X, X_test = scale.transform(X), scale.transform(X_test)
    rng = np.random.default_rng(seed)
    labeled = _first(y, rng)
    curve = {}
    diary: dict[str, Any] = {}
    while True:
        model = make(seed).fit(X[labeled], y[labeled])
        curve[len(labeled)] = float((model.predict(X_test) == y_test).mean())
        rest = np.setdiff1d(np.arange(len(X)), labeled)
        if not len(rest) or len(labeled) >= (most or len(X)):
            return curve
        query = strategies.Query(
            X[rest],
            rng,
            model=model,
            seen=X[labeled],
            labels=y[labeled],
            memory=strategies.Memory(rest, labeled, diary=diary),
        )
        labeled = np.append(labeled, rest[strategies.get(name)(query, batch).positions])


def _first(y: NDArray[Any], rng: np.random.Generator) -> NDArray[np.intp]:
    """The first labels, at random, drawn again until there are two classes."""
    while True:
        drawn = rng.permutation(len(y))[:FIRST]
        if len(np.unique(y[drawn])) > 1:
            return drawn


def area(curve: dict[int, float]) -> float:
    """Under a curve, as a mean accuracy."""
    labels, accuracy = np.array(list(curve)), np.array(list(curve.values()))
    return float(np.trapezoid(accuracy, labels) / (labels[-1] - labels[0]))


def interval(differences: NDArray[np.float64]) -> dict[str, float]:
    """Their mean with its 95 % interval."""
    n = len(differences)
    half = stats.t.ppf(0.975, n - 1) * differences.std(ddof=1) / np.sqrt(n)
    return {
        "mean": round(float(differences.mean()), 4),
        "low": round(float(differences.mean() - half), 4),
        "high": round(float(differences.mean() + half), 4),
    }
