"""One cell of a comparison: one strategy on one split, from the first labels to the budget.

A cell is a pure function of its arrays and its numbers: whoever runs it, wherever, gets the same
curve to the last bit. It runs on one thread, and holds the answers where no strategy sees them.
"""

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from joblib import parallel_config
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import strategies
from loop import model, recipes
from loop.estimators import Decisive
from loop.tasks import classify

WHOLE = ""  # in place of a strategy: everything is labeled at once
DEFAULT = "default"  # the one that a new project has
BINS = 10  # of the calibration error


@dataclass(frozen=True)
class Protocol:
    """How every strategy is asked."""

    budget: int | None  #: labels at most, the first ones counted; None: the whole pool
    batch: int  #: labels a round
    first: int  #: labels before the first round
    start: str = "random"  #: the strategy that chooses these; it needs no labels
    recipe: str = recipes.DEFAULT  #: see `loop.recipes`
    split: float = 0.4  #: share of the rows held out for the test, where no test file is given


@dataclass(frozen=True)
class Cell:
    """One strategy on one data set with one seed."""

    data: str  #: fingerprint of the data set
    strategy: str
    seed: int
    protocol: Protocol


@dataclass(frozen=True)
class Split:
    """The arrays of one seed."""

    X: NDArray[np.float32]  #: (n_pool, n_features)
    y: NDArray[Any]  #: (n_pool,)
    X_test: NDArray[np.float32]  #: (n_test, n_features)
    y_test: NDArray[Any]  #: (n_test,)

    @cached_property
    def classes(self) -> NDArray[Any]:
        """All of them, sorted; one that is only tested on is always missed."""
        return np.unique(np.concatenate([self.y, self.y_test]))

    @cached_property
    def codes(self) -> NDArray[np.intp]:
        """The place of each answer among the classes, (n_pool,): quicker to learn than names."""
        return np.searchsorted(self.classes, self.y)

    @cached_property
    def test_codes(self) -> NDArray[np.intp]:
        """The place of each test answer among the classes, (n_test,)."""
        return np.searchsorted(self.classes, self.y_test)


@dataclass(frozen=True)
class Point:
    """What a model reached with so many labels. Without any it is what guessing reaches."""

    labels: int
    accuracy: float
    macro_f1: float
    recall: list[float | None]  #: of each class, sorted; None where no test row is of it
    calibration_error: float | None  #: expected, in ten bins; None without probabilities
    fit_seconds: float = 0.0
    query_seconds: float = 0.0  #: of the query that brought the latest labels


def run(cell: Cell, split: Split) -> list[Point]:
    """The curve of a cell. Raises what a strategy or an estimator raises."""
    # Nor does what is within it hand work on, as joblib on a worker of a cluster would.
    with threadpool_limits(1), parallel_config("sequential"):
        if cell.strategy == WHOLE:
            return [_point(cell, split, np.arange(len(split.X)), split.X[:0], 0.0)[0]]
        return _curve(cell, split)


def _curve(cell: Cell, split: Split) -> list[Point]:
    strategy, ask = strategy_called(cell.strategy), cell.protocol
    rng = np.random.default_rng([cell.seed, 1])
    labeled = first_labels(cell, split)
    points = [_guessing(split)]
    is_open = np.ones(len(split.X), bool)
    memory: dict[str, dict[str, Any]] = {"kept": {}, "diary": {}}
    query_seconds = 0.0
    while True:
        is_open[labeled] = False
        rest = np.flatnonzero(is_open)
        others = split.X[rest]
        point, learner = _point(cell, split, labeled, others, query_seconds)
        points.append(point)
        budget = len(split.X) if ask.budget is None else ask.budget
        # More first labels than were asked for, to have two classes, are made up for here: the
        # points of all seeds stand at the same numbers of labels.
        full = ask.batch - (len(labeled) - ask.first) % ask.batch
        wanted = min(full, budget - len(labeled), len(rest))
        if wanted < 1:
            return points
        began = time.perf_counter()
        query = strategies.Query(
            others,
            rng,
            model=learner,
            seen=split.X[labeled],
            labels=split.codes[labeled],
            memory=strategies.Memory(rest, labeled, **memory),
        )
        labeled = np.append(labeled, rest[strategy(query, wanted).positions])
        query_seconds = time.perf_counter() - began


def strategy_called(name: str) -> strategies.Strategy:
    """The strategy of a cell. Raises `UnknownStrategy`."""
    return strategies.get(classify.TASK.strategy if name == DEFAULT else name)


def first_labels(cell: Cell, split: Split) -> NDArray[np.intp]:
    """The rows labeled to begin with, the same for every strategy of a seed.

    Where they are all of one class, rows drawn at random are added until there is a second.
    """
    rng = np.random.default_rng([cell.seed, 0])
    query = strategies.Query(split.X, rng)
    first = strategy_called(cell.protocol.start)(query, cell.protocol.first).positions
    others = rng.permutation(np.setdiff1d(np.arange(len(split.X)), first))
    for more in range(len(others) + 1):
        labeled = np.append(first, others[:more])
        if len(np.unique(split.y[labeled])) > 1:
            break
    return labeled


def _guessing(split: Split) -> Point:
    n = len(split.classes)
    return Point(0, 1 / n, 1 / n, [1 / n] * n, None)


def _point(
    cell: Cell,
    split: Split,
    labeled: NDArray[np.intp],
    others: NDArray[np.float32],
    query_seconds: float,
) -> tuple[Point, Any]:
    began = time.perf_counter()
    unfitted = recipes.estimator(cell.protocol.recipe, cell.seed)
    learner = model.fit(unfitted, split.X[labeled], split.codes[labeled], others)
    fit_seconds = time.perf_counter() - began
    accuracy, macro_f1, recall = _measured(split, learner.predict(split.X_test))
    point = Point(
        labels=len(labeled),
        accuracy=accuracy,
        macro_f1=macro_f1,
        recall=recall,
        calibration_error=_calibration_error(learner, split),
        fit_seconds=fit_seconds,
        query_seconds=query_seconds,
    )
    return point, learner


def _measured(split: Split, predicted: NDArray[Any]) -> tuple[float, float, list[float | None]]:
    """Accuracy, F1 as the mean of the classes', and the recall of each that has a test row.

    To the last bit those of scikit-learn, whose checks cost more than a fit on a few labels.
    """
    test, n = split.test_codes, len(split.classes)
    true, said = np.bincount(test, minlength=n), np.bincount(predicted, minlength=n)
    right = np.bincount(test[test == predicted], minlength=n)
    there = true > 0
    f1 = 2 * right[there] / (true + said)[there]
    recall = [r / n if n else None for r, n in zip(right.tolist(), true.tolist(), strict=True)]
    return float(right.sum() / len(test)), float(np.mean(f1)), recall


def _calibration_error(learner: Any, split: Split) -> float | None:
    """Mean distance of confidence and accuracy, weighted by rows (Naeini et al. 2015)."""
    has_proba = hasattr(learner.estimator, "predict_proba")
    if not has_proba or isinstance(learner.estimator, Decisive):
        return None
    proba = learner.predict_proba(split.X_test)
    sure = proba.max(axis=1)
    is_right = learner.estimator.classes_[proba.argmax(axis=1)] == split.test_codes
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = np.bincount(place, sure - is_right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(sure))
