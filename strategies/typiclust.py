"""TypiClust: the most typical rows of the clusters least labeled (Hacohen et al. 2022)."""

import heapq

import numpy as np
from numpy.typing import NDArray

from strategies.contract import Picks, Positions, Query, steps_of
from strategies.geometry import Space, seen_points, space_of, squared_distances
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
    """From the cluster with the fewest labels and picks, of these the largest, *n* times over."""
    rows = np.argsort(cluster, kind="stable")
    members = np.split(rows, np.cumsum(np.bincount(cluster, minlength=len(labeled)))[:-1])
    turns = [
        (int(labeled[k]), len(rows) < SMALL, -len(rows), k)
        for k, rows in enumerate(members)
        if len(rows)
    ]
    heapq.heapify(turns)
    waiting: dict[int, list[tuple[int, float]]] = {}
    picked: list[tuple[int, float]] = []
    while len(picked) < n:
        given, small, size, k = heapq.heappop(turns)
        if k not in waiting:
            waiting[k] = _most_typical_last(space, members[k], rng)
        picked.append(waiting[k].pop())
        if waiting[k]:
            heapq.heappush(turns, (given + 1, small, size, k))
    positions, scores = zip(*picked, strict=True)
    return Picks(np.array(positions), np.array(scores))


def _most_typical_last(
    space: Space, members: Positions, rng: np.random.Generator
) -> list[tuple[int, float]]:
    lot = rng.permutation(len(members))
    rows = members[lot[:MOST_ROWS]]
    typical = typicality(space, rows)
    order = np.argsort(steps_of(typical), kind="stable")  # ties in the random order of `lot`
    seldom = members[lot[MOST_ROWS:]]  # what was not drawn comes last
    return [(int(row), 0.0) for row in seldom] + [(int(rows[i]), float(typical[i])) for i in order]


def typicality(space: Space, rows: Positions) -> NDArray[np.float64]:
    """1/(1 + mean distance to the nearest 20 of the other *rows*), 1 for a row that is alone."""
    near = min(NEIGHBOURS, len(rows) - 1)
    if not near:
        return np.ones(1)
    points = space.points(rows)
    apart = squared_distances(points, points)
    np.fill_diagonal(apart, np.inf)
    nearest = np.partition(apart, near - 1, axis=1)[:, :near]
    found: NDArray[np.float64] = 1 / (1 + np.sqrt(nearest).mean(axis=1))
    return found
