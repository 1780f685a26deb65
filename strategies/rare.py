"""Hunting a rare class: near its few labeled rows, and likely to be of it."""

import numpy as np

from strategies.contract import Picks, Query, Scores
from strategies.geometry import seen_points, space_of
from strategies.models import plain
from strategies.registry import register

NEAR = 100  # rows that each labeled one of the class leads to
MOST_EXAMPLES = 50  # labeled rows of the class, drawn at random where it has more
AT_RANDOM = 0.1  # of a batch: a group that nothing labeled leads to is found no other way


@register(
    "rare-class",
    label="Rare class (near its labels, and likely)",
    needs={"labels", "probabilities"},
    cost="O(n·labeled of the class·d)",
    formula="p of the class with the fewest labels, among the rows near these",
    paper="after SEALS, Coleman et al. 2022 (arXiv 2007.00077)",
    when="one class in a hundred items or fewer, and it is the one that is wanted",
)
def rare_class(query: Query, n: int) -> Picks:
    """The likeliest to be of the class with the fewest labels, among the 100 rows nearest to each.

    A tenth of the batch is drawn at random and comes last, with scores below 0; rows elsewhere
    fill up what is missing.
    """
    classes, counts = np.unique(np.asarray(query.labels), return_counts=True)
    rarest = classes[np.argmin(counts)]
    likely = query.proba()[:, list(plain(query).classes_).index(rarest)]
    space = space_of(query)
    labeled = np.flatnonzero(np.asarray(query.labels) == rarest)
    examples = seen_points(query)[query.rng.permutation(labeled)[:MOST_EXAMPLES]]
    near = np.zeros(space.n, bool)
    for one in range(examples.shape[0]):
        distance = space.nearest(examples[[one]])
        near[np.argpartition(distance, min(NEAR, space.n) - 1)[:NEAR]] = True
    lot = query.rng.permutation(space.n)
    hunted = np.lexsort((lot, -np.round(likely, 6), ~near))[: n - int(n * AT_RANDOM)]
    others = np.setdiff1d(np.arange(space.n), hunted)
    by_chance = query.rng.permutation(others)[: n - len(hunted)]
    scores: Scores = np.append(likely[hunted], np.full(len(by_chance), -1.0))
    return Picks(np.append(hunted, by_chance), scores)
