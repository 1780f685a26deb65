"""Uncertainty sampling: ask where one model is least sure (Settles 2009, §3.1).

The first three agree with modAL's measures up to sign and scale.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from strategies.contract import Query, Scores, chunks
from strategies.errors import BadQuery
from strategies.registry import scored


@scored(
    "least-confidence",
    label="Least confidence",
    needs={"probabilities"},
    formula="1 - max_c p_c",
    paper="Lewis & Gale 1994; Settles 2009, §3.1",
    when="two classes, where it equals margin; when the likeliest answer alone matters",
)
def least_confidence(query: Query) -> Scores:
    """One minus the probability of the likeliest class."""
    return 1.0 - query.proba().max(axis=1)


def margins(proba: NDArray[np.float64]) -> Scores:
    """How close the two likeliest classes are, (n,): 1 is a coin toss, 0 is certain."""
    if proba.shape[1] < 2:
        return np.zeros(len(proba))
    found = np.empty(len(proba))
    for part in chunks(len(proba)):  # not all at once, which would copy ten million rows of them
        second, first = np.partition(proba[part], -2, axis=1)[:, -2:].T
        found[part] = 1.0 - (first - second)
    return found


@scored(
    "margin",
    label="Smallest margin",
    needs={"probabilities"},
    formula="1 - (p_first - p_second)",
    paper="Scheffer et al. 2001; Settles 2009, §3.1",
    when="the usual choice, once there is a model",
)
def margin(query: Query) -> Scores:
    """How close the two likeliest classes are; 1 is a coin toss, 0 is certain."""
    return margins(query.proba())


@scored(
    "entropy",
    label="Entropy",
    needs={"probabilities"},
    formula="-Σ p_c log p_c / log C",
    paper="Shannon 1948; Settles 2009, §3.1",
    when="when all classes should be told apart; with few labels it is often worse than random",
)
def entropy(query: Query) -> Scores:
    """Shannon entropy of the class probabilities, as a share of the greatest possible."""
    proba = query.proba()
    bits = entr(proba).sum(axis=1)
    return bits / np.log(max(2, proba.shape[1]))


@scored(
    "power-margin",
    label="Smallest margin, drawn at random",
    needs={"probabilities"},
    formula="log margin score + Gumbel noise",
    paper="Kirsch et al. 2023 (arXiv 2106.12059)",
    when="batches of tens or hundreds, where the smallest margins are much alike",
)
def power_margin(query: Query) -> Scores:
    """The margin's score with noise, so that a batch is drawn in proportion to it.

    Gumbel noise on the logarithm makes the n highest a draw without replacement (Kirsch et al.
    2023): neighbours that are uncertain for one reason do not all come together.
    """
    return powered(margins(query.proba()), query.rng)


def powered(scores: Scores, rng: np.random.Generator) -> Scores:
    """Scores whose n highest are a draw without replacement, in proportion to *scores* ≥ 0."""
    return np.log(np.maximum(scores, 1e-12)) + rng.gumbel(size=len(scores))


@scored(
    "cost-margin",
    label="Smallest margin in cost",
    needs={"probabilities", "costs"},
    formula="1 - (cost_second - cost_least) / range of costs",
    paper="Elkan 2001; Settles 2009, §3.1",
    when="when one kind of mistake is much dearer than another",
)
def cost_margin(query: Query) -> Scores:
    """How close the two cheapest answers are, where mistakes cost differently; 1 is a tie.

    `query.costs` has, in row i and column j, what it costs to say class i where j is true. The
    difference of the two least expected costs is taken as a share of the largest cost.
    """
    proba, costs = query.proba(), np.asarray(query.costs, float)
    n_classes = proba.shape[1]
    if costs.shape != (n_classes, n_classes) or not np.isfinite(costs).all():
        raise BadQuery(
            f"Costs are one finite number for each pair of the {n_classes} classes, not "
            f"{costs.shape} of them."
        )
    if n_classes < 2:
        return np.zeros(query.n_pool)
    expected = proba @ costs.T
    least, next_least = np.partition(expected, 1, axis=1)[:, :2].T
    return 1.0 - (next_least - least) / max(float(np.ptp(costs)), 1e-12)
