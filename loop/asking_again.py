"""Ask again or ask new: which labels are too doubtful to be left at the answers they have.

How likely each class of an item is by its answers, from how often each person is right by all of
theirs, times the square root of how likely it is by a model that has not learned the label. The
square root, as that model learned from the same people. Items whose likeliest class is less likely
than `ask_again_below` come first, the least likely first of all; new ones wait. That relabeling
pays where labels are noisy is Sheng, Provost and Ipeirotis (2008, KDD); CROWDLAB and ActiveLab
(Goh, Tkachenko and Mueller 2022; Goh and Mueller 2023) join answers and a model in other ways. Why
this one: `docs/raters.md`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import strategies
from loop import consensus, unlearned
from loop.consensus import Said
from loop.settings import Settings
from loop.snapshot import Snapshot

ACCURACY, ANSWERS = 0.75, 4  # a person of whom nothing is known is right so often, as if so many
MODEL_COUNTS = 0.5  # exponent of the model's word
LEAST = 1e-3  # of its probabilities: no model is sure enough to overrule all people

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Doubtful:
    """An item that is asked again."""

    position: int
    wanted: int  #: answers that it is to have, this one more included
    confidence: float  #: how likely its label is


def doubtful(now: Snapshot, seen: NDArray[np.float32], X: NDArray[np.float32]) -> list[Doubtful]:
    """The labels of a snapshot that another answer is wanted on, the least likely first.

    *seen* are the rows of *X* that have a label, in the order of `now.labels`.
    """
    settings = now.settings
    if settings.ask_again_below is None or not now.given:
        return []
    positions, likely = by_answers(now.given, settings)
    likely *= _by_model(now, positions, seen, X) ** MODEL_COUNTS
    confidence = likely.max(axis=1) / likely.sum(axis=1)
    n = Counter(position for position, _, _ in now.given)
    return [
        Doubtful(positions[place], n[positions[place]] + 1, float(confidence[place]))
        for place in np.argsort(confidence, kind="stable").tolist()
        if confidence[place] < settings.ask_again_below and n[positions[place]] < settings.overlap
    ]


def by_answers(given: Sequence[Said], settings: Settings) -> tuple[list[int], Matrix]:
    """The positions that have answers, and how likely each class is by them, (n, n_classes).

    Several answers as the consensus in force has it; one by how often its person agrees with that.
    """
    n = Counter(position for position, _, _ in given)
    positions = list(n)
    place = {position: row for row, position in enumerate(positions)}
    several = [one for one in given if n[one[0]] > 1]
    likely = np.zeros((len(positions), len(settings.classes)))
    if several:
        shared = [position for position in positions if n[position] > 1]
        found = consensus.of_classes(several, settings, shared)
        likely[[place[position] for position in shared]] = found.posterior
    answers: Counter[str] = Counter(who for _, who, _ in several)
    right = dict.fromkeys(answers, 0.0)
    for position, who, label in several:
        right[who] += likely[place[position], settings.classes.index(label)]
    for position, who, label in given:
        if n[position] == 1:
            chance = (right.get(who, 0.0) + ACCURACY * ANSWERS) / (answers[who] + ANSWERS)
            likely[place[position]] = (1 - chance) / (len(settings.classes) - 1)
            likely[place[position], settings.classes.index(label)] = chance
    return positions, likely


def _by_model(
    now: Snapshot, positions: Sequence[int], seen: NDArray[np.float32], X: NDArray[np.float32]
) -> Matrix:
    """How likely each class of these items is by models that have not learned them."""
    settings = now.settings
    y = np.array([label for _, label in now.labels])
    pool = strategies.Selection(X, now.askable)
    classes, said = unlearned.probabilities(settings, seen, y, pool, now.weights)
    row_of = {position: row for row, (position, _) in enumerate(now.labels)}
    rows = [row_of[position] for position in positions]
    columns = [settings.classes.index(name) for name in classes]
    likely = np.full((len(positions), len(settings.classes)), LEAST)
    likely[:, columns] = np.maximum(said[rows], LEAST)
    unknown = np.isnan(likely).any(axis=1)
    likely[unknown] = 1.0
    return likely / likely.sum(axis=1, keepdims=True)
