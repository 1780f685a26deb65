"""Comparisons: on both cores, by way of Dask, beside a bare loop, and beside scikit-activeml's.

All on AG News, 10,000 texts to ask of and its own test file, 20 random first labels, ten a round to
300; features are made once, before, and are in no figure. Each ratio is the median over the turns,
in each of which both run on the same cells, one after the other. Processes and clusters are up, and
have imported everything, before.

- scaling: seconds with one job, over those with two, with no cluster beside them
- apart: seconds with one job, over those of two processes that know nothing of each other and have
  one job and half of the seeds each: what this machine gives to two at once
- dask_to_loky: seconds on a Dask cluster of two processes of one thread, over those with two jobs
- to_bare: seconds with one job, over those of a loop by hand that makes the same splits, fits and
  picks, and takes the accuracy; the engine also takes recall, F1 and calibration, which asks the
  model for the probabilities of the test rows, and keeps them
- peer_to_ours: seconds of margin sampling in scikit-activeml's loop as its guide writes it, though
  its query takes the classifier that is fitted for the accuracy and fits no second one; over
  those with one job
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from run import data
from threadpoolctl import threadpool_limits

import strategies
from loop import compare, model, recipes
from loop.compare.cell import WHOLE, first_labels
from loop.dataset import Columns
from loop.media import MediaFolder

TURNS = 3
ASK = compare.Protocol(budget=300, batch=10, first=20)
NAMES = ("random", "margin", "badge", "typiclust")
WIDE = compare.Plan(NAMES, 10, (ASK,))
HALF = compare.Plan(NAMES, WIDE.seeds // 2, (ASK,))
NARROW = compare.Plan(NAMES, 3, (ASK,))
TINY = compare.Plan(("random", "margin"), 2, (compare.Protocol(budget=30, batch=10, first=20),))

Turn = dict[str, Callable[[], float]]


def measure() -> dict[str, Any]:
    """Seconds of each way, one for each turn, and the ratios."""
    with tempfile.TemporaryDirectory() as scratch:
        news = _news(Path(scratch))
        return {
            "pool": len(news.y) - news.n_test,
            "test": news.n_test,
            "turns": TURNS,
            **_on_both_cores(news),
            **_on_a_cluster(news),
            **_beside_others(news),
        }


def _news(folder: Path) -> compare.Arrays:
    """Arrays, for making features of texts anew for each seed is the same work in every way."""
    files, columns = data("ag_news"), Columns("text", ("text",), id="id", label="label")
    test = files / "test.csv.gz"
    rows = compare.read(files / "train.csv.gz", columns, MediaFolder(folder), test)
    split = rows.split(0, ASK.split)
    X, y = np.vstack([split.X, split.X_test]), np.concatenate([split.y, split.y_test])
    return compare.Arrays("news", X, y, rows.n_test)


def _on_both_cores(news: compare.Arrays) -> dict[str, Any]:
    with ProcessPoolExecutor(2, get_context("spawn")) as pair:
        told = _in_turns(
            {
                "one job": lambda: _run(news, WIDE, compare.Where(1)),
                "two jobs": lambda: _run(news, WIDE, compare.Where(2)),
                "two apart": lambda: _apart(news, HALF, pair),
            },
            warm_up=[
                lambda: _run(news, TINY, compare.Where(2)),
                lambda: _apart(news, TINY, pair),
            ],
        )
    return {
        "cells": len(WIDE.cells(news)),
        "seconds": told,
        "scaling": _ratio(told["one job"], told["two jobs"]),
        "apart": _ratio(told["one job"], told["two apart"]),
    }


def _on_a_cluster(news: compare.Arrays) -> dict[str, Any]:
    with _cluster() as scheduler:
        ways = {
            "loky": compare.Where(2),
            "dask": compare.Where(backend="dask", scheduler=scheduler),
        }
        told = _in_turns(
            {name: lambda w=where: _run(news, WIDE, w) for name, where in ways.items()},
            warm_up=[lambda w=where: _run(news, TINY, w) for where in ways.values()],
        )
    return {"on_a_cluster": told, "dask_to_loky": _ratio(told["dask"], told["loky"])}


def _beside_others(news: compare.Arrays) -> dict[str, Any]:
    bare = _in_turns(
        {"engine": lambda: _run(news, NARROW, compare.Where(1)), "bare": lambda: _bare(news)}
    )
    peer = _in_turns({"engine": lambda: _margin_alone(news), "peer": lambda: _peer(news)})
    return {
        "beside_bare": bare,
        "to_bare": _ratio(bare["engine"], bare["bare"]),
        "beside_peer": peer,
        "peer_to_ours": _ratio(peer["peer"], peer["engine"]),
    }


def _in_turns(ways: Turn, warm_up: Iterable[Callable[[], float]] = ()) -> dict[str, list[float]]:
    """Seconds of each way in each turn; every other turn in reverse order.

    Before the first, what is imported once and for all.
    """
    for run in warm_up:
        run()
    told: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(TURNS):
        for name in list(ways)[:: (-1) ** turn]:
            told[name].append(round(ways[name](), 2))
            print(turn, name, told[name][-1], flush=True)
    return told


def _ratio(these: list[float], those: list[float]) -> float:
    return round(statistics.median(a / b for a, b in zip(these, those, strict=True)), 2)


@contextmanager
def _cluster() -> Iterator[str]:
    """The address of a scheduler with two workers, over TCP."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, protocol="tcp", dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def _run(news: compare.Arrays, plan: compare.Plan, where: compare.Where) -> float:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        compare.run(Path(folder), plan, [news], where)
        return time.perf_counter() - began


def _apart(news: compare.Arrays, plan: compare.Plan, pair: ProcessPoolExecutor) -> float:
    """Seconds until both are done."""
    began = time.perf_counter()
    for done in [pair.submit(_run, news, plan, compare.Where(1)) for _ in range(2)]:
        done.result()
    return time.perf_counter() - began


def _margin_alone(news: compare.Arrays) -> float:
    """All that the engine does but for the cells that know every label."""
    plan = compare.Plan(("margin",), NARROW.seeds, (ASK,))
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        compare.run(Path(folder), plan, [news], compare.Where(1))
        seconds = time.perf_counter() - began
        found = compare.outcomes(Path(folder), plan.cells(news))
        return seconds - sum(one.seconds for one in found if one.cell.strategy == WHOLE)


def _bare(news: compare.Arrays) -> float:
    began = time.perf_counter()
    with threadpool_limits(1):
        for seed in range(NARROW.seeds):
            split = news.split(seed, ASK.split)
            _fitted(split, np.arange(len(split.X)), seed)
            for name in NARROW.strategies:
                _bare_curve(split, name, seed)
    return time.perf_counter() - began


def _bare_curve(split: compare.Split, name: str, seed: int) -> list[float]:
    rng = np.random.default_rng([seed, 1])
    labeled = first_labels(compare.Cell("", name, seed, ASK), split)
    accuracy: list[float] = []
    memory: dict[str, dict[str, Any]] = {"kept": {}, "diary": {}}
    while True:
        learner, reached = _fitted(split, labeled, seed)
        accuracy.append(reached)
        if len(labeled) >= ASK.budget:
            return accuracy
        rest = np.setdiff1d(np.arange(len(split.X)), labeled)
        query = strategies.Query(
            split.X[rest],
            rng,
            model=learner,
            seen=split.X[labeled],
            labels=split.y[labeled],
            memory=strategies.Memory(rest, labeled, **memory),
        )
        labeled = np.append(labeled, rest[strategies.get(name)(query, ASK.batch).positions])


def _fitted(split: compare.Split, labeled: Any, seed: int) -> tuple[Any, float]:
    unfitted = recipes.estimator(ASK.recipe, seed)
    learner = model.fit(unfitted, split.X[labeled], split.y[labeled])
    return learner, float((learner.predict(split.X_test) == split.y_test).mean())


def _peer(news: compare.Arrays) -> float:
    from skactiveml.classifier import SklearnClassifier
    from skactiveml.pool import UncertaintySampling
    from skactiveml.utils import MISSING_LABEL

    began = time.perf_counter()
    with threadpool_limits(1):
        for seed in range(NARROW.seeds):
            split = news.split(seed, ASK.split)
            classes, y_true = np.unique(split.y, return_inverse=True)
            y_test = np.searchsorted(classes, split.y_test)
            y = np.full(len(y_true), MISSING_LABEL)
            first = first_labels(compare.Cell("", "margin", seed, ASK), split)
            y[first] = y_true[first]
            clf = SklearnClassifier(
                recipes.estimator(ASK.recipe, seed), classes=range(len(classes)), random_state=seed
            )
            query = UncertaintySampling(method="margin_sampling", random_state=seed)
            accuracy = [clf.fit(split.X, y).score(split.X_test, y_test)]
            for _ in range(len(first), ASK.budget, ASK.batch):
                picked = query.query(split.X, y, clf, fit_clf=False, batch_size=ASK.batch)
                y[picked] = y_true[picked]
                accuracy.append(clf.fit(split.X, y).score(split.X_test, y_test))
    return time.perf_counter() - began
