"""The model of all labels so far leaves the house: a file, a manifest, and a card about it.

It is fitted here, as a round would, and measured on the audit answers: the figures are this file's.
"""

import datetime
import hashlib
import json
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from threadpoolctl import threadpool_limits

import strategies
from loop import evaluation, model, model_card, model_file, recipes, retrain, snapshot
from loop.estimators import Reward
from loop.estimators.reward import halves
from loop.features import Features
from loop.model_file import MANIFEST, Model, ModelFileError
from loop.project import Project
from loop.quality import pairwise
from loop.snapshot import Snapshot
from loop.store import items
from loop.tasks import compare

FORMAT = "model"
SAME = 20  # labeled items whose features are looked at twice
ABOVE = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)  # confidences that the precision is stated for


def write(project: Project, folder: Path) -> Path:
    """Write `model.skops`, `manifest.json` and `README.md` into a new folder; returns the first.

    Raises `ModelFileError` where there is nothing to learn from, or what comes of it cannot be in a
    file, and for a folder that is not empty.
    """
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ModelFileError(f"{folder} is not an empty folder; name a new one for the model.")
    now = snapshot.of(project)
    _check(now)
    made, told = _fitted(project, now)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        content = model_file.save(made, partial).read_bytes()
        told["files"] = {
            model_file.NAME: {"sha256": model_file.digest(content), "bytes": len(content)}
        }
        (partial / MANIFEST).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        (partial / "README.md").write_text(model_card.text(told), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder / model_file.NAME


def _check(now: Snapshot) -> None:
    settings = now.settings
    if settings.no_rounds:
        raise ModelFileError(f"There is no model of this project: {settings.no_rounds}.")
    if settings.task == compare.TASK.name and settings.systems:
        raise ModelFileError(
            "A model of systems says nothing of new outputs; their strengths are on the page of "
            "feedback. Make a project without systems to learn from the texts themselves."
        )
    if settings.task not in {"classify", compare.TASK.name}:
        raise ModelFileError(
            f"A model file is of projects where each item has one class, or two texts are "
            f"compared; the task here is {settings.task!r}."
        )
    if len(there := {str(label) for _, label in now.labels}) < 2:
        raise ModelFileError(
            f"A model takes labels of two classes; there are {len(now.labels)}"
            f"{f', all of {there.pop()!r}' if there else ''}."
        )


def _fitted(project: Project, now: Snapshot) -> tuple[Model, dict[str, Any]]:
    """The model, and what is to be said of it."""
    settings, db = now.settings, project.store.read
    X = retrain.features(project)
    reads = recipes.reads(settings.recipe, settings.read, settings.seed)
    pool = [item.fields for item in items.at(db, items.positions(db, items.POOL))]
    with threadpool_limits(1):
        reads.fit(pool, project.media)
        _check_features(project, now, X, reads)
        seen, labels = retrain.targets(settings, X, now.labels)
        unfitted = recipes.estimator(settings.recipe, settings.seed, settings.modality)
        learner = model.fit(
            unfitted, seen, labels, strategies.Selection(X, now.askable), now.weights
        )
        audit = _audited(learner, X, now)
    classes = tuple(map(str, learner.estimator.classes_))
    told = {
        "schema": model_file.SCHEMA,
        "askwell": version("askwell"),
        "project": settings.name,
        "created_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "task": settings.task,
        "kinds": settings.kinds,
        "reads": list(settings.read),
        "by_length": _by_length(project, now, learner.estimator, seen),
        "classes": classes,
        "recipe": settings.recipe,
        "estimator": str(learner.estimator),
        "seed": settings.seed,
        "strategy": settings.strategy,
        "labels": {name: int((labels == name).sum()) for name in classes},
        "log_seq": now.log_seq,
        "features": hashlib.sha256(np.ascontiguousarray(seen).tobytes()).hexdigest(),
        "audit": audit,
        "versions": {
            "python": sys.version.split()[0],
            **{name: version(name) for name in ("scikit-learn", "numpy", "scipy", "skops")},
        },
    }
    return Model(reads, learner.estimator, classes), told


def _check_features(
    project: Project, now: Snapshot, X: NDArray[np.float32], reads: Features
) -> None:
    """A sentence embedding may have been put in the place of another since *X* was made."""
    first = [position for position, _ in now.labels[:SAME]]
    about = [item.fields for item in items.at(project.store.read, first)]
    again = reads.transform(about, project.media)
    if again.shape[1:] != X.shape[1:] or not np.allclose(again, X[first], atol=1e-3):
        raise ModelFileError(
            f"What {now.settings.recipe!r} reads is not what the models of this project read: "
            f"{X.shape[1]} numbers of each item then, {again.shape[1]} now. Put back what was "
            f"there, or delete {project.folder / 'features'} and train anew."
        )


def _by_length(
    project: Project, now: Snapshot, estimator: Any, seen: NDArray[np.float32]
) -> float | None:
    """Rank correlation of rewards with the lengths of the outputs that they were learned from."""
    if not isinstance(estimator, Reward):
        return None
    labeled = items.at(project.store.read, [position for position, _ in now.labels])
    lengths = [len(str(item.fields[name])) for name in (compare.A, compare.B) for item in labeled]
    rewards, _ = estimator.rewards(np.concatenate(halves(seen)))
    if not np.ptp(lengths) or not np.ptp(rewards):
        return None
    return float(spearmanr(lengths, rewards).statistic)


def _audited(learner: Any, X: NDArray[np.float32], now: Snapshot) -> dict[str, Any]:
    """Accuracy on the audit answers, and the precision above each confidence, with intervals."""
    n = len(now.truth)
    if n < evaluation.LEAST_AUDIT:
        return {"answers": n, "least": evaluation.LEAST_AUDIT}
    seen, truth = retrain.targets(now.settings, X, now.truth)
    proba = learner.predict_proba(seen)
    sure, is_right = proba.max(axis=1), learner.predict(seen) == truth
    accuracy, low, high = evaluation.accuracy(int(is_right.sum()), n)
    told: dict[str, Any] = {
        "answers": n,
        "accuracy": accuracy,
        "ci95": [low, high],
        "above": [_precision(is_right[sure >= least], least, n) for least in ABOVE],
    }
    if now.settings.task == compare.TASK.name:
        names, rng = list(map(str, learner.estimator.classes_)), np.random.default_rng(now.version)
        told["pairwise"] = pairwise.document(names, proba, truth, rng)
    return told


def _precision(is_right: NDArray[np.bool_], least: float, n: int) -> dict[str, Any]:
    """Of the audit items with so much confidence: how many there are, and how often it is right."""
    found, right = len(is_right), int(is_right.sum())
    known = found >= evaluation.LEAST_AUDIT
    return {
        "confidence": least,
        "answers": found,
        "share": found / n,
        "precision": right / found if known else None,
        "ci95": list(evaluation.wilson(right, found)) if known else None,
    }
