"""Choosing a candidate for an interaction of a running application, and learning from its thumbs.

The reward is what people said of the interaction: a thumb up is 1, down 0; a rating is its place
on its scale, from 0 to 1. Of each person the newest counts, of several people their mean. What
nobody judged is missing: it is no bad mark, and teaches nothing.
"""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from loop import candidates
from loop.bandit import context
from loop.bandit.context import Misfit
from loop.bandit.linear import Linear
from loop.bandit.policy import Policy, draw, propensities
from loop.errors import LoopError, SettingsError
from loop.store import Database, Store, choices, feedback, log
from loop.store.choices import Choice
from loop.store.feedback import Interaction
from loop.tasks import thumbs

NONE = (
    "This project has no candidates to choose between; name them on its page Bandit, or with: "
    "askwell bandit PROJECT --candidates a,b"
)


class NotChosen(LoopError):
    """No candidate is chosen; `field` names what is wrong with what was asked."""

    def __init__(self, field: str, reason: str, *, is_conflict: bool = False) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.is_conflict = field, is_conflict


class Chooser:
    """Chooses, and keeps what the rewards so far say; one for each process that serves."""

    def __init__(self, store: Store, seed: int) -> None:
        self._store, self._seed = store, seed
        self._known: tuple[int, dict[int, Policy]] | None = None
        self._lesson: Lesson | None = None

    def choose(self, interaction_id: str, told: Mapping[str, Any] | str | None = None) -> Choice:
        """The candidate for an interaction, on disk when this returns; asked again, the same.

        Raises `NotChosen` for a context that does not fit, and for an interaction that people
        judged already; `SettingsError` where there are no candidates.
        """
        with self._store.write() as db:
            if before := choices.of(db, interaction_id):
                return before
            every = self._versions(db)
            if not every:
                raise SettingsError(NONE)
            if feedback.interaction(db, interaction_id):
                raise NotChosen(
                    "interaction_id",
                    "it was judged before a candidate was chosen for it; ask first",
                    is_conflict=True,
                )
            choice = self._decide(db, every, told)
            choices.add(db, feedback.tell(db, Interaction(interaction_id)), choice)
        return choice

    def text_of(self, choice: Choice) -> str | None:
        """What its candidate was to say, when it was chosen."""
        policy = self._versions(self._store.read)[choice.version]
        return next(one.text for one in policy.candidates if one.name == choice.candidate)

    def _decide(
        self, db: Database, every: Mapping[int, Policy], told: Mapping[str, Any] | str | None
    ) -> Choice:
        version = max(every)
        policy = every[version]
        try:
            x = context.encode(policy.features, told)
        except Misfit as why:
            raise NotChosen(why.field, why.reason) from why
        chances = propensities(policy, self._learned(db, every), x)
        place = draw(chances, (self._seed, choices.count(db) + 1))
        return Choice(
            policy.names[place],
            version,
            dict(zip(policy.names, chances.tolist(), strict=True)),
            x.tolist(),
            time.time(),
        )

    def _versions(self, db: Database) -> dict[int, Policy]:
        """All policies, parsed anew only where a newer event has come."""
        newest = log.latest_seq(db, candidates.KIND)
        if self._known is None or self._known[0] != newest:
            self._known = newest, candidates.every(db)
        _, known = self._known
        return known

    def _learned(self, db: Database, every: Mapping[int, Policy]) -> dict[str, Linear]:
        erased, lesson = log.latest_seq(db, "erase"), self._lesson
        if lesson is None or (lesson.version, lesson.erased) != (max(every), erased):
            lesson = self._lesson = Lesson(every, erased)
        lesson.go_on(db)
        return lesson.learned


class Lesson:
    """What all rewards up to a row of the feedback say, as a policy looks at contexts.

    They are gone through in the order in which they came, superseded ones too: a process that
    starts anew comes to the same, bit for bit. Choices of other features teach nothing here.
    """

    def __init__(self, every: Mapping[int, Policy], erased: int) -> None:
        self.version, self.erased = max(every), erased
        policy = every[self.version]
        self.learned = {name: Linear(context.size(policy.features)) for name in policy.names}
        self._alike = {number for number, one in every.items() if one.features == policy.features}
        self._seen = 0
        self._said: dict[int, dict[str, float]] = {}  # number of a choice → person → reward

    def go_on(self, db: Database) -> None:
        """Take in what came since."""
        for row in choices.judged(db, self._seen):
            self._seen = row["seq"]
            said = self._said.setdefault(row["number"], {})
            before = mean(said)
            said[row["annotator"]] = reward_of(row)
            fits = row["version"] in self._alike and row["context"] is not None
            if fits and row["candidate"] in self.learned:
                self._take(row, before, mean(said))

    def _take(self, row: Mapping[str, Any], before: float | None, after: float | None) -> None:
        x, model = np.array(row["context"]), self.learned[row["candidate"]]
        if before is None:
            model.add(x, after or 0.0)
        else:
            model.correct(x, (after or 0.0) - before)


def reward_of(row: Mapping[str, Any]) -> float:
    """What a thumb or a rating is worth, from 0 to 1; a row of `choices.judged`."""
    if row["kind"] == thumbs.TASK.kind:
        return float(row["value"] == thumbs.UP)
    low, high = row["options"]["scale"]
    return (int(row["value"]) - low) / (high - low)


def mean(said: Mapping[str, float]) -> float | None:
    """The reward that several people's verdicts come to; None where there is none."""
    return sum(said.values()) / len(said) if said else None
