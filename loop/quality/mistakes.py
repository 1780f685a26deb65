"""The mistakes that a model is surest of: of the audit items where it says another class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 20


@dataclass(frozen=True)
class Mistake:
    """One answer that the model contradicts."""

    row: int  #: of the answers
    about: int  #: the class that it is sure of, by its place: that the item is of it, or is not
    probability: float  #: of that, by the model


def surest(
    truth: NDArray[Any], said: NDArray[Any], proba: NDArray[np.floating], classes: Sequence[str]
) -> list[Mistake]:
    """Up to `MOST` mistakes, the surest first.

    *truth* and *said* are as a task's `targets`, *proba* is (n, n_classes), *classes* its columns.
    Of several classes one counts that the model is wrong about.
    """
    if truth.ndim == 1:
        wrong = truth != said
        place = {name: i for i, name in enumerate(classes)}
        about = np.array([place[name] for name in said.tolist()], np.intp)
        sure = proba[np.arange(len(said)), about]
    else:
        off = truth != said
        wrong = off.any(axis=1)
        each = np.where(off, np.where(said == 1, proba, 1 - proba), -1)
        about, sure = each.argmax(axis=1), each.max(axis=1)
    rows = np.flatnonzero(wrong)
    best = rows[np.argsort(-sure[rows], kind="stable")][:MOST]
    return [Mistake(int(row), int(about[row]), float(sure[row])) for row in best]
