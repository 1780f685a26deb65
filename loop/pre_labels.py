"""Pre-labels: the newest model's labels of items that nobody answered, where it is sure enough.

How often they are right is measured on answered audit items of which the model is as sure: random
ones, that it never learned from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop import guesses
from loop.errors import LoopError
from loop.evaluation import LEAST_AUDIT
from loop.guesses import Guesses
from loop.project import Project
from loop.quality import threshold
from loop.quality.share import Estimate, share
from loop.quality.threshold import RISK, Audited
from loop.store import Database, items, rounds
from loop.tasks import Value


class PreLabelError(LoopError):
    """Pre-labels that there cannot be."""


@dataclass(frozen=True)
class Wanted:
    """From which confidence on: this one, or the lowest with which the model is right so often."""

    confidence: float | None = None
    precision: float | None = None

    def __post_init__(self) -> None:
        if self.confidence is not None and not 0 < self.confidence <= 1:
            raise PreLabelError(
                f"A confidence is above 0 and at most 1, as 0.95, not {self.confidence}."
            )
        if self.precision is not None and not 0 < self.precision < 1:
            raise PreLabelError(
                f"A precision to reach is between 0 and 1, as 0.97, not {self.precision}."
            )


@dataclass(frozen=True)
class PreLabels:
    """Which items, what the model says of them, and what is known of how often it is right."""

    model: int  #: its version
    wanted: Wanted
    confidence: float  #: from which on
    positions: NDArray[np.int64]  #: (n,) ascending
    labels: Sequence[str]  #: (n,) as the classes are called now
    sure: NDArray[np.float64]  #: (n,)
    pool: int  #: items
    unanswered: int  #: of these
    answers: int  #: audit answers of at least that confidence
    precision: Estimate | None  #: of these, the share that is right; None where they are too few

    def told(self) -> dict[str, Any]:
        """What a manifest says of them."""
        known = self.precision
        return {
            "model_version": self.model,
            "confidence": self.confidence,
            "items": len(self.positions),
            "share_of_pool": len(self.positions) / self.pool,
            "unanswered": self.unanswered,
            "audited": {
                "answers": self.answers,
                "least": LEAST_AUDIT,
                "precision": known.value if known else None,
                "ci95": [known.low, known.high] if known else None,
            },
            "chosen_for": self.wanted.precision,
        }


def of(project: Project, db: Database, wanted: Wanted) -> PreLabels:
    """The pre-labels of the items as *db* sees them. Raises `PreLabelError` where there are none.

    That is without a model, without what it made of the items, and where no threshold is known to
    reach the precision wanted.
    """
    from loop import consensus  # noqa: PLC0415 - scipy, which no page waits for

    settings = project.terms(db).settings
    if settings.task != "classify":
        raise PreLabelError(
            "Pre-labels are of projects where each item has one class; the task here is "
            f"{settings.task!r}."
        )
    version, guessed = _guessed(project, db)
    positions, places, sure = _open(db, guessed)
    truth = dict(consensus.labels(db, settings, items.AUDIT))
    audited = _audited(guessed, truth, settings.now)
    confidence = wanted.confidence or _lowest(wanted.precision or 0, audited, sure)
    is_sure, right = sure >= confidence, audited.right[audited.sure >= confidence]
    return PreLabels(
        model=version,
        wanted=wanted,
        confidence=confidence,
        positions=positions[is_sure],
        labels=[settings.now(guessed.classes[place]) for place in places[is_sure]],
        sure=sure[is_sure],
        pool=items.count(db, items.POOL),
        unanswered=len(items.unanswered(db)),
        answers=len(right),
        precision=share(int(right.sum()), len(right)) if len(right) >= LEAST_AUDIT else None,
    )


def in_words(told: dict[str, Any]) -> str:
    """What there is to say of pre-labels, by what their manifest says."""
    audited, wanted = told["audited"], told["chosen_for"]
    words = (
        f"Model {told['model_version']} labels {told['items']:,} of {told['unanswered']:,} items "
        f"that nobody answered ({told['share_of_pool']:.1%} of the pool): those of which it is at "
        f"least {told['confidence']:g} sure. "
    )
    if audited["precision"] is None:
        words += (
            "How often it is right there is not known yet "
            f"({audited['answers']} of {audited['least']} audit answers)."
        )
    else:
        low, high = audited["ci95"]
        words += (
            f"Of {audited['answers']} audit items of which it is as sure, it is right on "
            f"{audited['precision']:.1%} (95 % {low:.1%}–{high:.1%})."
        )
    if wanted is not None:
        words += (
            f" This confidence was chosen on these answers, as the lowest that is right on "
            f"{wanted:.1%}; that is missed in at most {RISK:.0%} of such choices."
        )
    return words


def _lowest(precision: float, audited: Audited, pool: NDArray[np.float64]) -> float:
    found = threshold.lowest(precision, audited, pool)
    if found is None:
        raise PreLabelError(
            f"Of no confidence do the {len(audited.sure)} audit answers say that the model is "
            f"right on {precision:.1%} of what it is as sure of. That takes "
            f"{threshold.least_answers(precision)} of them there where one is wrong, and more with "
            "each other. Answer more, or ask for less."
        )
    return found


def _guessed(project: Project, db: Database) -> tuple[int, Guesses]:
    """The newest model, and what it makes of the items."""
    pointer, settings = rounds.ranking(db), project.terms(db).settings
    if pointer is None or not pointer.version:
        why = f": {settings.no_rounds}" if settings.no_rounds else " yet"
        raise PreLabelError(f"There is no model of this project{why}, so it labels nothing.")
    guessed = guesses.load(project.guesses, pointer.guesses)
    if not len(guessed.entries) or guessed.audit is None:
        raise PreLabelError(
            f"What model {pointer.version} makes of the items is not there; the next model brings "
            f"it: askwell train {project.folder}"
        )
    return pointer.version, guessed


def _open(
    db: Database, guessed: Guesses
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The unanswered items with a guess: position, place of the likeliest class, probability."""
    positions = np.array(items.unanswered(db), np.int64)
    positions = positions[positions < len(guessed.entries)]  # later ones came in after the model
    entries = guessed.entries[positions]
    places = entries["classes"][:, 0].astype(np.int64)
    there = places >= 0
    return positions[there], places[there], entries["proba"][there, 0].astype(np.float64)


def _audited(
    guessed: Guesses, truth: Mapping[int, Value], now: Callable[[Value], Value]
) -> Audited:
    """The audit items with an answer, by now, that the model guessed at."""
    said = {int(position): one for position, one in (guessed.audit or {}).items()}
    both = [(said[position], now(label)) for position, label in truth.items() if position in said]
    return Audited(
        np.array([sure for (_, sure), _ in both], np.float64),
        np.array([now(label) == true for (label, _), true in both], bool),
    )
