"""One label of several people's answers: our methods on published crowds, crowd-kit's beside them.

- accuracy: the share of items with a known class that a method has right; ties count as drawing
  gives on average, which crowd-kit's cannot: it takes the same class every time
- seconds: of the processor, from columns of codes to the consensus; the median over the turns
- to_peer: crowd-kit's seconds as multiples of ours, the median over the turns; in each both run,
  one after the other, five times, or once where crowd-kit takes longer than `PATIENCE` s
- rank: Spearman's correlation, over annotators with at least 20 answers on items of known class, of
  the accuracy that a method estimates with the true one
- coverage: how often the 95 % interval of alpha, of items drawn with replacement from RTE, holds
  alpha of all of them

No hyper-parameter was chosen by these accuracies; docs/why.md says what was tried.
"""

import statistics
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
from run import NoData, data
from scipy import stats

from loop.raters import NAMED, crowd_file
from loop.raters.aggregation import Aggregation
from loop.raters.agreement import alpha_nominal, chance_corrected
from loop.raters.answers import Answers, Codes
from loop.raters.resampling import figure, patterns

SETS = {
    "rte": "crowd_rte",
    "bluebirds": "crowd_bluebirds",
    "product": "crowd_product",
    "tweet_sentiment": "crowd_tweet_sentiment",
    "adult": "crowd_adult",
    "mr_sentiment": "crowd_mr_sentiment_text",
}
BESIDE = ("rte", "bluebirds", "product", "tweet_sentiment")
NOT_BESIDE = {("product", "glad"), ("product", "mace"), ("tweet_sentiment", "glad")}  # minutes
PEERS = {
    "dawid-skene": "DawidSkene",
    "majority": "MajorityVote",
    "one-coin": "OneCoinDawidSkene",
    "mace": "MACE",
    "glad": "GLAD",
}
TURNS = 5
PATIENCE = 5.0
TESTED = 20
DRAWN = (20, 50, 100, 200)
REPEATS = 400


def measure() -> dict[str, Any]:
    """Every method on every set; crowd-kit's on four of them; the interval of alpha."""
    if find_spec("crowdkit") is None:
        raise NoData("crowd-kit is not installed, which ours stand beside: pip install crowd-kit")
    crowds = {name: _read(folder) for name, folder in SETS.items()}
    return {
        "crowd_kit": version("crowd-kit"),
        "turns": TURNS,
        "sets": {name: _of_set(name, *crowd) for name, crowd in crowds.items()},
        "coverage": _coverage(crowds["rte"][0]),
    }


def _read(folder: str) -> tuple[Answers, Codes]:
    where = data(folder)
    crowd = crowd_file.read(where / "labels.csv.gz", crowd_file.Columns(), lambda _: None)
    known = next(path for path in where.glob("*.csv.gz") if path.stem in {"truth.csv", "items.csv"})
    return crowd.answers, crowd_file.read_truth(known, "item", crowd, lambda _: None).codes


def _of_set(name: str, answers: Answers, truth: Codes) -> dict[str, Any]:
    found: dict[str, Any] = {
        "items": answers.n_items,
        "annotators": answers.n_annotators,
        "answers": len(answers.items),
        "classes": answers.n_classes,
        "truth_items": int((truth >= 0).sum()),
    }
    for method in NAMED:
        is_beside = name in BESIDE and (name, method) not in NOT_BESIDE
        found[method] = _of_method(method, answers, truth, is_beside=is_beside)
        print(name, method, found[method], flush=True)
    return found


def _of_method(method: str, answers: Answers, truth: Codes, *, is_beside: bool) -> dict[str, Any]:
    result = _ours(method, answers)
    told: dict[str, Any] = {
        "accuracy": _rounded(result.hits(truth).mean()),
        "rank": _rank(answers, truth, result),
        "converged": result.converged,
    }
    ours, theirs = [], []
    for turn in range(TURNS if is_beside else 1):
        ours.append(_timed(lambda: _ours(method, answers))[0])
        if is_beside and (turn == 0 or theirs[0] < PATIENCE):
            seconds, labels = _timed(_crowd_kit(method, answers))
            theirs.append(seconds)
            if turn == 0:
                known = truth >= 0
                told["peer_accuracy"] = _rounded((labels == truth)[known].mean())
    told["seconds"] = round(statistics.median(ours), 4)
    if theirs:
        told["peer_seconds"] = round(statistics.median(theirs), 4)
        ratios = [peer / our for peer, our in zip(theirs, ours, strict=False)]
        told["to_peer"] = round(statistics.median(ratios), 1)
        told["peer_turns"] = len(theirs)
    return told


def _ours(method: str, answers: Answers) -> Aggregation:
    """From the codes: nothing that a turn has found is kept for the next."""
    fresh = Answers(**{name: getattr(answers, name) for name in Answers.__dataclass_fields__})
    return NAMED[method](fresh, np.random.default_rng(0), lambda _: None)


def _crowd_kit(method: str, answers: Answers) -> Callable[[], Any]:
    import pandas as pd

    maker = getattr(import_module("crowdkit.aggregation"), PEERS[method])
    columns = {"task": answers.items, "worker": answers.annotators, "label": answers.labels}
    rows = pd.DataFrame(columns)
    every = range(answers.n_items)
    return lambda: maker().fit_predict(rows).reindex(every).to_numpy()


def _timed(run: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()  # both run on one thread, and other work on the machine tells less
    found = run()
    return time.process_time() - began, found


def _rank(answers: Answers, truth: Codes, result: Aggregation) -> float | None:
    known = truth[answers.items] >= 0
    right = known & (truth[answers.items] == answers.labels)
    n, hits = (
        np.bincount(answers.annotators[rows], minlength=answers.n_annotators)
        for rows in (known, right)
    )
    enough = n >= TESTED
    rho = stats.spearmanr(result.accuracy[enough], hits[enough] / n[enough]).statistic
    return _rounded(rho)


def _coverage(answers: Answers) -> dict[str, Any]:
    statistic, counts = chance_corrected(alpha_nominal), answers.counts
    everything = patterns(counts)
    true = statistic(everything.counts, everything.times[None])[0]
    rng = np.random.default_rng(0)
    found: dict[str, Any] = {"alpha": _rounded(true)}
    for n in DRAWN:
        drawn = rng.integers(0, len(counts), (REPEATS, n))
        told = [figure(statistic, patterns(counts[rows]), rng, "") for rows in drawn]
        ends = [(one.low, one.high) for one in told if one.low is not None and one.high is not None]
        found[str(n)] = {
            "covers": _rounded(np.mean([low <= true <= high for low, high in ends])),
            "width": _rounded(np.mean([high - low for low, high in ends])),
            "given": len(ends),
        }
    return found


def _rounded(value: float) -> float:
    return round(float(value), 4)
