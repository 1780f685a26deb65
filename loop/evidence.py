"""The answers of a team as arrays, oldest first, for what `loop.raters` says of single people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from loop import tasks
from loop.judging import Team
from loop.raters import against
from loop.raters.answers import Answers, Codes, Matrix, codes
from loop.suggestions import GOLD, PRACTICE
from loop.tasks import Value

Rows = NDArray[np.bool_]  # of the answers, (n_answers,)


@dataclass(frozen=True)
class Evidence:
    """All arrays are of (n_answers,); answers in practice are left out, as they were told after."""

    names: list[str]
    labels: list[str]  #: what an answer can be: a class, or several of them in one
    classes: tuple[str, ...]  #: of the project
    values: list[Value]
    named: Callable[[Value], Sequence[str]]  #: the classes of a value
    answers: Answers
    label: Codes  #: what the item's label is; -1 where it has none
    truth: Codes  #: the same where it was decided
    seconds: Matrix  #: NaN where not told
    is_gold: Rows  #: asked as gold

    @cached_property
    def right(self) -> Rows:
        """Where they said what the item's label is."""
        return self.answers.labels == self.label

    @cached_property
    def beside_others(self) -> Rows:
        """Not gold, on items with a label and several people's answers that are not, either."""
        rows, items = (self.label >= 0) & ~self.is_gold, self.answers.items
        return rows & (np.bincount(items, rows)[items] > 1)

    @cached_property
    def reference(self) -> Codes:
        """What each answer is held against, to which it has added nothing itself; -1 for none."""
        truth = np.full(self.answers.n_items, -1)
        truth[self.answers.items] = self.truth
        return against.reference(self.answers, truth)

    def says(self, name: str) -> Rows:
        """Whether each answer names this class."""
        return np.array([name in self.named(value) for value in self.values], bool)

    @property
    def is_one_class(self) -> bool:
        """Whether an answer is one class."""
        return not isinstance(self.values[0], list)


def evidence(team: Team) -> Evidence | None:
    """Of everybody's answers; None where there are none."""
    rows = [row for row in team.answers if row.strategy != PRACTICE]
    if not rows:
        return None
    now, write = team.settings.now, tasks.get(team.settings.task).write
    values, named = [now(row.value) for row in rows], tasks.get(team.settings.task).named
    said = [str(write(value)) for value in values]
    meant = {position: str(write(label)) for position, label in team.label.items()}
    labels = list(dict.fromkeys([*team.settings.classes, *said, *meant.values()]))
    place = {one: code for code, one in enumerate(labels)}
    names, positions = [one.name for one in team.raters], [row.position for row in rows]
    label = [place[meant[p]] if p in meant else -1 for p in positions]
    is_known = [p in team.last_word for p in positions]
    different = list(dict.fromkeys(positions))
    return Evidence(
        names,
        labels,
        team.settings.classes,
        values,
        named,
        Answers(
            codes(positions, different),
            codes((row.annotator for row in rows), names),
            codes(said, labels),
            len(different),
            len(names),
            len(labels),
        ),
        np.array(label),
        np.where(is_known, label, -1),
        np.array([np.nan if row.seconds is None else row.seconds for row in rows]),
        np.array([row.strategy == GOLD for row in rows]) & np.array(is_known),
    )
