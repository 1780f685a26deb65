"""One label for each item: what was decided, what came with the data, or what its answers come to.

How several answers are put together is a setting, one of `loop.raters.NAMED`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from loop import tasks
from loop.dice import fall
from loop.raters import NAMED
from loop.raters.aggregation import Aggregation
from loop.raters.answers import Answers, codes
from loop.settings import Settings
from loop.store import Database, standings
from loop.tasks import Value

Said = tuple[int, str, Value]  # the position of an item, who, and the label by today's names


@dataclass(frozen=True)
class Consensus:
    """What several answers on one item come to."""

    position: int
    label: Value
    confidence: float  #: the posterior of the label; of several classes that of the least sure
    answers: int
    agree: int  #: of the answers, those that are the label


def labels(db: Database, settings: Settings, share: str) -> list[tuple[int, Value]]:
    """The label of each labeled item of one share, by position."""
    return [(position, label) for position, label, _ in weighed(db, settings, share)]


def weighed(db: Database, settings: Settings, share: str) -> list[tuple[int, Value, float]]:
    """The same, each with how sure it is: the posterior of several answers, 1 of all else."""
    found = {p: (settings.now(label), 1.0) for p, label in standings.labels(db, share)}
    found |= {one.position: (one.label, one.confidence) for one in every(db, settings, share)}
    return [(position, label, sure) for position, (label, sure) in found.items()]


def every(db: Database, settings: Settings, share: str) -> list[Consensus]:
    """What the answers come to on each item that has several and no decision, by position."""
    said = given(db, settings, share, least=2)
    return of(said, settings) if said else []


def given(db: Database, settings: Settings, share: str, least: int) -> list[Said]:
    """The answers on items that have at least so many and no decision.

    Of a task whose answers are texts or orders there are none: these come to nothing together.
    """
    if not tasks.get(settings.task).is_closed:
        return []
    return [(p, who, settings.now(label)) for p, who, label in standings.given(db, share, least)]


def of(said: Sequence[Said], settings: Settings) -> list[Consensus]:
    """What answers come to, in order of position; a person answers an item once at most."""
    by_position: dict[int, list[Value]] = {}
    for position, _, label in said:
        by_position.setdefault(position, []).append(label)
    if settings.task == "multilabel":
        found = _of_sets(said, settings, list(by_position))
    else:
        positions = list(by_position)
        one = of_classes(said, settings, positions)
        chosen = _consensus(one, positions, settings)
        named = [settings.classes[code] for code in chosen]
        found = list(zip(named, one.confidence.tolist(), strict=True))
    return [
        Consensus(position, label, confidence, len(given), given.count(label))
        for (position, given), (label, confidence) in zip(by_position.items(), found, strict=True)
    ]


def of_classes(said: Sequence[Said], settings: Settings, positions: Sequence[int]) -> Aggregation:
    """How likely each class is of each of *positions*, which all have answers."""
    return _aggregated(said, positions, settings, settings.classes.index, len(settings.classes))


def _of_sets(
    said: Sequence[Said], settings: Settings, positions: Sequence[int]
) -> list[tuple[Value, float]]:
    """The classes of each position: each is asked after on its own, as yes or no."""
    is_of = np.zeros((len(positions), len(settings.classes)), bool)
    least = np.ones(len(positions))
    for place, name in enumerate(settings.classes):
        found = _aggregated(said, positions, settings, lambda named: int(name in named), 2)  # noqa: B023 - called at once
        is_of[:, place] = _consensus(found, positions, settings, name)
        least = np.minimum(least, found.confidence)
    named = [[n for n, yes in zip(settings.classes, row, strict=True) if yes] for row in is_of]
    return list(zip(named, least.tolist(), strict=True))


def _aggregated(
    said: Sequence[Said],
    positions: Sequence[int],
    settings: Settings,
    code_of: Callable[[Value], int],
    n_classes: int,
) -> Aggregation:
    people = list(dict.fromkeys(who for _, who, _ in said))
    answers = Answers(
        codes((position for position, _, _ in said), positions),
        codes((who for _, who, _ in said), people),
        np.array([code_of(label) for *_, label in said], np.intp),
        len(positions),
        len(people),
        n_classes,
    )
    rng = np.random.default_rng(settings.seed)
    return NAMED[settings.consensus](answers, rng, lambda _round: None)


def _consensus(
    found: Aggregation, positions: Sequence[int], settings: Settings, *about: str
) -> list[int]:
    """Codes; where classes are tied, as a die falls that falls the same at every look."""
    draws = np.array([fall(settings.seed, "consensus", p, *about) for p in positions])
    chosen: list[int] = found.consensus(draws).tolist()
    return chosen
