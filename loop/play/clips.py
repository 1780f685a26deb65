"""Clips of play: a few steps of an episode, which people compare as they do texts."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Policy = Callable[[Matrix], int]  # what is done in a state
Scene = dict[str, Any]  # what a person sees: `loop.play.environment.Environment.scene`


class World(Protocol):
    """Where one acts: `Environment` is one."""

    @property
    def state(self) -> Matrix:
        """Where it is, (n_numbers,)."""

    def reset(self, seed: int) -> None:
        """Begin an episode."""

    def step(self, action: int) -> Any:
        """Take an action; what comes back has `is_over`."""


@dataclass(frozen=True)
class Clip:
    """Each state with what was done in it; shorter than others where the episode ended."""

    states: Matrix  #: (n_steps, n_numbers)
    actions: NDArray[np.int64]  #: (n_steps,)
    scenes: tuple[Scene, ...] = ()  #: before each step, and after the last; or not known

    @classmethod
    def of(cls, text: str) -> Self:
        """From its text. Raises `ValueError` where that is no clip."""
        try:
            told = json.loads(text)
            states, actions = np.array(told["states"], float), np.array(told["actions"], np.int64)
            clip = cls(states, actions, tuple(told.get("scenes", ())))
        except (KeyError, TypeError, ValueError) as why:
            raise ValueError(f"{text[:60]!r} is no clip of play: {why}") from why
        if clip.states.ndim != 2 or len(clip.states) != len(clip.actions) or not len(clip.actions):
            raise ValueError(f"{text[:60]!r} is no clip of play: each state has an action")
        return clip

    @property
    def text(self) -> str:
        """As an item holds it: JSON, numbers to five places."""
        told: dict[str, Any] = {"states": self.states.round(5).tolist()}
        told |= {"actions": self.actions.tolist()}
        told |= {"scenes": self.scenes} if self.scenes else {}
        return json.dumps(told, separators=(",", ":"))

    @property
    def features(self) -> Matrix:
        """Sums over the steps, (1 + 2 n_numbers,): of 1, of the state, and of its squares.

        A reward that is linear in them is one for each step, as in Christiano et al. (2017).
        """
        steps = np.ones((len(self.actions), 1))
        found: Matrix = np.hstack([steps, self.states, self.states**2]).sum(axis=0)
        return found


def played(
    world: World, policy: Policy, seed: int, most: int, scene: Callable[[], Scene] | None = None
) -> Clip:
    """An episode from its beginning, of at most so many steps, as one clip.

    With the scenes that *scene* gives of the world, if it is given.
    """
    world.reset(seed)
    states: list[Matrix] = []
    actions: list[int] = []
    scenes = [scene()] if scene else []
    is_over = False
    while not is_over and len(actions) < most:
        states.append(world.state)
        actions.append(policy(world.state))
        is_over = world.step(actions[-1]).is_over
        if scene:
            scenes.append(scene())
    return Clip(np.array(states), np.array(actions, np.int64), tuple(scenes))


def cut(episode: Clip, steps: int) -> Iterator[Clip]:
    """An episode as clips of so many steps, the last one as long as it is."""
    for start in range(0, len(episode.actions), steps):
        part = slice(start, start + steps)
        scenes = episode.scenes[start : start + steps + 1]
        yield Clip(episode.states[part], episode.actions[part], scenes)


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
