"""TAMER: an agent that learns what people would reward, and does it (Knox & Stone 2009).

A person sees what the agent does, and says good or bad. The agent models that as Ĥ(state, action)
and takes the action of which it expects most; the future is no matter of its own (γ = 0), since who
judges has it in mind already. What is said is about something seen a moment ago, so each signal is
shared out over the steps that it may have been meant for.

Knox and Stone put the shares together to one row of features, and fit Ĥ to that by least squares. A
row is then the mean of ten or thirty steps, most of which were not meant, and on the cart pole it
learned next to nothing from 500 signals (docs/play.md). Here one step was meant, and which is not
known: a signal's likelihood is the mean over the steps by their shares. Ĥ is linear all the same.

W. B. Knox and P. Stone, "Interactively shaping agents via human reinforcement: the TAMER
framework", K-CAP 2009.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import helmert
from scipy.special import expit

SOONEST, LATEST = 0.2, 0.8  # seconds that people take to react; any time between is as likely
ERRORS = 0.12  # share of signals that are believed to say the opposite
STEEPNESS = 12.5  # of what people do: standard deviation of a weight, in logits
CONSTANT = 0.25  # of that, for the constant: what is right depends on the state above all
PARTICLES = 1_000  # that stand for the posterior
MOVES = 3  # of each particle, whenever they are drawn anew
PARTICLES_OF = 2  # what this seed is for, beside a project's own
KEPT = 20  # beliefs of before: people take the last few back, and to learn all anew takes seconds

Floats = NDArray[np.float64]
_Heard = tuple[int, Floats, Floats]  # of a signal: value, shares (steps,), rows (steps, numbers)


@dataclass(frozen=True)
class Seen:
    """A step, and from when to when its effect was what a person saw, in seconds."""

    begin: float
    end: float
    state: Floats  #: (numbers,), in which the action was taken
    action: int
    episode: int = 1
    step: int = 1


@dataclass(frozen=True)
class Signal:
    """Good (1) or bad (-1), and what may have been meant: a row for each step."""

    value: int
    shares: Floats  #: (steps,), the chance that it was this one; their sum is 1
    actions: NDArray[np.int64]  #: (steps,)
    states: Floats  #: (steps, numbers)

    def is_like(self, other: "Signal") -> bool:
        """Whether the same is learned from both."""
        names = ("value", "shares", "actions", "states")
        return all(np.array_equal(getattr(self, one), getattr(other, one)) for one in names)


@dataclass(frozen=True)
class Scale:
    """By what states are standardised."""

    centre: Floats  #: (numbers,)
    spread: Floats  #: (numbers,), above 0

    def features(self, states: Floats) -> Floats:
        """What Ĥ reads of states (…, numbers): a constant, and each number standardised.

        No squares or products: they would tell more states apart, and take more signals than
        people give.
        """
        constant = np.ones((*states.shape[:-1], 1))
        return np.concatenate([constant, (states - self.centre) / self.spread], axis=-1)


def meant(steps: Iterable[Seen], at: float) -> tuple[Floats, NDArray[np.int64], Floats] | None:
    """What a signal given at time *at* may be about: shares, actions and states, as in `Signal`.

    The share of a step is its part of the time from `LATEST` to `SOONEST` seconds before. Where all
    stood still then, it is about the last that was seen. None before anything was.
    """
    there = list(steps)
    parts = _parts(there, at)
    if not parts and (earlier := [one.end for one in there if one.end <= at - SOONEST]):
        parts = _parts(there, max(earlier) + SOONEST)
    if not parts:
        return None
    shares = np.array([part for part, _ in parts])
    actions = np.array([one.action for _, one in parts])
    return shares / shares.sum(), actions, np.stack([one.state for _, one in parts])


def _parts(steps: Iterable[Seen], at: float) -> list[tuple[float, Seen]]:
    """The seconds of each step that people react to at this time, where there are any."""
    early, late = at - LATEST, at - SOONEST
    parts = ((min(one.end, late) - max(one.begin, early), one) for one in steps)
    return [(part, one) for part, one in parts if part > 0]


@dataclass(frozen=True)
class _Belief:
    """What is believed after so many signals; nothing of it is changed in place."""

    heard: int
    particles: Floats  #: (PARTICLES, numbers)
    log_weights: Floats  #: (PARTICLES,)
    weights: Floats  #: (actions, features), of Ĥ
    chance: Mapping[str, Any]  #: the state of the generator


class Tamer:
    """Ĥ, from a seed and the signals that it has learned from, in their order, and nothing else.

    How much better than the others an action is in a state is linear in the state's features; that
    it is called good has the logit of it, but for `ERRORS`. `PARTICLES` stand for the posterior:
    each signal weighs them, and where too few count they are drawn and moved anew on all signals
    (Chopin 2002, "A sequential particle filter method for static models"). Ĥ is by their weighted
    mean. With no signal all actions are worth the same.
    """

    def __init__(self, scale: Scale, actions: int, seed: int) -> None:
        self._scale = scale
        self._rng = np.random.default_rng([seed, PARTICLES_OF])
        # Each action against the mean of the others: so many directions less one.
        self._contrasts: Floats = helmert(actions) * np.sqrt(actions / (actions - 1))
        features = 1 + len(scale.centre)
        self._prior: Floats = np.full((actions - 1, features), STEEPNESS)
        self._prior[:, 0] *= CONSTANT
        self._prior = self._prior.ravel()
        self._particles: Floats = self._rng.normal(size=(PARTICLES, len(self._prior))) * self._prior
        self._log_weights: Floats = np.zeros(PARTICLES)
        self._signals: list[Signal] = []
        self._heard: list[_Heard] = []
        self._weights: Floats = np.zeros((actions, features))
        self._first = self._belief()
        self._recent: deque[_Belief] = deque(maxlen=KEPT)  # before each of the last signals

    def learn(self, signal: Signal) -> None:
        """Weigh every particle by how likely it made this signal."""
        self._recent.append(self._belief())
        self._signals.append(signal)
        features = self._scale.features(signal.states)
        contrasts = self._contrasts[:, signal.actions].T
        rows = (contrasts[:, :, None] * features[:, None, :]).reshape(len(features), -1)
        self._heard.append((signal.value, signal.shares, rows))
        likely = _log_likelihood(self._particles, self._heard[-1:])
        self._log_weights = self._log_weights + likely  # a new one: see `_Belief`
        weights = _normalised(self._log_weights)
        if 1 / (weights @ weights) < PARTICLES / 2:
            self._move(weights)
            weights = np.full(PARTICLES, 1 / PARTICLES)
        mean = (weights @ self._particles).reshape(len(self._contrasts), -1)
        self._weights = self._contrasts.T @ mean

    def learn_anew(self, signals: Sequence[Signal]) -> None:
        """Have learned from these and nothing else, to the last bit.

        Quick where they begin as what was heard does, but for its last `KEPT` signals.
        """
        pairs = zip(self._signals, signals, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0].is_like(pair[1]), pairs))
        while len(self._signals) > same:
            self._return_to(self._recent.pop() if self._recent else self._first)
        for signal in signals[len(self._signals) :]:
            self.learn(signal)

    def expected(self, state: Floats) -> Floats:
        """Ĥ of each action in a state, (actions,): the logit that it is called good."""
        return self._weights @ self._scale.features(state)

    def _belief(self) -> _Belief:
        chance = self._rng.bit_generator.state
        so_far = len(self._signals)
        return _Belief(so_far, self._particles, self._log_weights, self._weights, chance)

    def _return_to(self, before: _Belief) -> None:
        del self._signals[before.heard :], self._heard[before.heard :]
        self._particles, self._log_weights = before.particles, before.log_weights
        self._weights, self._rng.bit_generator.state = before.weights, before.chance

    def _move(self, weights: Floats) -> None:
        """Draw the particles anew by their weights, and let each wander about in the posterior."""
        apart = self._particles - weights @ self._particles
        spread = (apart.T * weights) @ apart + np.diag((1e-6 * self._prior) ** 2)
        stride = np.linalg.cholesky(spread) * 2.38 / np.sqrt(len(spread))  # Gelman et al. 1996
        places = (self._rng.random() + np.arange(PARTICLES)) / PARTICLES
        drawn = np.searchsorted(np.cumsum(weights), places).clip(max=PARTICLES - 1)
        here = self._particles[drawn]
        likely = self._log_posterior(here)
        for _ in range(MOVES):
            there = here + self._rng.normal(size=here.shape) @ stride.T
            then = self._log_posterior(there)
            goes = np.log(self._rng.random(PARTICLES)) < then - likely
            here[goes], likely[goes] = there[goes], then[goes]
        self._particles, self._log_weights = here, np.zeros(PARTICLES)

    def _log_posterior(self, particles: Floats) -> Floats:
        prior = -0.5 * np.square(particles / self._prior).sum(axis=1)
        return prior + _log_likelihood(particles, self._heard)


def _log_likelihood(particles: Floats, heard: Sequence[_Heard]) -> Floats:
    """How likely each particle makes these signals, (particles,)."""
    values = np.array([value for value, _, _ in heard])
    shares = np.concatenate([shares for _, shares, _ in heard])
    rows = np.concatenate([rows for _, _, rows in heard])
    begins = np.cumsum([0] + [len(shares) for _, shares, _ in heard[:-1]])
    good = np.add.reduceat(shares[:, None] * expit(rows @ particles.T), begins, axis=0)
    good = ERRORS + (1 - 2 * ERRORS) * good
    return np.log(np.where(values[:, None] > 0, good, 1 - good)).sum(axis=0)


def _normalised(log_weights: Floats) -> Floats:
    weights = np.exp(log_weights - log_weights.max())
    return weights / weights.sum()


def taught(scale: Scale, actions: int, seed: int, signals: Iterable[Signal]) -> Tamer:
    """Who has learned from these signals."""
    tamer = Tamer(scale, actions, seed)
    for signal in signals:
        tamer.learn(signal)
    return tamer
