"""Doubting: which labels are probably wrong, for the trainer while no round is due."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import strategies
from loop import retrain, snapshot, unlearned
from loop.features.matrix import READ
from loop.project import Project
from loop.quality import label_errors, look_again
from loop.quality.influence import influence
from loop.quality.label_errors import Matrix
from loop.quality.look_again import Evidence
from loop.quality.word_votes import said_by_words
from loop.snapshot import Snapshot
from loop.store import audit, doubts, items, rounds, standings
from loop.store.doubts import Doubt

LEAST = 50  # labels, before any is doubted
GROWTH = 1.2  # it looks again when there are so many times the labels of last time
MOST = 500  # doubtful labels that are kept
BELIEVED = 100  # audit answers, before labels are held against them


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
    found = doubted(project, now, X)
    with project.store.write() as writing:
        doubts.put(writing, found, len(now.labels))


def give_up(project: Project) -> None:
    """Doubt nothing until there are enough new labels again."""
    with project.store.write() as db:
        doubts.put(db, [], _n_labels(project))


def _n_labels(project: Project) -> int:
    return sum(n for _, n in standings.label_counts(project.store.read, items.POOL))


def doubted(project: Project, now: Snapshot, X: NDArray[np.float32]) -> list[Doubt]:
    """The labels of a snapshot that are probably wrong, the most doubtful first."""
    classes, places, evidence = _evidence(project, now, X)
    found = look_again.listed(evidence, MOST)
    said = evidence.said[look_again.MODEL]
    doubtful = []
    for row, code, against in found:
        position, label = now.labels[places[row]]
        probability = float(said[row, code])
        doubtful.append(Doubt(position, label, str(classes[code]), probability, tuple(against)))
    return doubtful


def _evidence(
    project: Project, now: Snapshot, X: NDArray[np.float32]
) -> tuple[NDArray[Any], NDArray[np.intp], Evidence]:
    """The classes, the places among the labels of those that can be doubted, what is found."""
    settings = now.settings
    seen, y = retrain.targets(settings, X, now.labels)
    classes, codes = np.unique(y, return_inverse=True)
    others = strategies.Selection(X, now.askable)
    fit = unlearned.fitting(settings, seen, y, others, now.weights)
    with threadpool_limits(1):
        model_says = label_errors.out_of_sample(fit, seen, y, settings.seed)
        said = {
            look_again.MODEL: model_says,
            look_again.CLEANED: label_errors.cleaned(fit, seen, y, settings.seed, model_says),
            look_again.WORDS: said_by_words(_texts(project, now), y, settings.seed),
        }
        there = {by: one for by, one in said.items() if one is not None}
        known = np.flatnonzero(np.all([~np.isnan(one[:, 0]) for one in there.values()], axis=0))
        pull = _pull(project, now, X, classes)
    told = {by: one[known] for by, one in there.items()}
    return classes, known, Evidence(codes[known], told, pull if pull is None else pull[known])


def _texts(project: Project, now: Snapshot) -> list[str]:
    """What is read of each labeled item; "" where it has no text."""
    names = [name for name, kind in now.settings.kinds.items() if kind == "text"]
    found = items.at(project.store.read, [position for position, _ in now.labels])
    return ["\n".join(item.fields[name] for name in names)[:READ] for item in found]


def _pull(
    project: Project, now: Snapshot, X: NDArray[np.float32], classes: NDArray[Any]
) -> Matrix | None:
    """How each label pulls a model away from the audit answers; None below `BELIEVED` of them.

    Those count that are more than one person's word: answers as wrong as the labels themselves
    bring little or nothing (docs/raters.md).
    """
    sure = audit.believed(project.store.read)
    truth = [(p, label) for p, label in now.truth if p in sure and label in classes]
    if len(truth) < BELIEVED:
        return None
    seen, y = retrain.targets(now.settings, X, now.labels)
    believed, right = retrain.targets(now.settings, X, truth)
    return influence(seen, np.searchsorted(classes, y), believed, np.searchsorted(classes, right))
