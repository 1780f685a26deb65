"""Looking ahead: what would the model be with this row's answer? No model is fitted anew.

Both replace the classifier by one that is linear in the rows, for which one more row is an update
of rank one (Sherman & Morrison 1950).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from strategies.contract import Query, Scores, chunks, top
from strategies.errors import BadQuery
from strategies.registry import scored
from strategies.uncertainty import margins

RIDGE = 1.0
CANDIDATES = 500  # rows looked at by expected error: half of the smallest margins, half at random
JUDGED = 2_000  # rows of the pool, drawn at random, on which the error is expected
WIDEST = 4_000  # columns: matrices of columns × columns are inverted
NEEDS = frozenset({"labels", "probabilities"})


@scored(
    "expected-error",
    label="Expected error reduction",
    needs=NEEDS,
    cost="O(n·C + candidates·judged·C²)",
    formula="error now - Σ_y p_y · error with (x, y), of a ridge classifier",
    paper="Roy & McCallum 2001",
    when="small pools, where each label is dear",
)
def expected_error(query: Query) -> Scores:
    """How much an answer is expected to lower the error on 2,000 rows drawn from the pool.

    The error is 1 minus the highest share that a ridge classifier gives a row; what the answer
    will be, the model's probabilities say. Of a larger pool 500 rows are looked at, half of them
    with the smallest margins and half at random; the others score less than all of these.
    """
    proba = query.proba()
    rows = _candidates(query, proba)
    judged = _dense(query.pool[np.sort(query.rng.permutation(query.n_pool)[:JUDGED])])
    looked_at = _dense(query.pool[rows])
    _check_width(looked_at)
    classes, codes = np.unique(np.asarray(query.labels), return_inverse=True)
    targets = np.eye(len(classes))[codes]
    seen = _dense(query.seen)
    inverse = np.linalg.inv(seen.T @ seen + RIDGE * np.eye(seen.shape[1]))
    weights = inverse @ seen.T @ targets
    reach = (
        looked_at
        @ inverse
        @ judged.T
        / (1 + np.einsum("ij,jk,ik->i", looked_at, inverse, looked_at, optimize=True)[:, None])
    )
    said, there = judged @ weights, looked_at @ weights
    expected = np.zeros(len(rows))
    for c in range(len(classes)):
        step = np.eye(len(classes))[c] - there
        for i in range(len(rows)):
            expected[i] += proba[rows[i], c] * _error(said + np.outer(reach[i], step[i]))
    scores = np.full(query.n_pool, -1.0)
    scores[rows] = _error(said) - expected
    return scores


def _candidates(query: Query, proba: NDArray[np.float64]) -> NDArray[np.intp]:
    if query.n_pool <= CANDIDATES:
        return np.arange(query.n_pool)
    doubtful = top(margins(proba), CANDIDATES // 2, query.rng)
    others = np.setdiff1d(np.arange(query.n_pool), doubtful)
    return np.append(doubtful, query.rng.permutation(others)[: CANDIDATES - len(doubtful)])


def _error(said: NDArray[np.float64]) -> float:
    """1 minus the highest share, (n, n_classes) → mean; least squares may leave 0 to 1."""
    shares = np.clip(said, 0, None)
    total = shares.sum(axis=1)
    highest = np.where(total > 0, shares.max(axis=1) / np.maximum(total, 1e-12), 1 / said.shape[1])
    return float(1 - highest.mean())


@scored(
    "variance-reduction",
    label="Variance reduction (A-optimal)",
    needs=NEEDS,
    cost="O(n·C·d²)",
    formula="Σ_c w x'M⁻¹SM⁻¹x / (1 + w x'M⁻¹x), w = p_c(1 - p_c)",
    paper="Cohn et al. 1996; Zhang & Oles 2000; Settles 2009, §3.5",
    when="logistic regression on few columns, where probabilities matter, not classes alone",
)
def variance_reduction(query: Query) -> Scores:
    """How much an answer would lower the variance of a logistic regression's output on the pool.

    M is the Fisher information of the labeled rows, S that of the pool, for each class against the
    rest; covariances between classes are left out.
    """
    proba = query.proba()
    model: Any = query.model
    seen = _dense(query.seen)
    _check_width(seen)
    known = np.asarray(model.predict_proba(query.seen), float)
    scores = np.zeros(query.n_pool)
    for c in range(proba.shape[1]):
        doubt, doubt_seen = proba[:, c] * (1 - proba[:, c]), known[:, c] * (1 - known[:, c])
        information = (seen.T * doubt_seen) @ seen + RIDGE * np.eye(seen.shape[1])
        pool_information = np.zeros_like(information)
        for part in chunks(query.n_pool):
            rows = _dense(query.pool[part])
            pool_information += (rows.T * doubt[part]) @ rows / query.n_pool
        inverse = np.linalg.inv(information)
        through = inverse @ pool_information @ inverse
        for part in chunks(query.n_pool):
            rows, w = _dense(query.pool[part]), doubt[part]
            gained = np.einsum("ij,ij->i", rows @ through, rows)
            spread = np.einsum("ij,ij->i", rows @ inverse, rows)
            scores[part] += w * gained / (1 + w * spread)
    return scores


def _dense(rows: Any) -> NDArray[np.float64]:
    plain = rows.toarray() if sparse.issparse(rows) else rows
    return np.asarray(plain, np.float64)


def _check_width(rows: NDArray[np.float64]) -> None:
    if rows.shape[1] > WIDEST:
        raise BadQuery(
            f"Looking ahead inverts matrices as wide as the rows, and these have {rows.shape[1]:,} "
            f"columns, more than {WIDEST:,}: fold them first, as with TruncatedSVD."
        )
