"""All that the audit answers say of one model, as one document, ready for JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop.evaluation import LEAST_AUDIT, hits, wilson
from loop.quality.by_class import macro_f1, of_classes
from loop.quality.calibration import calibration
from loop.quality.share import Estimate
from loop.quality.sharper import Rows, Sure, sharper
from loop.store.audit import Audited

Document = dict[str, Any]


def sure_of(
    learner: Any, X: NDArray[np.float32], answered: Sequence[int], audited: Sequence[Audited]
) -> Sure | None:
    """How sure a model is of each audit item; None where it gives no probabilities.

    X holds the features of every item, *answered* the positions of those with a label.
    """
    if not hasattr(learner.estimator, "predict_proba"):
        return None
    drawn = {one.position: one.drawn for one in audited}
    labeled = set(answered)
    asked = {one.position for one in audited if one.was_asked}

    def rows(positions: Sequence[int]) -> Rows:
        imports = np.array([drawn[position] for position in positions], np.intp)
        if not len(imports):
            return Rows(np.empty(0), imports)
        return Rows(learner.predict_proba(X[list(positions)]).max(axis=1), imports)

    return Sure(
        rows(answered), rows(sorted(asked - labeled)), rows(sorted(drawn.keys() - asked - labeled))
    )


def document(
    classes: Sequence[str],
    truth: NDArray[Any],
    said: NDArray[Any],
    sure: Sure | None,
    rng: np.random.Generator,
) -> Document | None:
    """What is known of a model; None below `LEAST_AUDIT` answers.

    *truth* and *said* are as a task's `targets`: names of classes, (n,), or indicators,
    (n, n_classes), of which a row is right when it is right in each class.
    """
    n = len(truth)
    if n < LEAST_AUDIT:
        return None
    is_one_class = truth.ndim == 1
    is_of, is_said = (
        one[:, None] == np.array(classes) if is_one_class else one.astype(bool)
        for one in (truth, said)
    )
    correct = hits(said, truth)
    told: Document = {
        "answers": n,
        "unasked": len(sure.unasked.sure) if sure else None,
        "accuracy": asdict(Estimate(correct / n, *wilson(correct, n))),
        "sharper": None,
        "macro_f1": _or_none(macro_f1(is_of, is_said)),
        "classes": [
            {"name": name, **asdict(one)}
            for name, one in zip(classes, of_classes(is_of, is_said), strict=True)
        ],
        "confusion": _confusion(truth, said) if is_one_class else None,
        "calibration": None,
    }
    if sure is None:
        return told
    right = truth == said
    return told | {
        "sharper": _or_none(sharper(right, sure)),
        "calibration": asdict(calibration(right, sure.answered.sure, rng)),
    }


def _or_none(found: Any) -> Document | None:
    return None if found is None else asdict(found)


def _confusion(truth: NDArray[Any], said: NDArray[Any]) -> list[Document]:
    """The cells of the confusion matrix that are not 0, the fullest first."""
    cells = Counter(zip(truth.tolist(), said.tolist(), strict=True))
    return [{"truth": name, "said": other, "n": n} for (name, other), n in cells.most_common()]
