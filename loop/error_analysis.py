"""Where is the newest model wrong, and which items of the pool are like that? For people to see.

All of it comes of audit items; what it leads to are never those, see `loop.bulk`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loop import clusters, slices
from loop.bulk_choice import Choice
from loop.project import Project
from loop.quality.confusion import Confusion, Pair, confusion
from loop.quality.share import Estimate
from loop.settings import Settings
from loop.slices import Slice
from loop.store import Database, items, rounds, standings, withdrawn
from loop.store.items import Item
from loop.tasks import Value


@dataclass(frozen=True)
class Mistake:
    """An audit item that the model takes for something else than people do."""

    item: Item
    truth: Value
    said: Value
    about: str  #: the class that the model is sure of; of several: that the item is of it, or not
    probability: float


@dataclass(frozen=True)
class Weak:
    """A slice that does worse than the rest, by chance or not."""

    words: str
    n: int
    accuracy: Estimate
    rest: Estimate
    p_holm: float
    is_worse: bool  #: by more than chance would let it
    like_it: Choice | None  #: the items of the pool in it; None where it cannot be asked for now


@dataclass(frozen=True)
class ErrorAnalysis:
    """What the audit answers say of the newest model's errors, in the classes of today."""

    answers: int
    wrong: int
    confusion: Confusion | None  #: None of several classes for an item
    mistakes: list[Mistake]  #: the surest first; without those still asked, or out of the project
    looked_at: int  #: slices
    slices: list[Weak]  #: below the rest, by their evidence


def error_analysis(project: Project) -> ErrorAnalysis | None:
    """All of it; None while there are too few audit answers, or no round since it was forgotten."""
    named = clusters.newest(project.clusters)
    telling = clusters.load(project.clusters, named).words if named else ()
    with project.store.snapshot() as db:
        settings = project.terms(db).settings
        quality, told = rounds.quality(db), rounds.analysis(db)
        if quality is None or told is None:
            return None
        cells = quality["confusion"]
        return ErrorAnalysis(
            answers=quality["answers"],
            wrong=told["wrong"],
            confusion=cells and confusion(cells, settings.classes, settings.now),
            mistakes=_mistakes(db, settings, told["mistakes"]),
            looked_at=told["slices"]["looked_at"],
            slices=[
                _weak(settings, one, telling if told["clusters"] == named else None)
                for one in told["slices"]["slices"]
            ],
        )


def like(pair: Pair) -> Choice:
    """The items of the pool that may well be taken for each other likewise."""
    return Choice(says=pair.said, second=pair.truth)


def _mistakes(db: Database, settings: Settings, told: Sequence[Mapping[str, Any]]) -> list[Mistake]:
    """Those of items that nobody else is to judge yet, and that are mistakes by today's classes."""
    shown = [
        one
        for one in told
        if settings.now(one["truth"]) != settings.now(one["said"])
        and standings.are_closed(db, [one["position"]])
        and not withdrawn.is_out(db, one["position"])
    ]
    about = items.at(db, [one["position"] for one in shown])
    return [
        Mistake(
            item,
            settings.now(one["truth"]),
            settings.now(one["said"]),
            settings.now(one["about"]),
            one["probability"],
        )
        for item, one in zip(about, shown, strict=True)
    ]


def _weak(
    settings: Settings, told: Mapping[str, Any], telling: Sequence[Sequence[str]] | None
) -> Weak:
    """A slice as of today; *telling* are the words of each cluster, None if those are others."""
    one = Slice(**told["slice"])
    if one.by == "said":
        one = Slice("said", value=settings.now(one.value))
    number = int(one.value or 0) if one.by == "cluster" else None
    words: Sequence[str] = ()
    like_it: Choice | None = Choice(part=one)
    if one.by == "said":
        like_it = Choice(says=one.value)
    elif number is not None:
        is_known = telling is not None and number < len(telling)
        like_it = Choice(cluster=number) if is_known else None
        words = telling[number] if telling is not None and is_known else ()
    return Weak(
        words=slices.in_words(one, words),
        n=told["n"],
        accuracy=Estimate(**told["accuracy"]),
        rest=Estimate(**told["rest"]),
        p_holm=told["p_holm"],
        is_worse=told["is_worse"],
        like_it=like_it,
    )
