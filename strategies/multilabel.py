"""Multi-label strategies: every class has a probability of its own, (n_pool, n_classes)."""

import numpy as np
from numpy.typing import NDArray

from strategies.contract import Query, Scores
from strategies.registry import scored

NEEDS = frozenset({"multi-label"})


def hinge_losses(proba: NDArray[np.float64]) -> NDArray[np.float64]:
    """The loss of each row if class k were its only one, for every k: (n, n_classes).

    Class j is said with f = 2p - 1, from -1 to 1; where it is true it loses 1 - f, else 1 + f.
    """
    said = 2 * proba - 1
    of_none = (1 + said).sum(axis=1, keepdims=True)
    return of_none - 2 * said  # 1 + f becomes 1 - f in place k


@scored(
    "max-loss",
    label="Largest loss (multi-label)",
    needs=NEEDS,
    cost="O(n·C)",
    formula="Σ_j hinge loss if the likeliest class were the only one / 2C",
    paper="Li, Wang & Sung 2004",
    when="items of one class, mostly",
)
def max_loss(query: Query) -> Scores:
    """The loss if the row were of its likeliest class alone (Li, Wang & Sung 2004, "max loss").

    As a share of the largest there can be.
    """
    proba = query.proba()
    likeliest = proba.argmax(axis=1)
    losses = hinge_losses(proba)[np.arange(len(proba)), likeliest]
    return losses / (2 * proba.shape[1])


@scored(
    "mean-max-loss",
    label="Mean loss (multi-label)",
    needs=NEEDS,
    cost="O(n·C)",
    formula="mean of that over the classes predicted / 2C",
    paper="Li, Wang & Sung 2004",
    when="items of several classes",
)
def mean_max_loss(query: Query) -> Scores:
    """The mean of that loss over the classes predicted; the likeliest alone where none is.

    Li, Wang & Sung (2004, "mean max loss"). As a share of the largest there can be.
    """
    proba = query.proba()
    predicted = (proba >= 0.5) | (proba == proba.max(axis=1, keepdims=True))
    losses = (hinge_losses(proba) * predicted).sum(axis=1) / predicted.sum(axis=1)
    return losses / (2 * proba.shape[1])


@scored(
    "label-cardinality",
    label="Unusual number of classes (multi-label)",
    needs=NEEDS | {"labels"},
    cost="O(n·C)",
    formula="|classes predicted - mean number of the labeled| / C",
    paper="Li & Guo 2013",
    when="when how many classes an item has is well known",
)
def label_cardinality(query: Query) -> Scores:
    """How far the number of classes predicted lies from the mean of the labeled (Li & Guo 2013).

    As a share of all classes. Many rows are tied, and come in random order.
    """
    usual = np.asarray(query.labels).sum(axis=1).mean()
    predicted = (query.proba() >= 0.5).sum(axis=1)
    return np.abs(predicted - usual) / query.proba().shape[1]


@scored(
    "binary-minimum",
    label="Smallest margin of any class (multi-label)",
    needs=NEEDS,
    cost="O(n·C)",
    formula="1 - 2 min_c |p_c - 1/2|",
    paper="Brinker 2006",
    when="multi-label, when one doubtful class is reason enough to ask",
)
def binary_minimum(query: Query) -> Scores:
    """How near a coin toss the most doubtful class is; 1 is one (Brinker 2006)."""
    return 1 - 2 * np.abs(query.proba() - 0.5).min(axis=1)
