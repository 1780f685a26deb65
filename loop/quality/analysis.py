"""Where is a model wrong? Its surest mistakes and the slices it does worse on, as one document."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop import clustering, slices
from loop.evaluation import LEAST_AUDIT
from loop.project import Project
from loop.quality.mistakes import Mistake, surest
from loop.quality.worse import worse
from loop.slices import Slice
from loop.snapshot import Snapshot
from loop.store import traits
from loop.tasks import Value

Document = dict[str, Any]


def document(
    project: Project,
    now: Snapshot,
    learner: Any,
    X: NDArray[np.float32],
    targets: tuple[NDArray[Any], NDArray[Any]],
    folder: Path,
) -> Document | None:
    """What the audit answers of a snapshot say; None below `LEAST_AUDIT`.

    *targets* are theirs and the model's; clusters are kept in *folder*. Items stand here by
    position, clusters by number: no word of an item is copied.
    """
    if len(now.truth) < LEAST_AUDIT:
        return None
    truth, said = targets
    positions = [position for position, _ in now.truth]
    right = (truth == said).reshape(len(said), -1).all(axis=1)
    is_one_class = said.ndim == 1
    names = list(map(str, learner.estimator.classes_)) if is_one_class else now.settings.classes
    proba = learner.predict_proba(X[positions])[:, -len(names) :]  # of one class there are two
    name, grouped = clustering.of(project, X, folder)
    found = worse(
        right,
        _of_traits(project, positions)
        | _of_values("cluster", grouped.of(np.array(positions))["cluster"])
        | (_of_values("said", said) if is_one_class else {}),
    )
    return {
        "wrong": int((~right).sum()),
        "mistakes": [
            _told(one, now.truth[one.row], said[one.row], names)
            for one in surest(truth, said, proba, names)
        ],
        "clusters": name,
        "slices": asdict(found),
    }


def _told(mistake: Mistake, answer: tuple[int, Value], row: Any, names: Sequence[str]) -> Document:
    several = [name for name, is_of in zip(names, row, strict=True) if is_of] if row.ndim else None
    return {
        "position": answer[0],
        "truth": answer[1],
        "said": str(row) if several is None else several,
        "about": names[mistake.about],
        "probability": mistake.probability,
    }


def _of_traits(project: Project, positions: Sequence[int]) -> dict[Slice, NDArray[np.bool_]]:
    """Which answers are in each slice by metadata and by the length of the texts."""
    db, settings = project.store.read, project.settings
    found: dict[Slice, NDArray[np.bool_]] = {}
    for column in settings.meta:
        cells = _in_order(traits.cells(db, column, positions), positions)
        found |= _held(slices.of_column(column, cells), cells)
    if settings.texts:
        lengths = _in_order(traits.lengths(db, settings.texts, positions), positions)
        found |= _held(slices.of_lengths(lengths), lengths)
    return found


def _in_order(by_position: Mapping[int, Any], positions: Sequence[int]) -> list[Any]:
    return [by_position[position] for position in positions]


def _held(some: Sequence[Slice], cells: Sequence[Any]) -> dict[Slice, NDArray[np.bool_]]:
    return {one: np.array([one.holds(cell) for cell in cells]) for one in some}


def _of_values(by: slices.By, values: NDArray[Any]) -> dict[Slice, NDArray[np.bool_]]:
    """A slice for each value; none for cluster -1, which is none."""
    return {
        Slice(by, value=str(value)): values == value for value in np.unique(values) if value != -1
    }
