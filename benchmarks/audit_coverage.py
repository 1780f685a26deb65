"""Do the intervals on the Progress page hold what they promise? On real data, where truth is known.

Of each set the rows are split anew for each seed: a pool, and 60 % (mnist 70 %) that stand for all
items there are. A new project's recipe learns from 20 labels at random, then from what UHerding
asks for, 20 a round. Each model at 100, 200 and 300 labels is audited many times: answered
and unasked audit items are drawn with replacement from the rows held out, whose mean is the truth.

- coverage: the share of audits whose 95 % interval holds the truth; width: its mean width
- plain: accuracy with Wilson's interval
- sharper: what the page states, sharper where it is; the audit has 1,000 items, or 200
- leans: mean of what is stated minus the plain one; variance: of what is stated over the plain one
- bootstrap: the percentile interval of 200 resamples of the same answers, for comparison
- cross_validated: the same model five times on four fifths of the labels it asked for, right on the
  last fifth, with Wilson's interval: what is left to those who audit nothing
"""

import csv
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
from compare_sets import SETS
from joblib import Parallel, delayed
from numpy.typing import NDArray
from run import data
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

import strategies
from loop import compare, evaluation, model, recipes
from loop.compare.cell import first_labels
from loop.dataset import Columns
from loop.media import MediaFolder
from loop.quality.by_class import LEAST, macro_f1, of_classes
from loop.quality.calibration import BINS, calibration
from loop.quality.share import Estimate
from loop.quality.sharper import Rows, Sure, sharper

TEXTS = SETS["ag_news"][0]  # how their files are unpacked
NAMES = {"ag_news": TEXTS, "trec6": TEXTS, "sms_spam": TEXTS, "mnist": SETS["mnist"][0]}
HELD_OUT = {"mnist": 0.7}
SEEDS, RUNS, FOLDS, RESAMPLED = 8, 100, 5, 200
ASK = compare.Protocol(budget=300, batch=20, first=20)
LABELS = (100, 200, 300)
ANSWERS = (20, 50, 100, 200)
AUDITS = (1_000, 200)

Held = tuple[bool, float, float]  # whether the interval held the truth, its width, the error


@dataclass(frozen=True)
class Model:
    """A model and all items there are."""

    labels: int
    truth: NDArray[np.intp]  #: (n_items,)
    proba: NDArray[np.float64]  #: (n_items, n_classes)
    cross_validated: Estimate

    @property
    def accuracy(self) -> float:
        """What audits estimate."""
        return float((self.proba.argmax(axis=1) == self.truth).mean())


def measure() -> dict[str, Any]:
    """Each set by itself, and all together by number of answers."""
    found: dict[str, Any] = {"models": SEEDS * len(LABELS), "audits_of_each": RUNS}
    every: dict[int, list[dict[str, list[Held]]]] = {n: [] for n in ANSWERS}
    for name, make in NAMES.items():
        models = _models(name, make)
        found[name] = {"cross_validated": _cross_validated(models), "answers": {}}
        for n in ANSWERS:
            every[n].append(_audits(models, n))
            found[name]["answers"][n] = _told(every[n][-1:])
            print(name, n, found[name]["answers"][n], flush=True)
    return found | {"all": {n: _told(audits) for n, audits in every.items()}}


def _models(name: str, make: Callable[[Path, Path], None]) -> list[Model]:
    with tempfile.TemporaryDirectory() as scratch:
        rows = read(Path(scratch), data(name), make)
        split = HELD_OUT.get(name, 0.6)
        made = Parallel(n_jobs=2)(delayed(_asked)(rows, split, seed) for seed in range(SEEDS))
    return [one for of_seed in made for one in of_seed]


def read(folder: Path, source: Path, make: Callable[[Path, Path], None]) -> compare.Rows:
    """All rows of a set in one file."""
    make(source, folder)
    kind = "image" if (folder / "train0.png").exists() else "text"
    with (folder / "all.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([kind, "label"])
        for part in ("train.csv", "test.csv"):
            with (folder / part).open(newline="", encoding="utf-8") as read:
                writer.writerows([row[kind], row["label"]] for row in csv.DictReader(read))
    columns = Columns(kind, (kind,), label="label")
    return compare.read(folder / "all.csv", columns, MediaFolder(folder / "media"))


def _asked(rows: compare.Rows, share: float, seed: int) -> list[Model]:
    """The models of one seed."""
    with threadpool_limits(1):
        split = rows.split(seed, share)
        return [
            Model(len(labeled), split.test_codes, _proba(learner, split), _blind(split, labeled))
            for labeled, learner in rounds(split, seed)
            if len(labeled) in LABELS
        ]


def rounds(split: compare.Split, seed: int) -> Iterator[tuple[NDArray[np.intp], Any]]:
    """The rows labeled in each round of a seed, and the model of them."""
    rng = np.random.default_rng([seed, 1])
    labeled = first_labels(compare.Cell("", "uherding", seed, ASK), split)
    while True:
        learner = _fitted(split, labeled)
        yield labeled, learner
        if len(labeled) >= LABELS[-1]:
            return
        rest = np.setdiff1d(np.arange(len(split.X)), labeled)
        query = strategies.Query(
            split.X[rest],
            rng,
            model=learner,
            seen=split.X[labeled],
            labels=split.codes[labeled],
            memory=strategies.Memory(rest, labeled),
        )
        wanted = ASK.batch - len(labeled) % ASK.batch
        picked = strategies.get("uherding")(query, wanted).positions
        labeled = np.append(labeled, rest[picked])


def _fitted(split: compare.Split, labeled: NDArray[np.intp]) -> Any:
    unfitted = recipes.estimator(ASK.recipe, 0)
    return model.fit(unfitted, split.X[labeled], split.codes[labeled])


def _proba(learner: Any, split: compare.Split) -> NDArray[np.float64]:
    proba = np.zeros((len(split.X_test), len(split.classes)))
    proba[:, learner.estimator.classes_] = learner.predict_proba(split.X_test)
    return proba


def _blind(split: compare.Split, labeled: NDArray[np.intp]) -> Estimate:
    """Accuracy by cross-validation on the labels themselves."""
    right = 0
    for kept, left in KFold(FOLDS, shuffle=True, random_state=0).split(labeled):
        said = _fitted(split, labeled[kept]).predict(split.X[labeled[left]])
        right += int((said == split.codes[labeled[left]]).sum())
    return Estimate(right / len(labeled), *evaluation.wilson(right, len(labeled)))


def _cross_validated(models: list[Model]) -> dict[str, Any]:
    """How good the models are, by number of labels, and what cross-validation says of them."""
    by_labels = [[one for one in models if one.labels == labels] for labels in LABELS]
    held = [_held(one.cross_validated, one.accuracy) for one in models]
    return {
        "accuracy": {m[0].labels: _mean(one.accuracy for one in m) for m in by_labels},
        "says": {m[0].labels: _mean(one.cross_validated.value for one in m) for m in by_labels},
        "coverage": _mean(one for one, _, _ in held),
        "width": _mean(width for _, width, _ in held),
    }


def _audits(models: list[Model], n: int) -> dict[str, list[Held]]:
    """What each figure came to, in every audit of *n* answers."""
    found: dict[str, list[Held]] = defaultdict(list)
    for place, one in enumerate(models):
        rng = np.random.default_rng([n, place])
        items = Items(one)
        for _ in range(RUNS):
            for name, estimate, truth in _figures(items, n, rng):
                found[name].append(_held(estimate, truth))
    return found


def _held(one: Any, truth: float) -> Held:
    return one.low <= truth <= one.high, one.high - one.low, one.value - truth


def _told(audits: list[dict[str, list[Held]]]) -> dict[str, Any]:
    """Coverage and mean width of each figure, over the audits of one set or of several."""
    told: dict[str, Any] = {}
    for name in audits[0]:
        held, width, error = np.array([one for audit in audits for one in audit.get(name, [])]).T
        told[name] = {"coverage": _mean(held), "width": _mean(width)}
        if name == "plain":
            plain = error
        elif name.startswith("sharper"):
            told[name]["leans"] = round(float((error - plain).mean()), 5)
            told[name]["variance"] = round(float((error**2).mean() / (plain**2).mean()), 3)
    return told


def _mean(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), 4)


class Items:
    """All items there are, and what a model makes of them."""

    def __init__(self, one: Model) -> None:
        n_classes = one.proba.shape[1]
        said = one.proba.argmax(axis=1)
        self.right, self.sure = said == one.truth, one.proba.max(axis=1)
        self.is_of, self.is_said = np.eye(n_classes, dtype=bool)[[one.truth, said]]
        self.classes = of_classes(self.is_of, self.is_said)
        self.in_bins = _in_bins(self.sure)
        self.error = _error(self.in_bins, self.sure - self.right)


def _figures(every: Items, n: int, rng: np.random.Generator) -> Iterator[tuple[str, Any, float]]:
    """One audit of *n* answers: each figure with its name and the truth."""
    asked, *unasked = (rng.integers(0, len(every.right), size) for size in (n, *_reserves(n)))
    right, sure = every.right[asked], every.sure[asked]
    accuracy, hits = float(every.right.mean()), int(right.sum())
    plain = Estimate(hits / n, *evaluation.wilson(hits, n))
    yield "plain", plain, accuracy
    for others in unasked:
        beside = Sure(_rows(sure), _rows(sure[:0]), _rows(every.sure[others]))
        yield f"sharper of {n + len(others)}", sharper(right, beside) or plain, accuracy
    yield from _by_class(every, asked, rng)
    yield "calibration", calibration(right, sure, rng).error, every.error
    resampled = rng.multinomial(n, [1 / n] * n, RESAMPLED)
    weighed = every.in_bins[asked] * (sure - right)[:, None]
    drawn = np.abs(resampled @ weighed).sum(axis=1) / n
    yield "calibration, bootstrap", _between(drawn), every.error


def _by_class(
    every: Items, asked: NDArray[np.intp], rng: np.random.Generator
) -> Iterator[tuple[str, Any, float]]:
    is_of, is_said = every.is_of[asked], every.is_said[asked]
    for one, true in zip(of_classes(is_of, is_said), every.classes, strict=True):
        for name in ("recall", "precision", "f1"):
            if getattr(one, name) is not None and getattr(true, name) is not None:
                yield name, getattr(one, name), getattr(true, name).value
        if one.recall is not None:
            hits = round(one.recall.value * one.answers)
            wilsons = Estimate(one.recall.value, *evaluation.wilson(hits, one.answers))
            yield "recall, Wilson alone", wilsons, true.recall.value
    found = macro_f1(is_of, is_said)
    if found is None:
        return
    counted = is_of.sum(axis=0) >= LEAST
    truth = float(np.mean([one.f1.value for one in compress(every.classes, counted)]))
    yield "macro_f1", found, truth
    resampled = rng.multinomial(len(asked), [1 / len(asked)] * len(asked), RESAMPLED)
    both, of, said = (resampled @ one[:, counted] for one in (is_of & is_said, is_of, is_said))
    f1 = np.divide(2 * both, of + said, out=np.zeros(both.shape), where=of + said > 0)
    yield "macro_f1, bootstrap", _between(f1.mean(axis=1)), truth


def _reserves(n: int) -> list[int]:
    """How many audit items are not asked yet."""
    return [size - n for size in AUDITS if size > n]


def _rows(sure: NDArray[np.float64]) -> Rows:
    return Rows(sure, np.zeros(len(sure), np.intp))  # of one import


def _between(drawn: NDArray[np.float64]) -> Estimate:
    low, high = np.percentile(drawn, [2.5, 97.5]).tolist()
    return Estimate(float(drawn.mean()), low, high)


def _in_bins(sure: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.eye(BINS)[np.minimum((sure * BINS).astype(int), BINS - 1)]


def _error(in_bins: NDArray[np.float64], gaps: NDArray[np.float64]) -> float:
    return float(np.abs(gaps @ in_bins).sum() / len(gaps))
