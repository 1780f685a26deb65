"""A person, simulated: judges by a known good controller, seldom, late, and now and then wrongly.

What it cannot show: people judge where they are surprised, not at random; they tire, praise less
once it goes well, and see the whole more than the single step.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_discrete_are

from loop.play.environment import Environment
from loop.play.lesson import Lesson
from loop.play.player import REST
from loop.play.tamer import Floats, Scale, Tamer

EVALUATED = 5  # episodes after each that is watched
JUDGED, EVALUATION = 101, 102  # what seeds are for, beside those of `loop.play`


@dataclass(frozen=True)
class Person:
    """How often somebody says something of a step, how often wrongly, and how late (seconds)."""

    feedback: float = 0.1
    errors: float = 0.1
    soonest: float = 0.2
    latest: float = 0.8


def balancing() -> Callable[[Floats], int]:
    """The linear-quadratic regulator of the cart pole, linearised upright, as left or right."""
    gravity, cart, pole, half, tick = 9.8, 1.0, 0.1, 0.5, 0.02
    whole = cart + pole
    lever = half * (4 / 3 - pole / whole)
    lean = gravity / lever
    moves = np.array(
        [[0, 1, 0, 0], [0, 0, -pole * half * lean / whole, 0], [0, 0, 0, 1], [0, 0, lean, 0]]
    )
    push = np.array(
        [[0], [(1 + pole * half / (whole * lever)) / whole], [0], [-1 / (whole * lever)]]
    )
    A, B = np.eye(4) + tick * moves, tick * push
    cost = solve_discrete_are(A, B, np.eye(4), np.eye(1))
    gain = np.linalg.solve(np.eye(1) + B.T @ cost @ B, B.T @ cost @ A)[0]
    return lambda state: int(gain @ state < 0)


@dataclass
class Course:
    """What came of one lesson, after each episode."""

    signals: list[int]  # so far
    returns: list[float]  # of the episode itself, watched
    evaluated: list[float]  # mean return of `EVALUATED` other episodes, played greedily


class Judge:
    """What somebody has in mind to say, until it is said."""

    def __init__(self, person: Person, right: Callable[[Floats], int], seed: int) -> None:
        self._person, self._right = person, right
        self._rng = np.random.default_rng([seed, JUDGED])
        self._told: list[tuple[float, int]] = []  # when, what

    def see(self, state: Floats, action: int, at: float) -> None:
        """A step that was shown at this time: perhaps it is worth a word."""
        person, rng = self._person, self._rng
        if rng.random() < person.feedback:
            is_good = (self._right(state) == action) != (rng.random() < person.errors)
            late = rng.uniform(person.soonest, person.latest)
            heapq.heappush(self._told, (at + late, 1 if is_good else -1))

    def said(self, until: float) -> Iterator[tuple[float, int]]:
        """What is said up to this time, in its order."""
        while self._told and self._told[0][0] <= until:
            yield heapq.heappop(self._told)


def teach(
    environment: Environment,
    scale: Scale,
    judge: Judge,
    *,
    seed: int,
    rate: float,
    episodes: int,
    most_signals: int,
) -> Course:
    """Teach for so many episodes, at *rate* steps a second, with at most so many signals."""
    course = Course([], [], [])
    lesson = Lesson(environment, Tamer(scale, len(environment.actions), seed), seed)
    now, given = 0.0, 0

    def hear(until: float) -> None:
        nonlocal given
        for at, value in judge.said(until):
            signal = lesson.signal(value, at)
            if signal is not None and given < most_signals:
                lesson.learn(signal)
                given += 1

    for episode in range(1, episodes + 1):
        if episode > 1:
            lesson.begin(episode)
        while not lesson.is_over:
            judge.see(environment.state, lesson.action, now)
            lesson.step(now, now + 1 / rate)
            now += 1 / rate
            hear(now)
        now += REST
        hear(now)
        course.signals.append(given)
        course.returns.append(lesson.score)
        course.evaluated.append(evaluated(environment, lesson.tamer, seed))
    return course


def evaluated(environment: Environment, tamer: Tamer, seed: int) -> float:
    """Mean return of `EVALUATED` episodes that nobody watches, the same ones for a seed."""
    rng = np.random.default_rng([seed, EVALUATION])
    scores = []
    for begin in rng.integers(2**32, size=EVALUATED):
        environment.reset(int(begin))
        score, is_over = 0.0, False
        while not is_over:
            expected = tamer.expected(environment.state)
            best = np.flatnonzero(expected == expected.max())
            outcome = environment.step(int(rng.choice(best)))
            score, is_over = score + outcome.reward, outcome.is_over
        scores.append(score)
    return float(np.mean(scores))
