"""Phases: cover the pool first, then ask what is uncertain."""

import numpy as np

from strategies.contract import Picks, Query
from strategies.geometry import Space, seen_points, space_of
from strategies.k_means import centres_of, nearest_centre
from strategies.registry import get, register

CLUSTERS = 5  # for each class that is known
LEAST = 20  # clusters
COUNTS = 0.1  # of its fair share of the pool: a smaller cluster need not have a label


@register(
    "cover-then-margin",
    label="TypiClust first, then margin",
    needs={"labels", "probabilities"},
    cost="O(n·clusters·d)",
    formula="that of TypiClust or of margin",
    paper="after Hacohen et al. 2022 (arXiv 2202.02794)",
    when="from the first label on, with one strategy",
)
def cover_then_margin(query: Query, n: int) -> Picks:
    """TypiClust while a cluster of the pool has no label, then margin.

    The pool is cut into five clusters for each class known, 20 at least; one with less than a tenth
    of its fair share of the rows does not count.
    """
    return get("margin" if is_covered(query) else "typiclust")(query, n)


def is_covered(query: Query) -> bool:
    """Whether each cluster of the pool that counts has a labeled row."""
    space = space_of(query)
    k = max(LEAST, CLUSTERS * len(np.unique(np.asarray(query.labels))))
    centres = centres_of(space, min(k, space.n), query.rng)
    sizes = np.bincount(nearest_centre(space, centres), minlength=len(centres))
    labeled = np.unique(nearest_centre(Space(seen_points(query)), centres))
    counts = sizes >= COUNTS * space.n / len(centres)
    return bool(np.isin(np.flatnonzero(counts), labeled).all())
