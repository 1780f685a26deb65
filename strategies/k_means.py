"""k-means: clusters of the pool, and the strategy that asks for one row of each."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from strategies.contract import Picks, Positions, Query
from strategies.geometry import Points, Space, nearest_seen, space_of
from strategies.models import fitted
from strategies.registry import register
from strategies.sampling import Rows, k_means_plus_plus

# With more rows and rounds TypiClust's picks made no better classifier, on digits and AG News.
FITTED_ON = 5_000  # rows drawn from the pool, or so many for each cluster; all rows are assigned
FOR_EACH = 20
ROUNDS = 3  # of Lloyd's, from the start that k-means++ gives


def centres_of(space: Space, k: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """The centres of *k* clusters or fewer, (k, n_dims), found on a sample of the rows."""
    from sklearn.cluster import KMeans  # noqa: PLC0415 - see strategies.models

    drawn = rng.permutation(space.n)[: max(FITTED_ON, FOR_EACH * k)]
    sample = Space(space.rows[np.sort(drawn)])
    k = min(k, sample.n)
    start = k_means_plus_plus(Rows(sample), int(rng.integers(sample.n)), k, rng).positions
    first: Any = sample.rows[start]
    plain = first.toarray() if sparse.issparse(first) else first
    means = fitted(KMeans(k, init=plain, n_init=1, max_iter=ROUNDS), sample.rows)
    # Where two centres coincide, a rounding error would say which of them a row belongs to.
    found: NDArray[np.float64] = np.unique(np.round(means.cluster_centers_, 6), axis=0)
    return found


def nearest_centre(space: Space, centres: Points) -> Positions:
    """For each row the nearest of *centres*, (n,)."""
    nearest = np.empty(space.n, np.intp)
    for part, found in space.apart(centres):
        nearest[part] = found.argmin(axis=1)
    return nearest


@register(
    "k-means",
    label="k-means (one of each cluster)",
    cost="O(n·picks·d)",
    formula="share of the pool in the cluster",
    paper="Lloyd 1982; Arthur & Vassilvitskii 2007",
    when="a first batch that is spread as the pool is",
)
def k_means(query: Query, n: int) -> Picks:
    """One row of each of *n* clusters: the one nearest the cluster's centre; larger ones first.

    The score is the share of the pool in the cluster. Clusters that come out empty are made up for
    by the rows farthest from anything labeled.
    """
    space = space_of(query)
    centres = centres_of(space, n, query.rng)
    cluster, apart = np.empty(space.n, np.intp), np.empty(space.n)
    for part, found in space.apart(centres):
        cluster[part] = found.argmin(axis=1)
        apart[part] = np.round(found.min(axis=1), 6)
    order = np.lexsort((query.rng.permutation(space.n), apart, cluster))
    _, first, size = np.unique(cluster[order], return_index=True, return_counts=True)
    largest = np.argsort(-size, kind="stable")
    positions, scores = order[first[largest]], size[largest] / space.n
    if missing := n - len(positions):
        far = nearest_seen(query, space)
        far[positions] = -1
        rest = np.lexsort((query.rng.permutation(space.n), -np.minimum(far, 1e300)))[:missing]
        positions, scores = np.append(positions, rest), np.append(scores, np.zeros(missing))
    return Picks(positions, scores)
