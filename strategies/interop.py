"""Across the border: modAL's and scikit-activeml's strategies as ours, and ours as modAL's.

Neither says which way its measure goes, and both are told apart by their conventions alone, so
what comes from them has its place as its score: n for the first of n picks, 1 for the last.
"""

import inspect
from collections.abc import Callable
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from strategies.contract import Picks, Positions, Query, Scores, Strategy
from strategies.errors import BadPicks, BadQuery
from strategies.models import copyable
from strategies.registry import get
from strategies.selection import Selection

MODAL_NEEDS = frozenset({"labels", "probabilities"})


def from_modal(strategy: Callable[..., Any], name: str = "") -> Strategy:
    """A modAL query strategy, called as `strategy(learner, X_pool, n_instances=n)`, as one of ours.

    What it returns must be modAL's pair of positions and measures. Raises `BadPicks` where it is
    not: modAL itself would take the second of two positions for a measure.
    """
    called = name or getattr(strategy, "__name__", type(strategy).__name__)

    def choose(query: Query, n: int) -> Picks:
        pool = np.asarray(query.pool) if isinstance(query.pool, Selection) else query.pool
        found = strategy(_as_learner(query), pool, n_instances=n)
        if not isinstance(found, tuple) or len(found) != 2:
            raise BadPicks(
                f"{called!r} returned {type(found).__name__}, where modAL wants a pair: the "
                "positions, and what each was measured at."
            )
        positions = np.atleast_1d(np.asarray(found[0], np.intp))
        if len(np.atleast_1d(found[1])) != len(positions):
            raise BadPicks(
                f"{called!r} returned {len(positions)} positions and "
                f"{len(np.atleast_1d(found[1]))} measures; modAL wants one for each."
            )
        return _placed(positions)

    return Strategy(called, f"{called} (modAL)", MODAL_NEEDS, "O(?)", choose)


def as_modal(name: str, seed: int = 0) -> Callable[..., tuple[Positions, Scores]]:
    """One of our strategies as modAL calls them: it returns positions and scores, best first.

    `ActiveLearner(estimator, query_strategy=as_modal("k-center"), …)`. Raises `UnknownStrategy`.
    """
    strategy = get(name)
    rng = np.random.default_rng(seed)

    def query_strategy(
        classifier: Any, X_pool: Any, n_instances: int = 1, **_: Any
    ) -> tuple[Positions, Scores]:
        seen = {"seen": classifier.X_training, "labels": np.asarray(classifier.y_training)}
        known = seen if classifier.X_training is not None else {}
        picks = strategy(Query(X_pool, rng, model=classifier, **known), n_instances)
        return picks.positions, picks.scores

    return query_strategy


def from_skactiveml(strategy: Any, name: str = "") -> Strategy:
    """A pool-based strategy object of scikit-activeml as one of ours.

    A strategy that asks for `clf` trains a copy of the query's model anew. Raises
    `BadQuery` for sparse rows, which scikit-activeml does not take.
    """
    called = name or type(strategy).__name__
    takes_model = "clf" in inspect.signature(strategy.query).parameters
    needs = frozenset({"labels", "probabilities"} if takes_model else ())

    def choose(query: Query, n: int) -> Picks:
        if sparse.issparse(query.pool):
            raise BadQuery(f"{called!r} is scikit-activeml's, which takes no sparse rows.")
        seen = query.pool[:0] if query.seen is None else query.seen
        classes, codes = np.unique(
            [] if query.labels is None else query.labels, return_inverse=True
        )
        rows = np.concatenate([seen, query.pool])
        known = np.append(codes.astype(float), np.full(query.n_pool, np.nan))
        given = {"clf": _as_classifier(query, len(classes))} if takes_model else {}
        candidates = np.arange(len(codes), len(rows))
        found = deepcopy(strategy).query(rows, known, candidates=candidates, batch_size=n, **given)
        return _placed(np.asarray(found, np.intp) - len(codes))

    return Strategy(called, f"{called} (scikit-activeml)", needs, "O(?)", choose)


def _placed(positions: NDArray[np.intp]) -> Picks:
    return Picks(positions, np.arange(len(positions), 0, -1.0))


def _as_learner(query: Query) -> Any:
    """What modAL's measures ask of a learner."""
    model: Any = query.model
    return SimpleNamespace(
        predict_proba=model.predict_proba,
        predict=model.predict,
        estimator=model,
        X_training=query.seen,
        y_training=query.labels,
        on_transformed=False,
    )


def _as_classifier(query: Query, n_classes: int) -> Any:
    from skactiveml.classifier import SklearnClassifier  # noqa: PLC0415 - no dependency of ours

    return SklearnClassifier(copyable(query), classes=range(n_classes), random_state=0)
