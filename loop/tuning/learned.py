"""What a session's answers come to: the process, and the best setting so far."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.gaussian.preferential import Answers
from loop.gaussian.process import Process
from loop.gaussian.rated import Ratings
from loop.settings import Settings
from loop.tasks import compare
from loop.tuning import surrogate
from loop.tuning.cube import Cube, Matrix
from loop.tuning.space import Setting
from loop.tuning.told import Told

WON = {compare.A: 1.0, compare.B: 0.0, compare.TIE: 0.5, compare.BOTH_BAD: 0.5}


@dataclass(frozen=True)
class Learned:
    """The process after the answers, with what it was learned from."""

    cube: Cube
    process: Process
    tried: Matrix  #: (m, sides) the settings that were answered, pairs one after another
    where: list[tuple[int, int]]  #: of each: its item's position, and which of its settings it is
    raters: list[str]  #: in the order of their codes
    best: int  #: which of those tried is believed to be the best
    scale: tuple[int, int]  #: of ratings

    @property
    def best_point(self) -> Matrix:
        """Where it stands, (sides,)."""
        found: Matrix = self.tried[self.best]
        return found

    def expecting(self, shown: Sequence[tuple[Setting, ...]]) -> Process:
        """The process while answers on these are under way."""
        features = [self.cube.features(self.cube.points(settings)) for settings in shown]
        return self.process.expecting(np.array(features))


def learn(settings: Settings, told: Told) -> Learned | None:
    """Learn from all standing answers; None while there are none."""
    if settings.space is None or not told.answers:
        return None
    cube = Cube(settings.space)
    where = [
        (position, place)
        for position in dict.fromkeys(position for position, *_ in told.answers)
        for place in range(len(told.shows[position]))
    ]
    tried = cube.points([told.shows[position][place] for position, place in where])
    rows = {position: row for row, (position, place) in enumerate(where) if place == 0}
    asked = np.array([rows[position] for position, *_ in told.answers])
    raters = list(dict.fromkeys(who for _, who, _ in told.answers))
    things = cube.features(tried)
    process: Process
    if settings.space.ask == "rate":
        codes = np.array([raters.index(who) for _, who, _ in told.answers])
        values = np.array([float(said) for *_, said in told.answers])
        ratings = Ratings(things[asked], codes, values)
        process = surrogate.of_ratings(ratings, sum(settings.scale) / 2)
    else:
        process = surrogate.of_pairs(things, _answers(asked, [said for *_, said in told.answers]))
    mean, _ = process.spread(things)
    best = int(np.argmax(mean))
    return Learned(cube, process, tried, where, raters, best, settings.scale)


def _answers(asked: NDArray[np.intp], said: Sequence[str]) -> Answers:
    """A tie, and both bad, say of neither that it is better."""
    won = np.array([WON[one] for one in said])
    return Answers(asked, asked + 1, won, np.ones(len(won)))
