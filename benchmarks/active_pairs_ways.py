"""Other ways to choose pairs than `paired-ranking`, by the same beliefs, to stand beside it.

Each gives a table of what the pairs of two systems are worth, (n_systems, n_systems).
"""

from collections.abc import Callable, Mapping

import numpy as np
from scipy.special import entr, expit, ndtr

from strategies import Picks, Query, get
from strategies.paired import Table, of_differences, pairs_by
from strategies.strengths import Strengths

NODES, SHARES = np.polynomial.hermite_e.hermegauss(15)
SHARES = SHARES / SHARES.sum()
THREE = np.sqrt(3)  # where a normal's mean of a smooth function is found by three points
Choose = Callable[[Query, int], Picks]


def _gaps(known: Strengths) -> tuple[Table, Table, Table]:
    """Of each two systems: the difference, its variance, and p(1 - p) of the one winning."""
    gap, spread = known.mean[:, None] - known.mean, of_differences(known.covariance)
    np.fill_diagonal(spread, 1)
    return gap, spread, expit(gap) * expit(-gap)


def uncertain_winner(known: Strengths) -> Table:
    """p(1 - p): the two that are nearest, however well known (uncertainty sampling)."""
    return _gaps(known)[2]


def d_optimal(known: Strengths) -> Table:
    """p(1 - p) x'Σx: what lowers the volume of the strengths' covariance most."""
    _, spread, weight = _gaps(known)
    return weight * spread


def a_optimal(known: Strengths) -> Table:
    """What lowers the sum of the strengths' variances most."""
    _, spread, weight = _gaps(known)
    n = len(known.mean)
    apart = np.eye(n) - 1 / n  # the level of all strengths is no matter
    told = of_differences(known.covariance @ apart @ known.covariance)
    return weight * told / (1 + weight * spread)


def mutual_information(known: Strengths) -> Table:
    """Between the answer and the strengths (Chu & Ghahramani 2005; Houlsby et al. 2011)."""
    gap, spread, _ = _gaps(known)
    wins = expit(gap[..., None] + np.sqrt(spread)[..., None] * NODES)
    surprise = (entr(wins) + entr(1 - wins)) @ SHARES
    return entr(wins @ SHARES) + entr(1 - wins @ SHARES) - surprise


def doubtful_order(known: Strengths) -> Table:
    """The chance that the two stand in the wrong order."""
    gap, spread, _ = _gaps(known)
    return ndtr(-np.abs(gap) / np.sqrt(spread))


def gap_lost(known: Strengths) -> Table:
    """As `paired-ranking`, with the density of a difference of 0 in place of P(wrong)/v.

    That is how fast the strength lost by wrong orders falls with the variance.
    """
    gap, spread, weight = _gaps(known)
    density = np.exp(-(gap**2) / spread / 2) / np.sqrt(spread)
    np.fill_diagonal(density, 0)
    laplacian = np.diag(density.sum(axis=1)) - density
    told = of_differences(known.covariance @ laplacian @ known.covariance)
    return weight * told / (1 + weight * spread)


def knowledge_gradient(known: Strengths) -> Table:
    """How far the answer is expected to lower Σ P(1 - P), of the orders of all two (one step)."""
    gap, spread, weight = _gaps(known)
    i, j = np.triu_indices(len(gap), 1)
    columns = known.covariance[:, i] - known.covariance[:, j]
    told = (columns[i] - columns[j]) ** 2 * (weight / (1 + weight * spread))[i, j]
    left = np.sqrt(np.maximum(spread[i, j][:, None] - told, 1e-12))
    after = np.zeros(len(i))
    for node, share in ((-THREE, 1 / 6), (0, 2 / 3), (THREE, 1 / 6)):
        order = ndtr((gap[i, j][:, None] + node * np.sqrt(told)) / left)
        after += share * (order * (1 - order)).sum(axis=0)
    before = ndtr(gap[i, j] / np.sqrt(spread[i, j]))
    found = np.zeros_like(gap)
    found[i, j] = found[j, i] = (before * (1 - before)).sum() - after
    return found


def neighbours_of_a_draw(query: Query) -> Callable[[Strengths], Table]:
    """Strengths are drawn; of the neighbours in their order, the two least sure (Thompson 1933)."""

    def worth(known: Strengths) -> Table:
        order = np.argsort(query.rng.multivariate_normal(known.mean, known.covariance))
        found = np.full_like(known.covariance, -1.0)
        above, below = order[1:], order[:-1]
        found[above, below] = found[below, above] = _gaps(known)[1][above, below]
        return found

    return worth


def least_compared(query: Query) -> Callable[[Strengths], Table]:
    """Whichever two systems were compared least often."""
    often = np.abs(np.asarray(query.seen).T @ np.asarray(query.seen))

    def worth(_: Strengths) -> Table:
        return -often

    return worth


def _by(worth: Callable[[Strengths], Table]) -> Choose:
    return lambda query, n: pairs_by(worth, query, n)


OTHERS: Mapping[str, Choose] = {
    "least compared": lambda query, n: pairs_by(least_compared(query), query, n),
    "uncertain winner": _by(uncertain_winner),
    "D-optimal": _by(d_optimal),
    "A-optimal": _by(a_optimal),
    "mutual information": _by(mutual_information),
    "doubtful order": _by(doubtful_order),
    "neighbours of a draw": lambda query, n: pairs_by(neighbours_of_a_draw(query), query, n),
    "gap lost": _by(gap_lost),
    "knowledge gradient": _by(knowledge_gradient),
}
WAYS: Mapping[str, Choose] = {
    "random": get("random"),
    "paired-ranking": get("paired-ranking"),
    **OTHERS,
}
