"""Discriminative active learning: ask what can be told from everything labeled."""

import numpy as np

from strategies.contract import Picks, Query, Scores, chunks, top
from strategies.geometry import joined, seen_points, space_of
from strategies.models import fitted
from strategies.registry import register

TURNS = 5  # in which a batch is picked: what is picked counts as labeled from then on
FITTED_ON = 10_000  # rows of the pool, at most


@register(
    "discriminative",
    label="Discriminative (unlike the labeled)",
    needs={"labels"},
    cost="O(n·d)",
    formula="probability that a row is of the pool, not of the labeled",
    paper="Gissin & Shalev-Shwartz 2019 (arXiv 1907.06347)",
    when="to make the labeled look like the pool, with no distance to believe in",
)
def discriminative(query: Query, n: int) -> Picks:
    """A classifier learns to tell labeled rows from the pool; what is surely pool is asked.

    In five turns, after each of which the picks count as labeled.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - see strategies.models

    space, labeled = space_of(query), seen_points(query)
    sample = np.sort(query.rng.permutation(space.n)[:FITTED_ON])
    seed = int(query.rng.integers(2**31))
    positions, scores = np.empty(0, np.intp), np.empty(0)
    for turn in range(TURNS):
        wanted = n * (turn + 1) // TURNS - len(positions)
        if not wanted:
            continue
        rest = np.setdiff1d(sample, positions)
        if not len(rest):
            rest = np.setdiff1d(np.arange(space.n), positions)
        rows = joined(space.points(rest), joined(labeled, space.points(positions)))
        is_pool = np.arange(rows.shape[0]) < len(rest)
        judge = LogisticRegression(class_weight="balanced", max_iter=100, random_state=seed)
        fitted(judge, rows, is_pool)
        found: Scores = np.concatenate(
            [judge.predict_proba(space.rows[part])[:, 1] for part in chunks(space.n)]
        )
        found[positions] = -1
        fresh = top(found, wanted, query.rng)
        positions, scores = np.append(positions, fresh), np.append(scores, found[fresh])
    return Picks(positions, scores)
