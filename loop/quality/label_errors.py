"""Labels that are probably wrong: a model that has not learned a label says something else.

Confident learning (Northcutt, Jiang and Chuang 2021, JAIR), by cleanlab, on probabilities out of
cross-validation. Codes are places in the classes; scores are higher where a label is more doubtful.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from numpy.typing import NDArray

from loop.estimators.folds import folds

FOLDS = 5
SCORES = {
    "margin": "normalized_margin",
    "self-confidence": "self_confidence",
    "entropy": "confidence_weighted_entropy",
}

Codes = NDArray[np.intp]
Matrix = NDArray[np.float64]
Fit = Callable[[NDArray[np.intp]], Any]  # a model of some rows, by their places


def out_of_sample(
    fit: Fit, X: Any, y: NDArray[Any], seed: int, of: NDArray[np.bool_] | None = None
) -> Matrix:
    """What models say of each row that they have not learned, (n, n_classes), classes sorted.

    *fit* has `predict_proba` and `classes_` from the rows at given places; only those are learned
    from that are in *of*, (n,). A row that no other is of the class of has no such model, and NaN.
    """
    classes, fold_of = np.unique(y), folds(y, FOLDS, seed)
    learned = np.ones(len(y), bool) if of is None else of
    said = np.full((len(y), len(classes)), np.nan)
    for fold in range(FOLDS):
        left_out = np.flatnonzero(fold_of == fold)
        kept = np.flatnonzero((fold_of != fold) & learned)
        if not len(left_out) or len(np.unique(y[kept])) < 2:
            continue
        model = fit(kept)
        said[left_out] = 0.0
        columns = np.searchsorted(classes, model.classes_)
        said[np.ix_(left_out, columns)] = model.predict_proba(X[left_out])
    return said


def cleaned(fit: Fit, X: Any, y: NDArray[Any], seed: int, said: Matrix) -> Matrix:
    """What models say that have learned only labels that others would have given: (n, n_classes).

    Noisy cross-validation (Chen et al. 2019, ICML): *said*, of models that have not learned a
    label, tells which agree; the others are left out, and all is asked again. Once and by the same
    folds, where the paper goes on by halves: as good, with fewer fits.
    """
    agrees = said.argmax(axis=1) == np.unique(y, return_inverse=True)[1]
    return out_of_sample(fit, X, y, seed, agrees & ~np.isnan(said[:, 0]))


def doubts(codes: Codes, said: Matrix, by: str = "margin") -> Matrix:
    """How doubtful each label is, (n,), from 0 to 1; by one of `SCORES`."""
    quality = get_label_quality_scores(codes, said, method=SCORES[by])
    return 1.0 - np.asarray(quality, float)


def doubtful(codes: Codes, said: Matrix) -> NDArray[np.intp]:
    """The places of labels that are probably wrong, the most doubtful first.

    So many of each class as the joint distribution of given and true labels has off its diagonal.
    """
    if len(np.unique(codes)) < 2:
        return np.empty(0, np.intp)
    found = find_label_issues(
        codes,
        said,
        filter_by="prune_by_noise_rate",
        return_indices_ranked_by="normalized_margin",
        n_jobs=1,
    )
    return np.asarray(found, np.intp)
