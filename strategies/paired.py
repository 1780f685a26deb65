"""Pairs to compare: which two outputs should people be asked about next?"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from strategies.contract import Picks, Query, chunks, steps_of
from strategies.errors import BadQuery
from strategies.registry import register
from strategies.strengths import Strengths, dense, strengths

Table: TypeAlias = NDArray[np.float64]  # a number for each two systems, (n_systems, n_systems)


@register(
    "paired-ranking",
    label="Pairs that settle the ranking",
    needs={"pairs", "systems"},
    cost="O(n·s + picks·s³), s systems",
    formula="w x'ΣLΣx / (1 + w x'Σx), w = p(1 - p), L = Σ_ij P(wrong order of i, j) dd' / v",
    paper="Bayesian A-optimal design (Chaloner & Verdinelli 1995); these weights of it are ours",
    when="two outputs side by side, to rank the systems that they come from",
)
def paired_ranking(query: Query, n: int) -> Picks:
    """How much an answer about the pair is expected to settle of the ranking of the systems.

    Σ is the covariance of the strengths by all answers so far (Bradley–Terry, Laplace's method),
    x the pair's row and p the chance that its a wins; d is the contrast of systems i and j, and v
    the variance of their difference. So the score is the share of v that an answer takes away,
    summed over all two systems, each by the chance that they stand in the wrong order. After each
    pick Σ is as if it had been answered. Pairs of the same two systems are worth the same, and come
    in random order.
    """
    return pairs_by(settling, query, n)


def settling(known: Strengths) -> Table:
    """The score of each two systems; see `paired-ranking`."""
    gap, spread = known.mean[:, None] - known.mean, of_differences(known.covariance)
    safe = np.where(spread > 0, spread, 1)
    wrong = np.where(spread > 0, ndtr(-np.abs(gap) / np.sqrt(safe)), 0) / safe
    laplacian = np.diag(wrong.sum(axis=1)) - wrong
    told = of_differences(known.covariance @ laplacian @ known.covariance)
    weight = expit(gap) * expit(-gap)
    return weight * told / (1 + weight * spread)


def of_differences(form: Table) -> Table:
    """For the contrast d of each two systems d'Md: of a covariance, their difference's variance."""
    own = np.diag(form)
    return own[:, None] + own - form - form.T


def pairs_by(worth: Callable[[Strengths], Table], query: Query, n: int) -> Picks:
    """*n* pairs, each of the two systems *worth* most by what is believed after those before it.

    Raises `BadQuery` where a row of the pool is no contrast of two systems.
    """
    seen: Any = query.seen
    known = strengths(dense(seen), np.asarray(query.labels))
    n_systems = len(known.mean)
    codes, of, left = np.unique(
        _systems(query) @ [n_systems, 1], return_inverse=True, return_counts=True
    )
    first, second = np.divmod(codes, n_systems)
    shuffled = query.rng.permutation(query.n_pool)
    waiting = shuffled[np.argsort(of[shuffled], kind="stable")]  # those of a code stand together
    ends = np.cumsum(left)
    positions, scores = np.empty(n, np.intp), np.empty(n)
    for turn in range(n):
        now = worth(known)[first, second]
        steps = np.where(left > 0, steps_of(now), -np.inf)
        best = query.rng.choice(np.flatnonzero(steps == steps.max()))
        positions[turn], scores[turn] = waiting[ends[best] - left[best]], now[best]
        left[best] -= 1
        known = known.after(*_asked(known, first[best], second[best]))
    return Picks(positions, scores)


def _asked(known: Strengths, i: int, j: int) -> tuple[NDArray[np.float64], float]:
    """The contrast of two systems, and the chance that the first wins."""
    one = np.eye(len(known.mean))
    return one[i] - one[j], float(expit(known.mean[i] - known.mean[j]))


def _systems(query: Query) -> NDArray[np.intp]:
    """The columns of the two systems of each row of the pool, (n_pool, 2), the lower one first.

    A row of zeros compares a system with itself.
    """
    found = np.empty((query.n_pool, 2), np.intp)
    one = np.eye(query.pool.shape[1])
    for part in chunks(query.n_pool):
        rows = dense(query.pool[part])
        first, second = rows.argmax(axis=1), rows.argmin(axis=1)
        if (is_none := (rows != one[first] - one[second]).any(axis=1)).any():
            raise BadQuery(
                f"Row {part.start + int(is_none.argmax())} of the pool is no pair: it has a column "
                "for each system, +1 for that of a, -1 for that of b, and 0 for all others."
            )
        found[part] = np.sort(np.column_stack([first, second]), axis=1)
    return found
