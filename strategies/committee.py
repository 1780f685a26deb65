"""Query by committee: ask where several models disagree (Seung et al. 1992; Settles 2009, §3.2)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import entr

from strategies.contract import Query, Scores, chunks
from strategies.errors import BadQuery
from strategies.models import copyable, fitted_copy, within
from strategies.registry import scored
from strategies.uncertainty import powered

MEMBERS = 5
PART = 8_192  # rows voted on at once: what is said of them stays in the processor's cache
NEEDS = frozenset({"probabilities", "labels"})
COST = "O(n·members·C)"


def committee_of(query: Query) -> Sequence[Any]:
    """The query's committee; without one, copies of its model, each trained on another bootstrap.

    Raises `BadQuery` where the model cannot be trained anew.
    """
    if query.committee is not None:
        return query.committee
    model = copyable(query)
    return [_bagged(model, query) for _ in range(MEMBERS)]


def _bagged(model: Any, query: Query) -> Any:
    """A copy trained on a bootstrap: of each class one row for certain, else rows at random."""
    seen: Any = query.seen
    labels = np.asarray(query.labels)
    drawn = query.rng.integers(len(labels), size=len(labels))
    kept = [query.rng.choice(np.flatnonzero(labels == one)) for one in np.unique(labels)]
    rows = np.append(drawn[: max(0, len(labels) - len(kept))], kept)
    return fitted_copy(model, seen[rows], labels[rows])


def opinions(query: Query) -> Iterator[NDArray[np.float64]]:
    """What the members think of the pool, chunk by chunk: (n_members, rows, n_classes).

    A class that a member never saw has the probability 0 for it.
    """
    members = committee_of(query)
    classes = np.unique(np.concatenate([member.classes_ for member in members]))
    places = [np.searchsorted(classes, member.classes_) for member in members]
    for part in chunks(query.n_pool):
        rows = query.pool[part]
        said = np.zeros((len(members), rows.shape[0], len(classes)))
        for one, (member, place) in enumerate(zip(members, places, strict=True)):
            where = slice(None) if len(place) == len(classes) else place  # a copy, not a lookup
            said[one][:, where] = member.predict_proba(rows)
        yield said


def _scored(query: Query, measure: Callable[[NDArray[np.float64]], Scores]) -> Scores:
    return np.concatenate([measure(said) for said in opinions(query)])


def _share(bits: Scores, n_classes: int) -> Scores:
    return bits / np.log(max(2, n_classes))


def vote_entropy(said: NDArray[np.float64]) -> Scores:
    """Entropy of the members' votes, from 0 to 1; (n_members, n, n_classes) → (n,)."""
    n_members, n, n_classes = said.shape
    votes = said.argmax(axis=2) + np.arange(n) * n_classes
    counts = np.bincount(votes.ravel(), minlength=n * n_classes).reshape(n, n_classes)
    return _entropy(counts, n_members)


def _entropy(counts: NDArray[Any], n_members: int) -> Scores:
    """Of the votes that each class has, (n, n_classes) → (n,)."""
    of_counts = entr(np.arange(n_members + 1) / n_members)  # there are no others
    return _share(of_counts[counts].sum(axis=1), counts.shape[1])


def mean_divergence(said: NDArray[np.float64]) -> Scores:
    """Mean Kullback–Leibler divergence of the members from their mean, from 0 to 1.

    It equals the entropy of the mean less the mean entropy: what BALD calls mutual information.
    """
    whole = entr(said.mean(axis=0)).sum(axis=1) - entr(said).sum(axis=2).mean(axis=0)
    return _share(np.maximum(whole, 0), said.shape[2])


def largest_divergence(said: NDArray[np.float64]) -> Scores:
    """The Kullback–Leibler divergence, in nats, of the member farthest from the mean of all."""
    mean = np.log(np.maximum(said.mean(axis=0), np.finfo(float).tiny))
    apart = -(entr(said) + said * mean).sum(axis=2)
    return np.maximum(apart.max(axis=0), 0)


def _planes(members: Sequence[Any]) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Coefficients, (n_members, n_classes, n_features), and intercepts of logistic regressions.

    None where a member is something else, or has other classes than the first.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - see strategies.models

    linear = [within(one) for one in members]
    alike = all(
        type(one) is LogisticRegression and np.array_equal(one.classes_, linear[0].classes_)
        for one in linear
    )
    if not alike:
        return None
    planes = np.stack([_dense(one.coef_) for one in linear])
    offsets = np.stack([np.broadcast_to(one.intercept_, planes.shape[1]) for one in linear])
    if planes.shape[1] == 1:  # of two classes: the second is voted for above 0
        planes = np.concatenate([np.zeros_like(planes), planes], axis=1)
        offsets = np.concatenate([np.zeros_like(offsets), offsets], axis=1)
    return planes, offsets


def _dense(rows: Any) -> NDArray[Any]:
    return rows.toarray() if sparse.issparse(rows) else rows


def _votes_by(planes: NDArray[Any], offsets: NDArray[Any], rows: Any) -> NDArray[np.int_]:
    """The votes that each class has, (n_rows, n_classes): one product for all members."""
    n_members, n_classes, width = planes.shape
    said = np.asarray(planes.reshape(-1, width) @ rows.T).reshape(n_members, n_classes, -1)
    said += offsets[:, :, None].astype(said.dtype)
    highest = said.max(axis=1, keepdims=True)
    if not np.isfinite(highest).all():
        raise BadQuery("The pool holds NaN or infinity, which no member can vote on.")
    is_highest = said == highest
    if np.count_nonzero(is_highest) > n_members * rows.shape[0]:  # a tie goes to the first
        is_highest = said.argmax(axis=1)[:, None] == np.arange(n_classes)[:, None]
    return is_highest.sum(axis=0, dtype=np.min_scalar_type(n_members)).T


@scored(
    "committee",
    label="Committee (vote entropy)",
    needs=NEEDS,
    cost=COST,
    formula="-Σ v_c log v_c / log C, v_c the share of votes for c",
    paper="Seung et al. 1992; Dagan & Engelson 1995",
    when="models that change much with their labels, such as trees",
)
def committee(query: Query) -> Scores:
    """Ask where the members vote for different classes."""
    members = committee_of(query)
    if (linear := _planes(members)) is None:
        return _scored(replace(query, committee=members), vote_entropy)
    # Where only votes count, no member's probabilities are computed.
    parts = chunks(query.n_pool, PART)
    counted = [_votes_by(*linear, query.pool[part]) for part in parts]
    return np.concatenate([_entropy(counts, len(members)) for counts in counted])


@scored(
    "bald",
    label="BALD (mean divergence)",
    needs=NEEDS,
    cost=COST,
    formula="(H(mean p) - mean H(p)) / log C",
    paper="McCallum & Nigam 1998; Houlsby et al. 2011",
    when="labels that are noisy by nature: doubt that no label can remove does not count",
)
def bald(query: Query) -> Scores:
    """Ask where each member is sure and they differ (Houlsby et al. 2011; McCallum & Nigam 1998).

    The mean divergence of the members from their consensus.
    """
    return _scored(query, mean_divergence)


@scored(
    "power-bald",
    label="BALD, drawn at random",
    needs=NEEDS,
    cost=COST,
    formula="log BALD + Gumbel noise",
    paper="Kirsch et al. 2023 (arXiv 2106.12059)",
    when="BALD in batches",
)
def power_bald(query: Query) -> Scores:
    """BALD with noise, so that a batch is drawn in proportion to it (Kirsch et al. 2023)."""
    return powered(_scored(query, mean_divergence), query.rng)


@scored(
    "max-disagreement",
    label="Committee (largest divergence)",
    needs=NEEDS,
    cost=COST,
    formula="max_m KL(p_m || mean p)",
    paper="Settles 2009, §3.2",
    when="when one dissenting member is enough to ask",
)
def max_disagreement(query: Query) -> Scores:
    """Ask where one member differs most from the consensus."""
    return _scored(query, largest_divergence)
