"""Query strategies beside their peers, on the same arrays.

- to_peer: a peer's seconds as multiples of ours, the median over the turns; in each both run, one
  after the other, up to three times, of which the quickest counts
- same_picks: how many of the 100 picks are the peer's, too
- above: the most memory beyond the pool itself, in MiB, each in a process of its own
- products: seconds of the one product that is the least of it: of the pool with 200 labeled rows
  and picks for k-center, with ten classes of five members for the committee
- votes_alone: vote entropy where looking up what the members say costs both the same and nothing
"""

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from strategies_field import (
    CLASSES,
    ENOUGH,
    PATIENCE,
    PICKS,
    REPEATS,
    SEEN,
    WIDTH,
    alone,
    most_memory,
    pool_of,
    query_of,
    timed,
)

import strategies

TURNS = 5
MEMBERS = 5


def measure() -> dict[str, Any]:
    """Each at the size that its peer can bear."""
    with tempfile.TemporaryDirectory() as scratch:
        sizes = {n: pool_of(Path(scratch), n) for n in (20_000, 50_000)}
        return {
            "picks": PICKS,
            "seen": SEEN,
            "width": WIDTH,
            "unit": "seconds, MiB",
            "peers": {name: _beside(name, sizes[n]) for name, (n, _) in PEERS.items()},
            "products": {
                "k-center": alone(_product, sizes[20_000], SEEN + PICKS),
                "committee": alone(_product, sizes[50_000], MEMBERS * CLASSES),
            },
            "votes_alone": alone(_votes_alone, sizes[50_000]),
        }


def _skactiveml(name: str, *, with_model: bool = False) -> Callable[..., Any]:
    def run(query: strategies.Query) -> tuple[float, list[int]]:
        from skactiveml import pool
        from skactiveml.classifier import SklearnClassifier

        X = np.concatenate([query.pool, query.seen])
        y = np.full(len(X), np.nan)
        y[-SEEN:] = query.labels
        given = {}
        if with_model:
            given["clf"] = SklearnClassifier(query.model, classes=range(CLASSES)).fit(X, y)
            given["fit_clf"] = False
        began = time.perf_counter()
        picks = getattr(pool, name)(random_state=0).query(X, y, batch_size=PICKS, **given)
        return time.perf_counter() - began, [int(one) for one in picks]

    return run


def _modal_ranked_batch(query: strategies.Query) -> tuple[float, list[int]]:
    from modAL.batch import uncertainty_batch_sampling
    from modAL.models import ActiveLearner

    learner = ActiveLearner(
        LogisticRegression(max_iter=200), X_training=query.seen, y_training=query.labels
    )
    began = time.perf_counter()
    picks, _ = uncertainty_batch_sampling(learner, query.pool, n_instances=PICKS, n_jobs=1)
    return time.perf_counter() - began, list(map(int, picks))


class Known:
    """A member whose opinions are known: a row is its own number."""

    def __init__(self, member: Any, rows: Any) -> None:
        self.classes_ = member.classes_
        self.said = member.predict_proba(rows)
        self.votes = member.predict(rows)

    def fit(self, *_: Any) -> "Known":
        """Remain as it is."""
        return self

    def predict(self, numbers: Any) -> Any:
        """Votes, (n,)."""
        return self.votes[numbers[:, 0]]

    def predict_proba(self, numbers: Any) -> Any:
        """Probabilities, (n, n_classes)."""
        return self.said[numbers[:, 0]]


def _votes_alone(file: Path) -> dict[str, Any]:
    from modAL.disagreement import vote_entropy
    from modAL.models import ActiveLearner, Committee

    query = query_of(file)
    members = [Known(one, query.pool) for one in _members(query)]
    numbers = np.arange(query.n_pool)[:, None]
    ours, theirs = [], []
    for _ in range(REPEATS):
        known = replace(
            query, pool=numbers, seen=numbers[:SEEN], model=members[0], committee=members
        )
        began = time.perf_counter()
        strategies.get("committee")(known, PICKS)
        ours.append(time.perf_counter() - began)
        committee = Committee([ActiveLearner(one) for one in members])
        began = time.perf_counter()
        np.argsort(-vote_entropy(committee, numbers))[:PICKS]
        theirs.append(time.perf_counter() - began)
    found = {
        "rows": query.n_pool,
        "seconds": round(min(ours), 4),
        "peer_seconds": round(min(theirs), 4),
        "to_peer": round(min(theirs) / min(ours), 1),
    }
    print("votes_alone", found, flush=True)
    return found


def _modal_vote_entropy(query: strategies.Query) -> tuple[float, list[int]]:
    from modAL.disagreement import vote_entropy
    from modAL.models import ActiveLearner, Committee

    members = [
        ActiveLearner(one, X_training=query.seen, y_training=query.labels)
        for one in _members(query)
    ]
    committee = Committee(members)
    began = time.perf_counter()
    entropy = vote_entropy(committee, query.pool)
    return time.perf_counter() - began, np.argsort(-entropy)[:PICKS].tolist()


PEERS: dict[str, tuple[int, Callable[..., Any]]] = {
    "k-center": (20_000, _skactiveml("CoreSet")),
    "typiclust": (20_000, _skactiveml("TypiClust")),
    "badge": (20_000, _skactiveml("Badge", with_model=True)),
    "ranked-batch": (50_000, _modal_ranked_batch),
    "committee": (50_000, _modal_vote_entropy),
    "prob-cover": (20_000, _skactiveml("ProbCover")),
    "max-herding": (20_000, _skactiveml("MaxHerding")),
}


def _beside(name: str, file: Path) -> dict[str, Any]:
    """One strategy and its peer on the same arrays, in turns, each in a process of its own."""
    turns: list[tuple[dict[str, Any], dict[str, Any]]] = []
    try:
        while len(turns) < TURNS and sum(theirs["seconds"] for _, theirs in turns) < ENOUGH:
            turns.append((alone(_ours, name, file), alone(_theirs, name, file)))
    except multiprocessing.TimeoutError:
        return {"peer_not_done_after": PATIENCE}
    ours, theirs = turns[0]
    found = {
        "rows": PEERS[name][0],
        "turns": len(turns),
        "seconds": round(statistics.median(mine["seconds"] for mine, _ in turns), 3),
        "above": ours["above"],
        "peer_seconds": round(statistics.median(other["seconds"] for _, other in turns), 2),
        "peer_above": theirs["above"],
        "to_peer": round(
            statistics.median(other["seconds"] / mine["seconds"] for mine, other in turns), 1
        ),
        "same_picks": len(set(theirs["picks"]) & set(ours["picks"])),
    }
    print(name, found, flush=True)
    return found


def _ours(name: str, file: Path) -> dict[str, Any]:
    query = query_of(file)
    if name == "committee":
        query = replace(query, committee=_members(query))
    return timed(name, query)


def _theirs(name: str, file: Path) -> dict[str, Any]:
    """The same of a peer: the least seconds of a few runs, memory above the pool, picks."""
    query = query_of(file)
    before = most_memory()
    times: list[float] = []
    while len(times) < REPEATS and sum(times) < ENOUGH:
        seconds, picks = PEERS[name][1](query)
        times.append(seconds)
    return {"seconds": min(times), "above": round(most_memory() - before), "picks": picks}


def _product(file: Path, vectors: int) -> float:
    """Seconds of a product of the pool with so many of its rows, the least of some."""
    pool = query_of(file).pool
    columns = np.ascontiguousarray(pool[:vectors].T)
    times = []
    for _ in range(4 * REPEATS):
        began = time.perf_counter()
        pool @ columns
        times.append(time.perf_counter() - began)
    return round(min(times), 4)


def _members(query: strategies.Query) -> list[Any]:
    return [
        LogisticRegression(C=10.0**i, max_iter=200).fit(query.seen, query.labels)
        for i in range(-2, MEMBERS - 2)
    ]
