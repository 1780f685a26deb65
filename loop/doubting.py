"""Doubting: which labels are probably wrong, for the trainer while no round is due."""

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import strategies
from loop import model, recipes, retrain, snapshot
from loop.project import Project
from loop.quality import label_errors
from loop.snapshot import Snapshot
from loop.store import doubts, items, log, rounds
from loop.store.doubts import Doubt

LEAST = 50  # labels, before any is doubted
GROWTH = 1.2  # it looks again when there are so many times the labels of last time
MOST = 500  # doubtful labels that are kept


def keep_up(project: Project) -> None:
    """Look anew where there are enough new labels, after the first round."""
    db = project.store.read
    settings = project.settings
    if settings.task != "classify" or rounds.latest(db) is None:
        return
    if _n_labels(project) < max(LEAST, GROWTH * doubts.looked_at(db)):
        return
    now = snapshot.of(project)
    X = retrain.features(project, now.settings)
    if len(X) != now.n_items:  # an import came in between: after the next round
        return
    found = doubted(now, X)
    with project.store.write() as writing:
        doubts.put(writing, found, len(now.labels))


def give_up(project: Project) -> None:
    """Doubt nothing until there are enough new labels again."""
    with project.store.write() as db:
        doubts.put(db, [], _n_labels(project))


def _n_labels(project: Project) -> int:
    return sum(n for _, n in log.label_counts(project.store.read, items.POOL))


def doubted(now: Snapshot, X: NDArray[np.float32]) -> list[Doubt]:
    """The labels of a snapshot that are probably wrong, the most doubtful first."""
    settings = now.settings
    seen, y = retrain.targets(settings, X, now.labels)
    classes, codes = np.unique(y, return_inverse=True)
    others = strategies.Selection(X, now.askable)

    def fit(kept: NDArray[np.intp]) -> object:
        unfitted = recipes.estimator(settings.recipe, settings.seed, settings.modality)
        return model.fit(unfitted, seen[kept], y[kept], others).estimator

    with threadpool_limits(1):
        said = label_errors.out_of_sample(fit, seen, y, settings.seed)
    known = np.flatnonzero(~np.isnan(said[:, 0]))
    wrong = known[label_errors.doubtful(codes[known], said[known])][:MOST]
    return [
        Doubt(
            now.labels[place][0],
            now.labels[place][1],
            str(classes[said[place].argmax()]),
            float(said[place].max()),
        )
        for place in wrong.tolist()
    ]
