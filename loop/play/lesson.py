"""The run of a lesson: episodes one after another, acted greedily, judged by whoever watches.

It has no clock of its own: the player tells it the time of the wall, a benchmark a simulated one.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np

from loop.play.environment import Environment, Outcome
from loop.play.tamer import Floats, Scale, Seen, Signal, Tamer, meant

REMEMBERED = 30.0  # seconds of what was seen: a signal may come late over a bad line
RANDOM_EPISODES, RANDOM_STEPS = 200, 20_000  # at most, to measure a scale by
SCALES, EPISODES = 0, 1  # what seeds are for, beside a project's own


class Lesson:
    """One agent in one environment. All times are seconds of the same clock."""

    def __init__(self, environment: Environment, tamer: Tamer, seed: int, episode: int = 1) -> None:
        """Begins with *episode*, counted from 1."""
        self.environment, self.tamer = environment, tamer
        self._seed = seed
        self._seen: deque[Seen] = deque()
        self.begin(episode)

    def begin(self, episode: int) -> None:
        """Begin an episode; its seed follows from the project's and its number."""
        self.episode = episode
        self.steps, self.score, self.is_over = 0, 0.0, False
        chance = np.random.SeedSequence([self._seed, EPISODES, episode])
        self.episode_seed, ties = (int(word) for word in chance.generate_state(2))
        self._rng = np.random.default_rng(ties)
        self.environment.reset(self.episode_seed)
        self.choose()

    def step(self, begin: float, end: float) -> Outcome:
        """Take the action chosen, whose effect people see from *begin* to *end*."""
        before, action = self.environment.state, self.action
        outcome = self.environment.step(action)
        self.steps += 1
        self._seen.append(Seen(begin, end, before, action, self.episode, self.steps))
        while self._seen[0].end < end - REMEMBERED:
            self._seen.popleft()
        self.score += outcome.reward
        self.is_over = outcome.is_over
        self.choose()
        return outcome

    def choose(self) -> None:
        """Choose the next action; anew where something was learned meanwhile."""
        self.expected = self.tamer.expected(self.environment.state)
        best = np.flatnonzero(self.expected == self.expected.max())
        self.action = int(best[0]) if len(best) == 1 else int(self._rng.choice(best))

    def signal(self, value: int, at: float) -> Signal | None:
        """What a signal given at this time is about; None where nothing was seen before it."""
        about = meant(self._seen, at)
        return Signal(value, *about) if about else None

    def place(self, at: float) -> tuple[int, int, float]:
        """Which episode and step were on screen at this time, and for how many seconds it ran.

        Of an episode that began before what is remembered, the seconds that are.
        """
        on_screen = next(one for one in reversed(self._seen) if one.begin <= at)
        began = next(one.begin for one in self._seen if one.episode == on_screen.episode)
        return on_screen.episode, on_screen.step, at - began

    def learn(self, signal: Signal) -> None:
        """Have Ĥ follow from one more signal, already for the action that is next."""
        self.tamer.learn(signal)
        self.choose()

    def learn_anew(self, signals: Sequence[Signal]) -> None:
        """Have Ĥ follow from these signals alone, already for the action that is next."""
        self.tamer.learn_anew(signals)
        self.choose()


def measured_scale(environment: Environment, seed: int) -> Scale:
    """The middle of random play, and the spread of the best tenth of its episodes.

    Most of random play is how it fails. What an agent sees that does well is more like the best of
    it: the cart wanders far, and the pole hardly turns. Nothing else here reads the environment's
    own reward.
    """
    rng = np.random.default_rng([seed, SCALES])
    played: list[tuple[float, list[Floats]]] = []
    while len(played) < RANDOM_EPISODES and sum(len(one) for _, one in played) < RANDOM_STEPS:
        environment.reset(int(rng.integers(2**32)))
        score, states, is_over = 0.0, [], False
        while not is_over:
            states.append(environment.state)
            outcome = environment.step(int(rng.integers(len(environment.actions))))
            score, is_over = score + outcome.reward, outcome.is_over
        played.append((score, states))
    played.sort(key=lambda one: -one[0])
    every = np.concatenate([states for _, states in played])  # the middle of a few would be chance
    best = np.concatenate([states for _, states in played[: -(-len(played) // 10)]])
    spread = best.std(axis=0)
    return Scale(every.mean(axis=0), np.where(spread > 0, spread, 1.0))
