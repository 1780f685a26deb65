"""TypiClust: the most typical rows of the clusters least labeled (Hacohen et al. 2022)."""

import heapq
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from strategies.contract import Picks, Positions, Query, steps_of
from strategies.geometry import Points, Space, seen_points, space_of, squared_distances
from strategies.k_means import centres_of, nearest_centre
from strategies.registry import register

NEIGHBOURS = 20
MOST_CLUSTERS = 500
MOST_ROWS = 2_000  # of a cluster, drawn at random where it has more
SMALL = 5  # clusters of fewer rows come after all others


@register(
    "typiclust",
    label="TypiClust (typical of each cluster)",
    cost="O(n·clusters·d)",
    formula="1 / (1 + mean distance to the 20 nearest of the cluster)",
    paper="Hacohen et al. 2022 (arXiv 2202.02794)",
    when="the first batches, before a model is worth asking",
)
def typiclust(query: Query, n: int) -> Picks:
    """The most typical rows of the largest clusters in which the fewest are labeled.

    There are as many clusters as labels and picks together, 500 at most. Typical is a small mean
    distance t to the 20 nearest rows of the cluster; the score is 1/(1 + t).
    """
    space, seen = space_of(query), seen_points(query)
    centres = centres_of(space, min(seen.shape[0] + n, MOST_CLUSTERS, space.n), query.rng)
    cluster = nearest_centre(space, centres)
    labeled = np.zeros(len(centres), int)
    if seen.shape[0]:
        labeled = np.bincount(nearest_centre(Space(seen), centres), minlength=len(centres))
    return _by_turns(space, cluster, labeled, n, query.rng)


def _by_turns(
    space: Space,
    cluster: Positions,
    labeled: NDArray[np.int_],
    n: int,
    rng: np.random.Generator,
) -> Picks:
    """The most typical rows of the clusters whose turn it is, *n* in all."""
    rows = np.argsort(cluster, kind="stable")
    members = np.split(rows, np.cumsum(np.bincount(cluster, minlength=len(labeled)))[:-1])
    turns = _turns(labeled, [len(rows) for rows in members], n)
    asked = {
        k: iter(_most_typical(space, members[k], wanted, rng))
        for k, wanted in Counter(turns).items()
    }
    positions, scores = zip(*(next(asked[k]) for k in turns), strict=True)
    return Picks(np.array(positions), np.array(scores))


def _turns(labeled: NDArray[np.int_], sizes: Sequence[int], n: int) -> list[int]:
    """The cluster with the fewest labels and picks, of these the largest, *n* times over."""
    turns = [
        (int(given), size < SMALL, -size, k, size)
        for k, (given, size) in enumerate(zip(labeled, sizes, strict=True))
        if size
    ]
    heapq.heapify(turns)
    found: list[int] = []
    while len(found) < n:
        given, small, size, k, left = heapq.heappop(turns)
        found.append(k)
        if left > 1:
            heapq.heappush(turns, (given + 1, small, size, k, left - 1))
    return found


def _most_typical(
    space: Space, members: Positions, n: int, rng: np.random.Generator
) -> list[tuple[int, float]]:
    """The *n* most typical rows of a cluster, and how typical; what was not drawn comes last."""
    lot = rng.permutation(len(members))
    rows, seldom = members[lot[:MOST_ROWS]], members[lot[MOST_ROWS:]]
    points = space.points(rows)
    finalists = np.arange(len(rows))
    if not sparse.issparse(points):
        # In the pool's own precision for all, in float64 for those that may be the best. About
        # their mean, since large numbers that are much alike would leave no digits for distances.
        coarse = typicality((points - points.mean(axis=0)).astype(space.dtype))
        finalists = np.sort(np.argsort(-steps_of(coarse), kind="stable")[: 2 * n + 8])
    typical = typicality(points, finalists)
    order = np.argsort(-steps_of(typical), kind="stable")  # ties in the random order of `lot`
    best = zip(rows[finalists[order]].tolist(), typical[order].tolist(), strict=True)
    return [*best, *((int(row), 0.0) for row in seldom)][:n]


def typicality(points: Points, of: Positions | None = None) -> NDArray[Any]:
    """1/(1 + mean distance to the nearest 20 of the other *points*), 1 for one that is alone.

    Of all points, (n,), or those at the positions *of*.
    """
    of = np.arange(points.shape[0]) if of is None else of
    near = min(NEIGHBOURS, points.shape[0] - 1)
    if not near:
        return np.ones(len(of))
    apart = squared_distances(points[of], points)
    apart[np.arange(len(of)), of] = np.inf
    nearest = np.partition(apart, near - 1, axis=1)[:, :near]
    found: NDArray[Any] = 1 / (1 + np.sqrt(nearest).mean(axis=1))
    return found
