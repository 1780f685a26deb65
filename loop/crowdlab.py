"""CROWDLAB of a project, which models of its own recipe are asked for."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import strategies
from loop import retrain, snapshot, unlearned
from loop.errors import SettingsError
from loop.project import Project
from loop.raters.aggregation import Aggregation, Method, Tick
from loop.raters.answers import Answers
from loop.raters.crowdlab import crowdlab
from loop.raters.majority import majority
from loop.store import items


def of(folder: Path, ids: Sequence[str]) -> Method:
    """The method for answers on the items *ids* of a project, in that order.

    The models learn what most answers of each item say, whatever was decided: so they may be judged
    by that. The method raises `SettingsError` where no model can be asked.
    """

    def method(answers: Answers, rng: np.random.Generator, tick: Tick) -> Aggregation:
        voted = majority(answers, rng, tick).consensus(rng.random(answers.n_items))
        with Project.open(folder) as project:
            classes, found = _asked(project, ids, voted)
        said = np.zeros((answers.n_items, answers.n_classes))
        said[:, classes] = found
        said[np.isnan(found).any(axis=1)] = 1 / answers.n_classes  # of which there was no model
        return crowdlab(answers, said)

    return method


def _asked(
    project: Project, ids: Sequence[str], voted: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    settings = project.settings
    if settings.task != "classify" or settings.no_rounds:
        why = settings.no_rounds or "an item may be of several classes"
        raise SettingsError(f"crowdlab cannot ask a model here: {why}. Use another method.")
    X = retrain.features(project)
    positions = items.positions_of(project.store.read, ids)
    pool = strategies.Selection(X, snapshot.of(project).askable)
    rows = X[[positions[one] for one in ids]]
    return unlearned.probabilities(settings, rows, voted, pool)
