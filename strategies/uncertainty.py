"""Uncertainty sampling: ask where one model is least sure (Settles 2009, §3.1).

All three scores lie in 0–1 and agree with modAL's measures up to sign and scale.
"""

import numpy as np
from scipy.special import entr

from strategies.contract import Query, Scores
from strategies.registry import scored


@scored("least-confidence", label="Least confidence", needs={"probabilities"})
def least_confidence(query: Query) -> Scores:
    """One minus the probability of the likeliest class."""
    return 1.0 - query.proba().max(axis=1)


@scored("margin", label="Smallest margin", needs={"probabilities"})
def margin(query: Query) -> Scores:
    """How close the two likeliest classes are; 1 is a coin toss, 0 is certain."""
    proba = query.proba()
    if proba.shape[1] < 2:
        return np.zeros(query.n_pool)
    second, first = np.partition(proba, -2, axis=1)[:, -2:].T
    return 1.0 - (first - second)


@scored("entropy", label="Entropy", needs={"probabilities"})
def entropy(query: Query) -> Scores:
    """Shannon entropy of the class probabilities, as a share of the greatest possible."""
    proba = query.proba()
    bits = entr(proba).sum(axis=1)
    return bits / np.log(max(2, proba.shape[1]))
