"""A balanced start: as many of each class as can be, though nobody knows yet which is which."""

import numpy as np

from strategies.contract import Picks, Query
from strategies.models import plain
from strategies.registry import register

NOISE = 1e-12  # a class that the model rules out is drawn all the same where nothing else is left


@register(
    "balanced",
    label="Balanced (the class with the fewest labels)",
    needs={"labels", "probabilities"},
    cost="O(n·C·picks)",
    formula="p of the class with the fewest labels, counted with what the picks are expected to be",
    when="the first batches of a skewed pool, where margin would still wait for the rare classes",
)
def balanced(query: Query, n: int) -> Picks:
    """Ask for the class with the fewest labels, again and again; each row drawn in proportion to p.

    A pick counts at once for what the model expects it to be. The score is its p.
    """
    proba = query.proba()
    classes = list(plain(query).classes_)
    counts = np.array([np.sum(np.asarray(query.labels) == one) for one in classes], float)
    # The largest p / Exp(1) is a draw in proportion to p (Efraimidis & Spirakis 2006).
    keys = np.log(proba + NOISE) + query.rng.gumbel(size=(query.n_pool, 1))
    positions: list[int] = []
    scores: list[float] = []
    for _ in range(n):
        fewest = int(counts.argmin())
        row = int(keys[:, fewest].argmax())
        keys[row] = -np.inf
        counts += proba[row]
        positions.append(row)
        scores.append(float(proba[row, fewest]))
    return Picks(np.array(positions), np.array(scores))
