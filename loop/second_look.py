"""Labels that nobody disagrees on, and that deserve a second look all the same.

Where all who answered say the same, but are often wrong together, the consensus is not sure of it;
and the newest model may be sure of something else.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from loop import guesses, suggestions
from loop.guesses import Guesses
from loop.project import Project
from loop.settings import Settings
from loop.store import Database, decided, items, rounds, standings
from loop.store.doubts import Doubt
from loop.tasks import Value

if TYPE_CHECKING:
    from loop.consensus import Consensus

LOW = 0.95  # the posterior of a label on which all agree, below which it is looked at again
NEWEST = "newest"  # the detector's name
SURE = 0.9  # the model's probability of another class, from which on a label is


def low(settled: Iterable["Consensus"]) -> list[int]:
    """The items on which all say the same, and that is not sure, the least sure first."""
    unsure = [one for one in settled if one.agree == one.answers and one.confidence < LOW]
    return [one.position for one in sorted(unsure, key=lambda one: one.confidence)]


def against(project: Project, db: Database, settled: Iterable["Consensus"]) -> dict[int, Doubt]:
    """The labels that the newest model is sure are something else, by position, the surest first.

    It has not learned those that were given since, and asks no more about them: after the next
    round they are left to the search for wrong labels (`loop.doubting`).
    """
    settings, pointer = project.terms(db).settings, rounds.ranking(db)
    if settings.task != "classify" or pointer is None:
        return {}
    label = {position: settings.now(one) for position, one in standings.labels(db, items.POOL)}
    label |= {one.position: one.label for one in settled}
    for one in decided.every(db):
        label.pop(one.position, None)
    return sure_of_others(settings, guesses.load(project.guesses, pointer.guesses), label)


def sure_of_others(
    settings: Settings, guessed: Guesses, label: Mapping[int, Value]
) -> dict[int, Doubt]:
    """The same from guesses, and the labels by position."""
    positions = np.array([one for one in label if one < len(guessed.entries)], np.intp)
    positions = positions[guessed.entries["classes"][positions, 0] >= 0]
    found = []
    for position in positions.tolist():
        said, probability = suggestions.as_of_now(settings, guessed.of(position))[0]
        if said != label[position] and probability >= SURE:
            found.append(Doubt(position, label[position], said, probability, (NEWEST,)))
    return {one.position: one for one in sorted(found, key=lambda one: -one.probability)}
