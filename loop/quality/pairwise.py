"""Of two outputs, does a model know the better one? Only answers count that name one."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop.evaluation import LEAST_AUDIT, wilson
from loop.quality.calibration import calibration
from loop.quality.share import Estimate
from loop.tasks.compare import A, B

Document = dict[str, Any]


def document(
    classes: Sequence[str],
    proba: NDArray[np.float64],
    truth: NDArray[Any],
    rng: np.random.Generator,
) -> Document | None:
    """Pairwise accuracy and calibration; None below `LEAST_AUDIT` answers that name one.

    *proba*, (n, n_classes), are of the answers *classes*, of which *truth*, (n,), were given. The
    chance that a is preferred is that of `a` beside that of `b`.
    """
    decided = np.isin(truth, (A, B))
    n = int(decided.sum())
    if n < LEAST_AUDIT or not {A, B} & set(classes):
        return None
    of_a, of_b = (
        proba[decided, classes.index(name)] if name in classes else np.zeros(n) for name in (A, B)
    )
    chance = of_a / (of_a + of_b)
    right = (chance > 0.5) == (truth[decided] == A)
    correct = int(right.sum())
    return {
        "answers": n,
        "accuracy": asdict(Estimate(correct / n, *wilson(correct, n))),
        "calibration": asdict(calibration(right, np.maximum(chance, 1 - chance), rng)),
    }
