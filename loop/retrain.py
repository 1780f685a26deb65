"""One round: fit on the log as it stands, evaluate, rank the whole pool, publish."""

import hashlib
import sys
import time
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version as version_of
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import strategies
from loop import (
    asking_again,
    evaluation,
    guesses,
    guessing,
    model,
    ranking,
    recipes,
    schedule,
    snapshot,
    tasks,
)
from loop.asking_again import Doubtful
from loop.features import FeatureCache
from loop.guesses import Guesses
from loop.media import MediaFolder
from loop.project import Project
from loop.quality import analysis, audit, pairwise
from loop.ranking import Ranking
from loop.settings import Settings
from loop.snapshot import Snapshot
from loop.store import Database, items, log, rounds
from loop.store.log import Event
from loop.store.rounds import Point, Pointer, Round
from loop.tasks import Value, compare


@dataclass(frozen=True)
class Made:
    """What came of a round, before anybody sees it."""

    n_labels: int
    point: Point
    quality: audit.Document | None
    analysis: analysis.Document | None
    order: Ranking
    again: list[Doubtful]  #: what stands first in it
    guessed: Guesses | None  #: None where the model has no one class for an item
    digests: dict[str, str]  #: SHA-256 of the model, by what it says of the pool, and the ranking
    fit_seconds: float
    rank_seconds: float


def features(project: Project, settings: Settings | None = None) -> NDArray[np.float32]:
    """The matrix of all items, computed once and then memory-mapped from the cache.

    It is what the recipe in force reads, or that of *settings*.
    """
    db = project.store.read
    cache = FeatureCache(project.folder / "features")
    while True:
        erasure = log.latest_seq(db, "erase")
        X = matrix(db, settings or project.settings, cache, project.media)
        if log.latest_seq(db, "erase") == erasure:
            return X  # else it may hold what was erased while it was computed; the next one sweeps


def matrix(
    db: Database, settings: Settings, cache: FeatureCache, media: MediaFolder
) -> NDArray[np.float32]:
    """The matrix of all items that *db* has."""
    data = [row["value"]["fingerprint"] for row in log.of_kind(db, "import")]
    data += [row["event_id"] for row in log.of_kind(db, "erase") if row["position"] is not None]
    with threadpool_limits(1):  # same bits on every machine, and a core left for the people
        return cache.matrix(
            recipes.reads(settings.recipe, settings.read, settings.seed),
            items=lambda: [item.fields | item.meta for item in items.every(db)],
            pool=items.positions(db, items.POOL),
            data="-".join(data),
            media=media,
        )


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
    """One try, from the snapshot to the publication; None where it was overtaken.

    That is by an erasure, or by an import: the features of a round are of the items it knew.
    """
    now = snapshot.of(project)
    X = features(project, now.settings)
    if len(X) != now.n_items:
        return None
    made = work_out(project, now, X, FeatureCache(project.folder / "features"))
    file = ranking.save(made.order, project.rankings, now.version)
    guessed = None
    if made.guessed is not None:
        guessed = guesses.save(made.guessed, project.guesses, now.version)
    agreement, kappa = _agreement(project, now.settings, made.guessed)
    finished = Round(
        version=now.version,
        reason=reason,
        log_seq=now.log_seq,
        labels=made.n_labels,
        pool=len(now.askable),
        strategy=now.settings.strategy,
        fit_seconds=made.fit_seconds,
        rank_seconds=made.rank_seconds,
        round_seconds=time.perf_counter() - started,
        agreement=agreement,
        kappa=kappa,
    )
    is_published = False
    try:
        is_published = _publish(project, now, finished, made, pointer(now, made, file, guessed))
    finally:
        if not is_published:  # they may hold words that were erased
            guesses.discard(project.guesses, guessed)
    if not is_published:
        return None
    in_use = rounds.ranking(project.store.read)
    ranking.prune(project.rankings, in_use=in_use.file if in_use else file)
    return finished


def work_out(project: Project, now: Snapshot, X: NDArray[np.float32], cache: FeatureCache) -> Made:
    """What comes of a snapshot and its matrix, which *cache* has made; nothing is published."""
    settings = now.settings
    with threadpool_limits(1):
        fitting = time.perf_counter()
        seen, labels = targets(settings, X, now.labels)
        unfitted = recipes.estimator(settings.recipe, settings.seed, settings.modality)
        learner = model.fit(
            unfitted, seen, labels, strategies.Selection(X, now.askable), now.weights
        )
        fit_seconds = time.perf_counter() - fitting
        point, quality, where_wrong = _evaluate(project, learner, X, now, cache)
        ranking_since = time.perf_counter()
        query = _query(learner, X, now, seen, labels) if len(now.askable) else None
        again = asking_again.doubtful(now, seen, X)
        order = _rank(query, now, again)
        rank_seconds = time.perf_counter() - ranking_since
        guessed = None
        if query is not None and "probabilities" in query.gives():
            likeliest = guesses.likeliest(now.n_items, now.askable, query.proba())
            guessed = guessing.guess(project, learner.estimator, order, likeliest, cache)
            guessed = replace(guessed, audit=_of_audit(learner, X, now, guessed.classes))
        return Made(
            n_labels=len(labels),
            point=point,
            quality=quality,
            analysis=where_wrong,
            order=order,
            again=again,
            guessed=guessed,
            digests={"model": _digest(learner, query, seen), "ranking": ranking.digest(order)},
            fit_seconds=fit_seconds,
            rank_seconds=rank_seconds,
        )


def pointer(now: Snapshot, made: Made, file: str, guessed: str | None) -> Pointer:
    """The row that puts a round's ranking in use."""
    tail = tasks.get(now.settings.task).tail
    strategy = now.settings.strategy
    order = made.order
    return Pointer(
        now.version, file, strategy, order.head, tail, guesses=guessed, again=order.again
    )


def record(now: Snapshot, made: Made) -> dict[str, Any]:
    """What a round leaves in the log beside its figures: enough to do it again, and compare."""
    told = {
        "recipe": now.settings.recipe,
        "seed": now.settings.seed,
        "versions": versions(),
        "out": now.out,
        "point": asdict(made.point),
        "digests": made.digests,
    }
    again = [(one.position, one.wanted) for one in made.again]
    return told | ({"diary": now.diary} if now.diary else {}) | ({"again": again} if again else {})


def versions() -> dict[str, str]:
    """Of what makes a round."""
    packages = ("askwell", "scikit-learn", "numpy", "modAL-python")
    return {"python": sys.version.split()[0], **{name: version_of(name) for name in packages}}


def _digest(learner: Any, query: strategies.Query | None, seen: NDArray[np.float32]) -> str:
    """The model as what it says of all open and labeled items: any model can be asked that.

    It costs no fit, and where the ranking went by probabilities little more than the hash itself.
    """
    said = hashlib.sha256(np.asarray(learner.predict_proba(seen), np.float64).tobytes())
    if query is not None:
        said.update(query.proba().tobytes())
    return said.hexdigest()


def targets(
    settings: Settings, X: NDArray[np.float32], labels: list[tuple[int, Value]]
) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """The rows of labeled items, and what is to be learned of them."""
    positions, values = zip(*labels, strict=True)
    return X[list(positions)], tasks.get(settings.task).targets(values, settings.classes)


def _evaluate(
    project: Project, learner: Any, X: NDArray[np.float32], now: Snapshot, cache: FeatureCache
) -> tuple[Point, audit.Document | None, analysis.Document | None]:
    """The point of the curve, and all else that the audit answers say."""
    correct, told, where_wrong = 0, None, None
    if now.truth:
        seen, truth = targets(now.settings, X, now.truth)
        said = learner.predict(seen)
        correct = evaluation.hits(said, truth)
        answered = [position for position, _ in now.truth]
        sure = audit.sure_of(learner, X, answered, now.audited) if truth.ndim == 1 else None
        rng = np.random.default_rng([now.settings.seed, now.version])
        told = audit.document(now.settings.classes, truth, said, sure, rng)
        if told and now.settings.task == compare.TASK.name:
            names = [str(name) for name in learner.estimator.classes_]
            told |= {"pairwise": pairwise.document(names, learner.predict_proba(seen), truth, rng)}
        beside = cache.folder.with_name(project.clusters.name)
        where_wrong = analysis.document(project, now, learner, X, (truth, said), beside)
    accuracy, low, high = evaluation.accuracy(correct, len(now.truth))
    point = Point(now.version, len(now.labels), len(now.truth), correct, accuracy, low, high)
    return point, told, where_wrong


def _of_audit(
    learner: Any, X: NDArray[np.float32], now: Snapshot, classes: tuple[str, ...]
) -> dict[str, guesses.Likeliest]:
    """What the model makes of each audit item; see `Guesses`."""
    positions = [one.position for one in now.audited]
    if not positions:
        return {}
    return guesses.of_audit(classes, positions, learner.predict_proba(X[positions]))


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


def _rank(query: strategies.Query | None, now: Snapshot, again: list[Doubtful]) -> Ranking:
    """What is asked again, the strategy's choice for the answers to come, then everything else."""
    settings = now.settings
    first = np.array([(one.position, one.confidence) for one in again], ranking.ENTRY)
    if query is None:
        return Ranking(first, head=0, again=len(first))
    head = schedule.batch_size(settings.retrain, len(now.labels), now.out)
    picks = strategies.get(settings.strategy)(query, head)
    tail = strategies.get(tasks.get(settings.task).tail)(query, query.n_pool)
    rest = ~np.isin(tail.positions, picks.positions)
    entries = np.empty(query.n_pool, ranking.ENTRY)
    entries["position"] = now.askable[np.concatenate([picks.positions, tail.positions[rest]])]
    entries["score"] = np.concatenate([picks.scores, tail.scores[rest]])
    return Ranking(np.concatenate([first, entries]), len(picks.positions), len(first))


def _agreement(
    project: Project, settings: Settings, guessed: guesses.Guesses | None
) -> tuple[float | None, float | None]:
    """How far the model agrees with the one before; unknown where that was of another recipe."""
    before, last = rounds.ranking(project.store.read), log.latest(project.store.read, "round")
    if not (before and last and guessed) or last["value"]["recipe"] != settings.recipe:
        return None, None
    old = guesses.load(project.guesses, before.guesses)
    return guesses.agreement(old, guessed, settings.renamed) or (None, None)


def _publish(
    project: Project, now: Snapshot, finished: Round, made: Made, pointer: Pointer
) -> bool:
    """Put the round into force; False if something was erased since its snapshot."""
    told = asdict(finished) | record(now, made)
    with project.store.write() as db:
        if log.latest_seq(db, "erase") != now.erasure:
            return False
        event = f"{log.OURS}round-{finished.version}"
        log.append(db, [Event(event, "round", rounds.TRAINER, value=told)])
        rounds.publish(db, finished, made.point, made.quality, made.analysis)
        usual = project.terms(db).settings.usual
        log.want(db, rounds.again(db, usual), usual)
        rounds.point_at(db, pointer)
        # What came in or came back while this round worked is asked all the same, after the rest.
        late = items.reopened_since(db, finished.log_seq)
        ranking.follow(db, project.rankings, late, now.settings.seed)
    return True
