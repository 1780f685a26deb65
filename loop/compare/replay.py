"""A project's own labels, asked for again: what would another strategy have reached with them?"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from loop import consensus, model, recipes, replays, retrain, tasks
from loop.compare import bias
from loop.compare.bias import Bound, Share
from loop.compare.cell import Split
from loop.compare.sets import held_out, n_rows_left
from loop.errors import SettingsError
from loop.estimators import folds
from loop.evaluation import LEAST_AUDIT, hits
from loop.features import VERSION
from loop.media import MediaFolder
from loop.project import Project
from loop.store import Database, items, log, standings

FOLDS = 5  # of the labels, for the bound
FITTED = 5_000  # items without a label, at most, that features are fitted on as well


@dataclass(frozen=True)
class Features:
    """The features of some rows: the trainer's own, or without the words of those held out."""

    trained: NDArray[np.float32]  #: (n_rows, n_features), as the trainer has them
    fields: Sequence[Mapping[str, Any]]  #: of the rows, then of items that are fitted on as well
    kinds: Mapping[str, str]
    seed: int
    media: MediaFolder
    recipe: str  #: what reads them

    def without(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """All rows, (n_rows, n_features), by what is fitted on the others."""
        if not self.fields:
            return self.trained
        fitted = np.setdiff1d(np.arange(len(self.fields)), rows)
        every = [dict(one) for one in self.fields]
        with threadpool_limits(1):
            reads = recipes.reads(self.recipe, self.kinds, self.seed)
            return reads.of(every, fitted.tolist(), self.media)[: len(self.trained)]


@dataclass(frozen=True)
class Replay:
    """The labels of a project as rows that may be asked, tested on its audit answers.

    Below `LEAST_AUDIT` of these some labels are held out instead, and the answers there are unused.
    It is a data set (`sets.DataSet`); make it with `replayed`.
    """

    name: str
    y: NDArray[Any]  #: (n_rows,), the labels in order of position, then the audit answers
    n_audit: int
    features: Features
    chosen_by: Mapping[str, int]  #: reason → labels

    @property
    def n_test(self) -> int:
        """How many of the last rows are tested on; 0: labels are held out."""
        return self.n_audit if self.n_audit >= LEAST_AUDIT else 0

    @property
    def n_labels(self) -> int:
        """How many labels there are."""
        return len(self.y) - self.n_audit

    @cached_property
    def fingerprint(self) -> str:
        """By the features and answers of every row, and what else features are fitted on."""
        at = self.features
        digest = hashlib.sha256(
            json.dumps(
                [VERSION, at.trained.shape, self.n_audit, dict(at.kinds), at.seed, at.recipe],
            ).encode()
        )
        digest.update(at.trained.tobytes())
        digest.update("\0".join(self.y).encode())
        digest.update(json.dumps([*at.fields], sort_keys=True).encode())
        return digest.hexdigest()[:24]

    def n_pool(self, share: float) -> int:
        """See `DataSet`."""
        return n_rows_left(self.n_labels + self.n_test, self.n_test, share)

    @property
    def kind(self) -> str:
        """See `DataSet`."""
        return recipes.kind_of(self.features.kinds)

    def split(self, seed: int, share: float, recipe: str = "") -> Split:  # noqa: ARG002
        """See `DataSet`; beside the labels, features are fitted on items that have none.

        They are always those of the project's own recipe.
        """
        y = self.y[: self.n_labels + self.n_test]
        pool, test = held_out(y, self.n_test, seed, share)
        X = self.features.trained if self.n_test else self._features_without(test)
        return Split(X[pool], self.y[pool], X[test], self.y[test])

    @property
    def classes(self) -> list[str]:
        """The names of the classes that may be asked for or are tested on, sorted."""
        return [str(one) for one in np.unique(self.y[: self.n_labels + self.n_test])]

    def bias(self, recipe: str) -> dict[str, Any]:
        """What the replay cannot know; see `loop.compare.bias`. Raises what an estimator raises."""
        found = self._bound(recipe) if self.n_test else None
        return bias.told(self.chosen_by, self.n_audit, found)

    def _features_without(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Features of all rows, not fitted on *rows*, nor on any audit item."""
        return self.features.without(np.append(rows, np.arange(self.n_labels, len(self.y))))

    def _bound(self, recipe: str) -> Bound:
        """Models of four fifths of the labels, on the last fifth and on the audit answers."""
        labels, audit = np.arange(self.n_labels), np.arange(self.n_labels, len(self.y))
        fold_of = folds(self.y[labels], FOLDS, self.features.seed)
        right, audit_right = 0, 0
        for fold in range(FOLDS):
            left_out = labels[fold_of == fold]
            kept = labels[fold_of != fold]
            X = self._features_without(left_out)
            with threadpool_limits(1):
                unfitted = recipes.estimator(recipe, self.features.seed, self.kind)
                learner = model.fit(unfitted, X[kept], self.y[kept])
                right += hits(learner.predict(X[left_out]), self.y[left_out])
                audit_right += hits(learner.predict(X[audit]), self.y[audit])
        n = int((fold_of >= 0).sum())
        return bias.bound(
            Share(right / n, n), Share(audit_right / (FOLDS * len(audit)), len(audit))
        )


def replayed(project: Project) -> Replay:
    """The replay of a project as it stands. Raises `SettingsError` where there can be none."""
    with project.store.snapshot() as db:
        settings = project.terms(db).settings
        there = replays.material(settings, db)
        if why := replays.refused(settings, there):
            raise SettingsError(why)
        labels, truth = (
            dict(consensus.labels(db, settings, share)) for share in (items.POOL, items.AUDIT)
        )
        chosen_by = Counter(_reasons(db).values())
        rows = [*labels, *truth]
        fields = []
        if set(settings.kinds.values()) - {"image"}:  # pixels are the same, whatever else there is
            others = _without_label(db, labels, settings.seed)
            fields = [item.fields for item in items.at(db, [*rows, *others])]
        seq = log.end(db)
    values = [*labels.values(), *truth.values()]
    X = retrain.features(project)[rows]
    return Replay(
        f"{settings.name}, {len(labels):,} labels by row {seq:,}",
        tasks.get(settings.task).targets(values, settings.classes),
        len(truth),
        Features(X, fields, settings.kinds, settings.seed, project.media, settings.recipe),
        dict(chosen_by),
    )


def _reasons(db: Database) -> dict[int, str]:
    """Why each labeled item of the pool was asked, as the log has it."""
    return {
        row["position"]: row["strategy"]
        or (log.IMPORT if row["annotator"] == log.IMPORT else bias.UNTOLD)
        for row in standings.judgements(db)
        if row["kind"] == "label" and row["share"] == items.POOL
    }


def _without_label(db: Database, labels: Mapping[int, Any], seed: int) -> list[int]:
    """Positions of the pool that have no label; of very many, some drawn at random."""
    others = [position for position in items.positions(db, items.POOL) if position not in labels]
    if len(others) <= FITTED:
        return others
    drawn = np.random.default_rng(seed).choice(others, FITTED, replace=False)
    found: list[int] = np.sort(drawn).tolist()
    return found
