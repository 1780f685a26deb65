"""Query strategies: beside their peers on the same arrays, and on a million rows.

- gemm: one product of the pool with 100 vectors, the limit for whatever compares each row with
  each of 100 picks
- above: the most memory beyond the pool itself, in MiB, each in a process of its own
- to_gemm: seconds as multiples of that product
- to_peer: a peer's seconds as multiples of ours; the peer's picks of the same rows
- votes_alone: vote entropy where looking up what the members say costs both the same and nothing
"""

import math
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

import strategies

PICKS = 100
CLASSES = 10
SEEN = 100
WIDTH = 384
GROWTH = (10_000, 100_000, 1_000_000)
REPEATS = 3
ENOUGH = 10  # seconds, after which a strategy is not run again
PATIENCE = 300  # seconds, after which a peer counts as not done


def measure() -> dict[str, Any]:
    """Peers at the sizes they can bear, ours at a million rows, and how each grows."""
    with tempfile.TemporaryDirectory() as scratch:
        sizes = {n: pool_of(Path(scratch), n) for n in (20_000, 50_000, *GROWTH)}
        return {
            "picks": PICKS,
            "seen": SEEN,
            "width": WIDTH,
            "unit": "seconds, MiB",
            "peers": {name: _beside(name, sizes[n]) for name, (n, _) in PEERS.items()},
            "votes_alone": alone(_votes_alone, sizes[50_000]),
            "million": _million(sizes),
        }


def pool_of(folder: Path, n: int, width: int = WIDTH) -> Path:
    """Rows of length about 1 in 200 groups of unlike sizes, as embeddings of texts have them."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(200, width)).astype(np.float32)
    shares = rng.dirichlet(np.ones(200))
    file = folder / f"{n}.npy"
    rows = np.lib.format.open_memmap(file, "w+", np.float32, (n + SEEN, width))
    for start in range(0, n + SEEN, 50_000):
        part = rows[start : start + 50_000]
        group = rng.choice(200, p=shares, size=len(part))
        part[:] = centres[group] + rng.standard_normal(part.shape, np.float32)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    rows.flush()
    return file


def _query(file: Path) -> strategies.Query:
    rows = np.load(file)
    pool, seen = rows[:-SEEN], rows[-SEEN:]
    model, truth = model_of(seen)
    return strategies.Query(pool, np.random.default_rng(0), model=model, seen=seen, labels=truth)


def model_of(seen: Any) -> tuple[LogisticRegression, Any]:
    """A classifier of labeled rows, and the classes they were given."""
    truth = np.argmax(seen @ np.random.default_rng(1).normal(size=(seen.shape[1], CLASSES)), axis=1)
    truth[:CLASSES] = range(CLASSES)
    return LogisticRegression(max_iter=200).fit(seen, truth), truth


def alone(work: Callable[..., Any], *words: Any) -> Any:
    """What *work* returns in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply_async(work, words).get(PATIENCE)


def _run(name: str, query: strategies.Query) -> dict[str, Any]:
    """One strategy: the least seconds of a few runs, memory above the pool, picks."""
    strategy = strategies.get(name)
    before = _most_memory()
    times: list[float] = []
    while len(times) < REPEATS and sum(times) < ENOUGH:
        anew = replace(query, rng=np.random.default_rng(0))  # with no probabilities computed yet
        if "memory" in strategy.needs:  # which is empty: nothing is kept from run to run
            memory = strategies.Memory(np.arange(query.n_pool), query.n_pool + np.arange(SEEN))
            anew = replace(anew, memory=memory)
        began = time.perf_counter()
        picks = strategy(anew, PICKS)
        times.append(time.perf_counter() - began)
    above = round(_most_memory() - before)
    return {"seconds": min(times), "above": above, "picks": picks.positions.tolist()}


def _ours_plainly(name: str, file: Path) -> dict[str, Any]:
    return _run(name, _query(file))


def _most_memory() -> float:
    """MiB of this process at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _gemm(file: Path) -> float:
    pool = np.load(file)[:-SEEN]
    vectors = np.ascontiguousarray(pool[:PICKS].T)
    out = np.empty((len(pool), PICKS), np.float32)
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        np.matmul(pool, vectors, out=out)
        times.append(time.perf_counter() - began)
    return min(times)


def _predict(file: Path) -> float:
    query = _query(file)
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        for start in range(0, query.n_pool, 65_536):
            query.model.predict_proba(query.pool[start : start + 65_536])
        times.append(time.perf_counter() - began)
    return min(times)


# ---------------------------------------------------------------- a million


def _million(sizes: dict[int, Path]) -> dict[str, Any]:
    gemm = {n: alone(_gemm, sizes[n]) for n in GROWTH}
    predict = alone(_predict, sizes[GROWTH[-1]])
    found: dict[str, Any] = {
        "gemm": round(gemm[GROWTH[-1]], 3),
        "predict": round(predict, 3),
        "rows": GROWTH[-1],
    }
    for name in strategies.names():
        needs = strategies.get(name).needs
        if needs & {"multi-label", "costs", "answers"}:
            continue
        runs = {n: alone(_ours_plainly, name, sizes[n]) for n in GROWTH}
        seconds = [runs[n]["seconds"] for n in GROWTH]
        found[name] = {
            "seconds": round(seconds[-1], 2),
            "each": [round(one, 3) for one in seconds],
            "to_gemm": round(seconds[-1] / gemm[GROWTH[-1]], 1),
            "to_predict": round(seconds[-1] / predict, 2),
            "above": runs[GROWTH[-1]]["above"],
            "exponent": round(math.log10(seconds[-1] / seconds[-2]), 2),
        }
        print(name, found[name], flush=True)
    return found


# ---------------------------------------------------------------- beside the peers


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

    query = _query(file)
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
    """One strategy and its peer on the same arrays, each in a process of its own."""
    ours = alone(_ours, name, file)
    seconds = ours["seconds"]
    found = {
        "rows": PEERS[name][0],
        "seconds": round(seconds, 3),
        "above": ours["above"],
    }
    try:
        peer, above, theirs = alone(_theirs, name, file)
    except multiprocessing.TimeoutError:
        found["peer_not_done_after"] = PATIENCE
    else:
        found |= {
            "peer_seconds": round(peer, 2),
            "peer_above": above,
            "to_peer": round(peer / seconds, 1),
            "same_picks": len(set(theirs) & set(ours["picks"])),
        }
    print(name, found, flush=True)
    return found


def _ours(name: str, file: Path) -> dict[str, Any]:
    query = _query(file)
    if name == "committee":
        query = replace(query, committee=_members(query))
    return _run(name, query)


def _theirs(name: str, file: Path) -> tuple[float, int, list[int]]:
    query = _query(file)
    before = _most_memory()
    seconds, picks = PEERS[name][1](query)
    return seconds, round(_most_memory() - before), picks


def _members(query: strategies.Query) -> list[Any]:
    return [
        LogisticRegression(C=10.0**i, max_iter=200).fit(query.seen, query.labels)
        for i in range(-2, 3)
    ]
