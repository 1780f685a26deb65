"""Detectors of wrong labels that the list of the product goes without: see `label_errors`.

Each gives a score for every label, (n,), higher where it is more doubtful. X is (n, n_features) and
*codes* are places in the classes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import softmax
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

from loop.quality import label_errors

EPOCHS = 20
BATCH = 64
RATE = 5.0  # of gradient descent, on rows of length 1 in the mean
ROUNDS = 4  # of iterative noisy cross-validation, as in the paper
NEIGHBOURS = 25

Fit = Callable[[Any], Any]


def training(X: Any, codes: Any, seed: int) -> dict[str, Any]:
    """What one run of softmax regression, by epochs of gradient descent, tells of each label.

    - aum: the mean margin of the label above the likeliest other class (Pleiss et al. 2020)
    - confidence, variability: mean and deviation of its probability (Swayamdipta et al. 2020)
    - forgetting: how often it was right and then no more; never right counts most (Toneva 2019)
    """
    margins, probabilities = _run(X, codes, seed)
    right = margins > 0
    forgotten = (right[:-1] & ~right[1:]).sum(axis=0) + EPOCHS * ~right.any(axis=0)
    return {
        "aum": -margins.mean(axis=0),
        "confidence": -probabilities.mean(axis=0),
        "variability": probabilities.std(axis=0),
        "forgetting": forgotten.astype(float),
    }


def _run(X: Any, codes: Any, seed: int) -> tuple[Any, Any]:
    """The margin and the probability of each label after each epoch, both (EPOCHS, n)."""
    rows = X - X.mean(axis=0, dtype=float)
    rows = np.c_[rows / np.sqrt((rows**2).sum(axis=1).mean()), np.ones(len(X))]
    given = np.eye(codes.max() + 1)[codes]
    weights = np.zeros((rows.shape[1], given.shape[1]))
    rng, each = np.random.default_rng(seed), np.arange(len(codes))
    margins, probabilities = np.empty((2, EPOCHS, len(codes)))
    for epoch in range(EPOCHS):
        for batch in np.split(rng.permutation(len(rows)), range(BATCH, len(rows), BATCH)):
            off = softmax(rows[batch] @ weights, axis=1) - given[batch]
            weights -= RATE * rows[batch].T @ off / len(batch)
        scores = rows @ weights
        probabilities[epoch] = softmax(scores, axis=1)[each, codes]
        own = scores[each, codes]
        scores[each, codes] = -np.inf
        margins[epoch] = own - scores.max(axis=1)
    return margins, probabilities


def neighbours(X: Any, codes: Any) -> Any:
    """By how much another class is more frequent than the label among the nearest rows."""
    near = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(normalize(X))
    others = near.kneighbors(normalize(X), return_distance=False)[:, 1:]
    shares = np.eye(codes.max() + 1)[codes[others]].mean(axis=1)
    return label_errors.doubts(codes, np.clip(shares, 1e-9, None))


def incv(fit: Fit, X: Any, y: Any, seed: int) -> Any:
    """Iterative noisy cross-validation as Chen et al. (2019) have it: what it keeps, (n,).

    In each round the labels that are neither kept nor thrown away are halved; a model of one half
    and all that is kept keeps of the other half what it says itself, and throws away of the rest
    the highest losses, as many as it takes for wrong among those that it keeps.
    """
    rng = np.random.default_rng(seed)
    classes, codes = np.unique(y, return_inverse=True)
    kept, waits, noise = np.zeros(len(y), bool), np.ones(len(y), bool), None
    for _ in range(ROUNDS):
        left = np.flatnonzero(waits)
        half = rng.random(len(left)) < 0.5
        found = [
            _asked(fit, X, codes, classes, (np.union1d(np.flatnonzero(kept), one), other))
            for one, other in ((left[half], left[~half]), (left[~half], left[half]))
        ]
        if noise is None:
            noise = _noise(np.mean(np.concatenate([agrees for _, agrees, _ in found])), classes)
        for asked, agrees, loss in found:
            kept[asked[agrees]] = True
            worst = asked[np.argsort(-loss)[: int(noise * agrees.sum())]]
            waits[worst] = False
        waits &= ~kept
    return kept


def _asked(fit: Fit, X: Any, codes: Any, classes: Any, parts: tuple[Any, Any]) -> tuple[Any, ...]:
    """The rows of the second part, whether a model of the first agrees, and its loss."""
    learned, asked = parts
    model = fit(learned)
    said = np.zeros((len(asked), len(classes)))
    said[:, np.searchsorted(classes, model.classes_)] = model.predict_proba(X[asked])
    loss = -np.log(said[np.arange(len(asked)), codes[asked]] + 1e-12)
    return asked, said.argmax(axis=1) == codes[asked], loss


def _noise(agree: float, classes: Any) -> float:
    """The share of wrong labels, were they spread evenly: the agreement follows from it."""

    def excess(share: float) -> float:
        return (1 - share) ** 2 + share**2 / (len(classes) - 1) - agree

    most = 1 - 1 / len(classes)
    return float(brentq(excess, 0, most)) if excess(most) < 0 else most
