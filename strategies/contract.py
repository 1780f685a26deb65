"""The contract between a query strategy and whoever asks it: `Query` in, `Picks` out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from strategies.errors import BadPicks, BadQuery, BadScores
from strategies.selection import Selection
from strategies.strengths import ANSWERS, are_contrasts

Scores: TypeAlias = NDArray[np.floating[Any]]
Positions: TypeAlias = NDArray[np.intp]
Rows: TypeAlias = NDArray[np.floating[Any]] | sparse.csr_array | sparse.csr_matrix
Matrix: TypeAlias = Rows | Selection

CHUNK = 65_536  # rows scored at once; fixed, so that results never depend on the number of jobs
RESOLUTION = 1e-6  # scores closer than this are ties, whatever the processor's rounding


class Model(Protocol):
    """What a strategy may ask of a fitted classifier."""

    def predict_proba(self, X: Any) -> NDArray[np.floating[Any]]:
        """Return class probabilities, shape (n_rows, n_classes)."""


def chunks(n: int, size: int = CHUNK) -> Iterator[slice]:
    """Cut *n* rows into slices at fixed borders."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


@dataclass
class Memory:
    """What one query leaves to the next about the same matrix of rows, of which fewer are open.

    Whoever asks makes one for each matrix and hands it on with every query. What is `kept` only
    saves time and may be lost; what stands in the `diary` was learned and cannot be found again.
    """

    rows: Positions  #: (n_pool,), where each row of this query's pool stands in the matrix
    seen_rows: Positions  #: (n_seen,), the same for its labeled rows
    kept: dict[str, Any] = field(default_factory=dict)  #: by strategies, from query to query
    diary: dict[str, Any] = field(default_factory=dict)  #: the same, of what JSON can say

    def spread(self, values: NDArray[Any], empty: float) -> NDArray[Any]:
        """Values of the pool, (n_pool,), by row of the matrix; *empty* where there is none."""
        every = np.full(int(self.rows.max()) + 1, empty, values.dtype)
        every[self.rows] = values
        return every

    def gathered(self, every: NDArray[Any], empty: float) -> NDArray[Any] | None:
        """What `spread` made, for the rows of this query; None if one is not in it."""
        if self.rows.max() >= len(every):
            return None
        values = every[self.rows]
        return None if (values == empty).any() else values


@dataclass(frozen=True)
class Query:
    """All that a strategy may look at. Row i of `pool` is position i, always.

    Raises `BadQuery` when the pool is empty or the parts do not fit together.
    """

    pool: Matrix  #: (n_pool, n_features), every item that may be asked, never empty; by slices
    rng: np.random.Generator  #: the only source of chance
    model: Model | None = None  #: fitted on `seen` and `labels`
    seen: Rows | None = None  #: (n_seen, n_features), the labeled rows
    labels: NDArray[Any] | None = None  #: (n_seen,) classes, or (n_seen, n_classes) indicators
    embedding: Matrix | None = None  #: (n_pool, n_dims), for distances; `pool` where absent
    seen_embedding: Rows | None = None  #: (n_seen, n_dims), the labeled rows in the same space
    committee: Sequence[Model] | None = None  #: fitted on `seen` and `labels`, each in its own way
    costs: NDArray[Any] | None = None  #: (n_classes, n_classes), of taking class i for class j
    answers: NDArray[Any] | None = None  #: (n_pool, n_people), -1 or a place in the model's classes
    memory: "Memory | None" = None  #: what earlier queries about the same rows left

    def __post_init__(self) -> None:
        if self.pool.shape[0] == 0:
            raise BadQuery("The pool is empty: there is nothing to choose from.")
        if (self.seen is None) != (self.labels is None):
            raise BadQuery("`seen` and `labels` go together: give both or neither.")
        seen = 0 if self.seen is None else self.seen.shape[0]
        labels = 0 if self.labels is None else len(self.labels)
        if seen != labels:
            raise BadQuery(f"{seen} rows seen, but {labels} labels.")
        if self.embedding is not None and self.embedding.shape[0] != self.n_pool:
            raise BadQuery(f"{self.embedding.shape[0]} rows embedded, {self.n_pool} in the pool.")
        if self.answers is not None and len(self.answers) != self.n_pool:
            raise BadQuery(f"Answers about {len(self.answers)} rows, {self.n_pool} in the pool.")

    @property
    def n_pool(self) -> int:
        """Number of rows to choose from."""
        return cast(int, self.pool.shape[0])

    def gives(self) -> frozenset[str]:
        """What a strategy may need of a query, and this one has."""
        has_proba = hasattr(self.model, "predict_proba")
        several = self.labels is not None and self.labels.ndim == 2
        pairs = self.labels is not None and bool(np.isin(self.labels, ANSWERS).all())
        given = {
            "labels": self.labels is not None,
            "pairs": pairs,
            "systems": pairs and are_contrasts(self.seen),
            "differences": hasattr(getattr(self.model, "estimator", self.model), "differences"),
            "probabilities": has_proba and not several,
            "multi-label": has_proba and several,
            "costs": self.costs is not None,
            "answers": self.answers is not None,
            "memory": self.memory is not None,
        }
        return frozenset(need for need, is_given in given.items() if is_given)

    def proba(self) -> NDArray[np.float64]:
        """Class probabilities, shape (n_pool, n_classes), computed once and in chunks."""
        return self._proba

    @cached_property
    def _proba(self) -> NDArray[np.float64]:
        if self.model is None:
            raise BadQuery("This strategy needs class probabilities, and the query has no model.")
        from joblib import Parallel, delayed  # noqa: PLC0415 - see strategies.models

        first, *parts = chunks(self.n_pool)
        said = _said_of(self.model, self.pool[first])
        if not parts:
            return said
        found = np.empty((self.n_pool, said.shape[1]))
        found[first] = said

        def fill(part: slice) -> None:
            found[part] = _said_of(self.model, self.pool[part])

        # One after the other, unless the caller's `joblib.parallel_config` says how many may work:
        # threads, which put what they find where it belongs.
        Parallel(require="sharedmem")(delayed(fill)(part) for part in parts)
        return found


def _said_of(model: Any, rows: Any) -> NDArray[np.float64]:
    return np.asarray(model.predict_proba(rows), np.float64)


@dataclass(frozen=True)
class Picks:
    """What a strategy answers: the rows to ask, best first. Raises `BadPicks`."""

    positions: Positions  #: (n,), distinct rows of the pool, the most wanted first
    scores: Scores  #: (n,), higher = ask sooner

    def __post_init__(self) -> None:
        if len(self.positions) != len(self.scores):
            raise BadPicks(f"{len(self.positions)} positions, but {len(self.scores)} scores.")
        if len(np.unique(self.positions)) != len(self.positions):
            raise BadPicks("A position was picked twice.")


@dataclass(frozen=True)
class Strategy:
    """A query strategy and what people need to know of it. Call it with a query and *n*."""

    name: str  #: what users type
    label: str  #: what users read
    needs: frozenset[str]  #: of what `Query.gives` names
    cost: str  #: growth with the pool, such as "O(n)"
    choose: Callable[[Query, int], Picks] = field(repr=False)
    what: str = ""  #: what it does, and what its scores say
    formula: str = ""  #: of the score
    paper: str = ""  #: where it comes from
    when: str = ""  #: when to use it

    def __call__(self, query: Query, n: int) -> Picks:
        """Pick the min(n, n_pool) rows to ask next.

        Raises `BadPicks` or `BadScores` if the strategy breaks its contract.
        """
        if n < 1:
            raise BadQuery(f"Asked {self.name!r} for {n} picks; ask for at least 1.")
        if lacking := sorted(self.needs - query.gives()):
            raise BadQuery(f"{self.name!r} needs {', '.join(lacking)}, which the query has not.")
        wanted = min(n, query.n_pool)
        picks = self.choose(query, wanted)
        if len(picks.positions) != wanted:
            raise BadPicks(f"{self.name!r} picked {len(picks.positions)} rows, not {wanted}.")
        if picks.positions.min() < 0 or picks.positions.max() >= query.n_pool:
            raise BadPicks(f"{self.name!r} picked outside 0–{query.n_pool - 1}.")
        if not np.isfinite(picks.scores).all():
            raise BadScores(f"{self.name!r} gave a pick the score NaN or infinity.")
        return picks


def steps_of(scores: Scores) -> NDArray[np.float64]:
    """Scores in whole steps of the resolution: what is compared wherever two may be tied."""
    return np.round(np.asarray(scores, float) / RESOLUTION)


def top(scores: Scores, n: int, rng: np.random.Generator) -> Positions:
    """Positions of the *n* highest scores, best first; ties in seeded random order.

    Costs one partition of the scores and a sort of the finalists. Raises `BadScores`
    at the first score that is NaN or infinite.
    """
    finite = np.isfinite(scores)
    if not finite.all():
        raise BadScores(f"Position {int(np.argmin(finite))} has the score {scores[~finite][0]}.")
    n = min(n, len(scores))
    steps = steps_of(scores)
    bar = np.partition(steps, len(steps) - n)[len(steps) - n]
    above, level = np.flatnonzero(steps > bar), np.flatnonzero(steps == bar)
    finalists = np.concatenate([above, rng.permutation(level)[: n - len(above)]])
    shuffled = rng.permutation(finalists)
    return shuffled[np.argsort(-steps[shuffled], kind="stable")]
