"""Phases: cover the pool first, then ask what is uncertain."""

import numpy as np

from strategies.contract import Picks, Query
from strategies.geometry import Space, seen_points, space_of
from strategies.k_means import centres_of, nearest_centre
from strategies.registry import get, register

CLUSTERS = 5  # for each class that is known
LEAST = 20  # clusters
COVERED = 0.9  # of the pool: the last small clusters are not worth the wait


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
    """TypiClust until nine tenths of the pool lie in a cluster that has a label, then margin.

    There are five clusters for each class known, 20 at least.
    """
    return get("margin" if is_covered(query) else "typiclust")(query, n)


def is_covered(query: Query) -> bool:
    """Whether most rows of the pool lie in a cluster with a labeled one."""
    space = space_of(query)
    k = max(LEAST, CLUSTERS * len(np.unique(np.asarray(query.labels))))
    centres = centres_of(space, min(k, space.n), query.rng)
    labeled = nearest_centre(Space(seen_points(query)), centres)
    return bool(np.isin(nearest_centre(space, centres), labeled).mean() >= COVERED)
