"""One round: fit on the log as it stands, evaluate, rank the whole pool, publish."""

import sys
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version as version_of
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import strategies
from loop import evaluation, guesses, model, ranking, recipes, schedule, tasks
from loop.features import FeatureCache
from loop.guesses import Guesses, Pull
from loop.project import Project
from loop.quality import audit
from loop.ranking import Ranking
from loop.settings import Settings
from loop.store import items, leases, log, rounds
from loop.store.audit import Audited, audited
from loop.store.log import Event
from loop.store.rounds import Point, Pointer, Round
from loop.tasks import Value

EXPLAINED = 300  # items, those asked first, of which the words that pulled are kept


@dataclass(frozen=True)
class Snapshot:
    """What a round works on: the log up to one row, whatever is answered meanwhile."""

    settings: Settings
    log_seq: int
    erasure: int  #: the newest row of the log by which something was erased
    version: int  #: of the model to be
    labels: list[tuple[int, Value]]
    truth: list[tuple[int, Value]]  #: of the audit items
    audited: list[Audited]
    askable: NDArray[np.int64]
    out: int  #: items that some may not be asked now: on lease, or passed over by them
    diary: dict[str, Any]  #: what strategies learned in earlier rounds


def features(project: Project) -> NDArray[np.float32]:
    """The matrix of all items, computed once and then memory-mapped from the cache."""
    db = project.store.read
    settings = project.settings
    cache = FeatureCache(project.folder / "features")
    while True:
        erasure = log.latest_seq(db, "erase")
        data = [row["value"]["fingerprint"] for row in log.of_kind(db, "import")]
        data += [row["event_id"] for row in log.of_kind(db, "erase") if row["position"] is not None]
        with threadpool_limits(1):  # same bits on every machine, and a core left for the people
            X = cache.matrix(
                fields=lambda: [item.fields for item in items.every(db)],
                pool=items.positions(db, items.POOL),
                kinds=settings.kinds,
                seed=settings.seed,
                data="-".join(data),
                media=project.media,
            )
        if log.latest_seq(db, "erase") == erasure:
            return X  # else it may hold what was erased while it was computed; the next one sweeps


def snapshot(project: Project) -> Snapshot:
    """Read the state that a round starts from."""
    with project.store.snapshot() as db:
        settings = project.terms(db).settings
        newest = rounds.latest(db)
        closed = set(log.closed_positions(db))
        pool = [p for p in items.positions(db, items.POOL) if p not in closed]
        return Snapshot(
            settings=settings,
            log_seq=log.end(db),
            erasure=log.latest_seq(db, "erase"),
            version=(newest["version"] if newest else 0) + 1,
            labels=_called_now(settings, log.labels(db, items.POOL)),
            truth=_called_now(settings, log.labels(db, items.AUDIT)),
            audited=audited(db),
            askable=np.array(pool, dtype=np.int64),
            out=leases.live(db, time.time()) + log.passed_over(db),
            diary=rounds.diary(db),
        )


def _called_now(settings: Settings, labels: list[tuple[int, Value]]) -> list[tuple[int, Value]]:
    return [(position, settings.now(label)) for position, label in labels]


def run(project: Project, reason: schedule.Reason) -> Round:
    """Do one round and publish it; returns what was published.

    It starts anew where something is erased meanwhile. Raises `ValueError` where the labels cannot
    be learned from, `StrategyError` where the strategy breaks its contract, and whatever a
    plug-in's estimator raises.
    """
    started = time.perf_counter()
    while True:
        done = _once(project, reason, started)
        if done is not None:
            return done


def _once(project: Project, reason: schedule.Reason, started: float) -> Round | None:
    """One try, from the snapshot to the publication; None where it was overtaken by an erasure."""
    now = snapshot(project)
    settings = now.settings
    X = features(project)
    with threadpool_limits(1):
        fitting = time.perf_counter()
        seen, labels = _targets(settings, X, now.labels)
        learner = model.fit(recipes.estimator(settings.recipe, settings.seed), seen, labels)
        fit_seconds = time.perf_counter() - fitting
        measured = _evaluate(learner, X, now)
        ranking_since = time.perf_counter()
        query = _query(learner, X, now, seen, labels) if len(now.askable) else None
        order = _rank(query, now)
        rank_seconds = time.perf_counter() - ranking_since
        guessed = _guess(project, learner, query, now, order, len(X))
    file = ranking.save(order, project.rankings, now.version)
    finished = Round(
        version=now.version,
        reason=reason,
        log_seq=now.log_seq,
        labels=len(labels),
        pool=len(now.askable),
        strategy=settings.strategy,
        fit_seconds=fit_seconds,
        rank_seconds=rank_seconds,
        round_seconds=time.perf_counter() - started,
    )
    tail = tasks.get(settings.task).TAIL
    pointer = Pointer(now.version, file, settings.strategy, order.head, tail, guesses=guessed)
    is_published = False
    try:
        is_published = _publish(project, now, finished, measured, pointer)
    finally:
        if not is_published:  # they may hold words that were erased
            guesses.discard(project.guesses, guessed)
    if not is_published:
        return None
    in_use = rounds.ranking(project.store.read)
    ranking.prune(project.rankings, in_use=in_use.file if in_use else file)
    return finished


def _targets(
    settings: Settings, X: NDArray[np.float32], labels: list[tuple[int, Value]]
) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """The rows of labeled items, and what is to be learned of them."""
    positions, values = zip(*labels, strict=True)
    return X[list(positions)], tasks.get(settings.task).targets(values, settings.classes)


def _evaluate(
    learner: Any, X: NDArray[np.float32], now: Snapshot
) -> tuple[Point, audit.Document | None]:
    """The point of the curve, and all else that the audit answers say."""
    correct, told = 0, None
    if now.truth:
        seen, truth = _targets(now.settings, X, now.truth)
        said = learner.predict(seen)
        correct = evaluation.hits(said, truth)
        answered = [position for position, _ in now.truth]
        sure = audit.sure_of(learner, X, answered, now.audited) if truth.ndim == 1 else None
        rng = np.random.default_rng([now.settings.seed, now.version])
        told = audit.document(now.settings.classes, truth, said, sure, rng)
    accuracy, low, high = evaluation.accuracy(correct, len(now.truth))
    point = Point(now.version, len(now.labels), len(now.truth), correct, accuracy, low, high)
    return point, told


def _query(
    learner: Any,
    X: NDArray[np.float32],
    now: Snapshot,
    seen: NDArray[np.float32],
    labels: NDArray[Any],
) -> strategies.Query:
    """What a strategy looks at: every askable item."""
    rng = np.random.default_rng([now.settings.seed, now.version])
    labeled = np.array([position for position, _ in now.labels], np.intp)
    # Nothing but the diary: the ranking must be the same whether we were restarted or not.
    memory = strategies.Memory(now.askable, labeled, diary=now.diary)
    pool = strategies.Selection(X, now.askable)  # X is mapped, and may be larger than memory
    return strategies.Query(pool, rng, model=learner, seen=seen, labels=labels, memory=memory)


def _rank(query: strategies.Query | None, now: Snapshot) -> Ranking:
    """The strategy's choice for the answers to come, then everything else as the task has it."""
    settings = now.settings
    if query is None:
        return Ranking(np.empty(0, ranking.ENTRY), head=0)
    head = schedule.batch_size(settings.retrain, len(now.labels), now.out)
    picks = strategies.get(settings.strategy)(query, head)
    tail = strategies.get(tasks.get(settings.task).TAIL)(query, query.n_pool)
    rest = ~np.isin(tail.positions, picks.positions)
    entries = np.empty(query.n_pool, ranking.ENTRY)
    entries["position"] = now.askable[np.concatenate([picks.positions, tail.positions[rest]])]
    entries["score"] = np.concatenate([picks.scores, tail.scores[rest]])
    return Ranking(entries, head=len(picks.positions))


def _guess(
    project: Project,
    learner: Any,
    query: strategies.Query | None,
    now: Snapshot,
    order: Ranking,
    n_items: int,
) -> str | None:
    """Save what the model makes of each askable item; None where it has no one class for it."""
    if query is None or "probabilities" not in query.gives():
        return None
    likeliest = guesses.likeliest(n_items, now.askable, query.proba())
    first = order.entries["position"][:EXPLAINED].tolist()
    classes = tuple(map(str, learner.estimator.classes_))
    pulls = _pulls(project, learner.estimator, first, likeliest)
    return guesses.save(Guesses(classes, likeliest, pulls), project.guesses, now.version)


def _pulls(
    project: Project, estimator: Any, positions: list[int], likeliest: NDArray[np.void]
) -> dict[str, list[Pull]]:
    """The words that pulled towards the likeliest class, away from the second, of some items."""
    vocabulary = FeatureCache(project.folder / "features").vocabulary()
    weights = getattr(estimator, "coef_", None)  # a linear model's, one row for each class
    is_of_pairs = hasattr(estimator, "support_vectors_")  # a row for each two classes, not for each
    if vocabulary is None or weights is None or is_of_pairs:
        return {}
    if len(weights) == 1:  # of two classes only the second one's are kept
        weights = np.vstack([-weights, weights])
    about = likeliest["classes"][positions]
    texts = [
        "\n".join(
            item.fields[name] for name, kind in project.settings.kinds.items() if kind == "text"
        )
        for item in items.at(project.store.read, positions)
    ]
    pulls = vocabulary.pulls(
        texts, [weights[first] - weights[second] for first, second, *_ in about]
    )
    return {str(position): found for position, found in zip(positions, pulls, strict=True)}


def _publish(
    project: Project,
    now: Snapshot,
    finished: Round,
    measured: tuple[Point, audit.Document | None],
    pointer: Pointer,
) -> bool:
    """Put the round into force; False if something was erased since its snapshot."""
    made_by = {
        "python": sys.version.split()[0],
        **{name: version_of(name) for name in ("askwell", "scikit-learn", "numpy", "modAL-python")},
    }
    recipe = {"recipe": now.settings.recipe, "seed": now.settings.seed, "versions": made_by}
    if now.diary:
        recipe["diary"] = now.diary
    with project.store.write() as db:
        if log.latest_seq(db, "erase") != now.erasure:
            return False
        event = f"{log.OURS}round-{finished.version}"
        log.append(db, [Event(event, "round", rounds.TRAINER, value=asdict(finished) | recipe)])
        rounds.publish(db, finished, *measured)
        rounds.point_at(db, pointer)
        # What came in or came back while this round worked is asked all the same, after the rest.
        late = items.reopened_since(db, finished.log_seq)
        ranking.follow(db, project.rankings, late, now.settings.seed)
    return True
