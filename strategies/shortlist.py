"""Diversity among the uncertain: a shortlist by margin, and from it rows that differ."""

import numpy as np
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage

from strategies.contract import Picks, Positions, Query, top
from strategies.geometry import Points, Space, space_of
from strategies.greedy import greedy
from strategies.k_center import Farness
from strategies.registry import register
from strategies.uncertainty import margins

TIMES = 10  # rows on the shortlist for each pick


def _shortlist(query: Query, n: int) -> Positions:
    return top(margins(query.proba()), TIMES * n, query.rng)


@register(
    "margin-k-center",
    label="Smallest margins, far apart",
    needs={"probabilities"},
    cost="O(n·C + picks²·d)",
    formula="margin score; the order by distance to the nearest pick",
    paper="after Sener & Savarese 2018",
    when="batches of tens or hundreds, at little cost",
)
def margin_k_center(query: Query, n: int) -> Picks:
    """Of the 10·n smallest margins, the smallest, then each time the row farthest from the picks.

    The score is the margin's.
    """
    short = _shortlist(query, n)
    space = Space(space_of(query).rows[short])
    picks = np.zeros(1, np.intp)
    if n > 1:
        point = space.points(picks)
        rest = greedy(Farness(space, point, space.nearest(point)), n - 1, query.rng, taken=picks)
        picks = np.append(picks, rest.positions)
    chosen = short[picks]
    return Picks(chosen, margins(query.proba()[chosen]))


@register(
    "cluster-margin",
    label="Smallest margins, from every cluster",
    needs={"probabilities"},
    cost="O(n·C + picks²·d)",
    formula="margin score; the order by turns of the clusters",
    paper="Citovsky et al. 2021 (arXiv 2107.14263)",
    when="very large batches",
)
def cluster_margin(query: Query, n: int) -> Picks:
    """Of the 10·n smallest margins one from each cluster in turn, small clusters first.

    After Citovsky et al. (2021), with n average-linkage clusters of the shortlist instead of the
    pool. The score is the margin's.
    """
    short = _shortlist(query, n)
    points: Points = space_of(query).rows[short].astype(np.float64)
    plain = points.toarray() if sparse.issparse(points) else points
    if len(short) == 1:
        return Picks(short, margins(query.proba()[short]))
    cluster = fcluster(linkage(plain, "average"), n, "maxclust")
    size = np.bincount(cluster)[cluster]
    turn = np.empty(len(short), int)  # which of its cluster a row is, from the smallest margin on
    for k in np.unique(cluster):
        inside = np.flatnonzero(cluster == k)
        turn[inside] = np.arange(len(inside))
    order = np.lexsort((cluster, size, turn))[:n]
    chosen = short[order]
    return Picks(chosen, margins(query.proba()[chosen]))
