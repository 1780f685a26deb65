"""Clips of play: a few steps of an episode, which people compare as they do texts."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Policy = Callable[[Matrix], int]  # what is done in a state


class World(Protocol):
    """Where one acts: `Environment` is one."""

    state: Matrix  #: (n_numbers,)

    def reset(self, seed: int) -> None:
        """Begin an episode."""

    def step(self, action: int) -> Any:
        """Take an action; what comes back has `is_over`."""


@dataclass(frozen=True)
class Clip:
    """Each state with what was done in it; shorter than others where the episode ended."""

    states: Matrix  #: (n_steps, n_numbers)
    actions: NDArray[np.int64]  #: (n_steps,)

    @classmethod
    def of(cls, text: str) -> Self:
        """From its text. Raises `ValueError` where that is no clip."""
        try:
            told = json.loads(text)
            clip = cls(np.array(told["states"], float), np.array(told["actions"], np.int64))
        except (KeyError, TypeError, ValueError) as why:
            raise ValueError(f"{text[:60]!r} is no clip of play: {why}") from why
        if clip.states.ndim != 2 or len(clip.states) != len(clip.actions) or not len(clip.actions):
            raise ValueError(f"{text[:60]!r} is no clip of play: each state has an action")
        return clip

    @property
    def text(self) -> str:
        """As an item holds it: JSON, numbers to five places."""
        return json.dumps(
            {"states": self.states.round(5).tolist(), "actions": self.actions.tolist()}
        )

    @property
    def features(self) -> Matrix:
        """Sums over the steps, (1 + 2 n_numbers,): of 1, of the state, and of its squares.

        A reward that is linear in them is one for each step, as in Christiano et al. (2017).
        """
        steps = np.ones((len(self.actions), 1))
        found: Matrix = np.hstack([steps, self.states, self.states**2]).sum(axis=0)
        return found


def played(world: World, policy: Policy, seed: int, most: int) -> Clip:
    """An episode from its beginning, of at most so many steps, as one clip."""
    world.reset(seed)
    states: list[Matrix] = []
    actions: list[int] = []
    is_over = False
    while not is_over and len(actions) < most:
        states.append(world.state)
        actions.append(policy(world.state))
        is_over = world.step(actions[-1]).is_over
    return Clip(np.array(states), np.array(actions, np.int64))


def cut(episode: Clip, steps: int) -> Iterator[Clip]:
    """An episode as clips of so many steps, the last one as long as it is."""
    for start in range(0, len(episode.actions), steps):
        part = slice(start, start + steps)
        yield Clip(episode.states[part], episode.actions[part])


def pairs(clips: Sequence[Clip], n: int, rng: np.random.Generator) -> list[dict[str, str]]:
    """*n* items of a project to compare two clips, drawn at random. Raises `ValueError`.

    A clip is not compared with itself, nor the same two twice.
    """
    first, second = np.triu_indices(len(clips), 1)
    if n > len(first):
        raise ValueError(f"{len(clips)} clips make {len(first)} pairs, and {n} are wanted")
    drawn = rng.permutation(len(first))[:n]
    sides = rng.permuted(np.column_stack([first[drawn], second[drawn]]), axis=1)
    return [{"a": clips[a].text, "b": clips[b].text} for a, b in sides]
