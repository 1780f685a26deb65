"""A new project to compare clips of play: what a mix of policies does, cut up and paired."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loop import creation
from loop.creation import Source
from loop.dataset import Columns
from loop.errors import SettingsError
from loop.play.clips import Clip, cut, pairs, played
from loop.play.environment import Environment
from loop.play.lesson import measured_scale
from loop.play.tamer import Scale
from loop.project import OWNER, Project
from loop.tasks import compare

STEPS = 25  # of a clip: under two seconds
LONGEST = 250  # steps of an episode that a clip is cut from
PAIRS = 3  # items for each clip, so that there is a choice of what to ask
ASTRAY = (0.0, 0.1, 0.4)  # how often a policy acts at random, one of these
RECIPE = "outputs(clips) | linear_reward()"
QUESTION = """Which of the two clips shows better play?

What good play is, you decide; keep to it throughout. Where a clip is shorter, its episode was over.
"""
CLIPS, FILE = 2, "clips.jsonl"  # what the seed is for; see `loop.play.lesson`


@dataclass(frozen=True)
class Linear:
    """Does what is worth most, each action's worth being linear in the state; else at random."""

    weights: NDArray[np.float64]  #: (n_actions, 1 + n_numbers), that of a constant first
    scale: Scale
    astray: float  #: chance that an action is random
    rng: np.random.Generator

    def __call__(self, state: NDArray[np.float64]) -> int:
        """The action."""
        if self.rng.random() < self.astray:
            return int(self.rng.integers(len(self.weights)))
        return int(np.argmax(self.weights @ self.scale.features(state)))


def create(folder: Path, environment: str, n: int, *, seed: int = 0, speed: float) -> Project:
    """Create and open a project whose items are pairs of *n* clips, three for each.

    The page shows *speed* steps a second. Raises `ProjectExists` or `SettingsError`, also where a
    clip would take a picture for each step.
    """
    made = Environment(environment)
    try:
        clips = filmed(made, n, seed)
    finally:
        made.close()
    items = pairs(clips, PAIRS * n, np.random.default_rng([seed, CLIPS, 1]))
    outputs = (compare.A, compare.B)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / FILE
        file.write_text("".join(json.dumps(one) + "\n" for one in items), "utf-8")
        project = creation.create(
            folder,
            Source(file, Columns("text", outputs)),
            task=compare.TASK.name,
            clips=outputs,
            environment=environment,
            recipe=RECIPE,
            seed=seed,
            speed=speed,
        )
    project.write_guideline(OWNER, QUESTION)
    return project


def filmed(environment: Environment, n: int, seed: int) -> list[Clip]:
    """*n* clips of as many policies: linear ones with random weights, more or less astray.

    Drawn from all that they did, so that the few that last long are not lost among those that fail
    at once: one clip of each policy taught less. Raises `SettingsError` where people see the
    environment in pictures.
    """
    if environment.has_pictures:
        raise SettingsError(
            f"{environment.name} is seen in pictures, and clips hold none: each would be some "
            "hundred times as large. Clips are made of what the page can draw of a state: "
            "CartPole, and environments without pictures, as their numbers."
        )
    scale, rng = measured_scale(environment, seed), np.random.default_rng([seed, CLIPS])
    size = (len(environment.actions), environment.size + 1)
    found: list[Clip] = []
    for _ in range(n):
        policy = Linear(rng.standard_normal(size), scale, rng.choice(ASTRAY), rng)
        begin = int(rng.integers(2**31))
        found += cut(played(environment, policy, begin, LONGEST, environment.scene), STEPS)
    return [found[i] for i in rng.permutation(len(found))[:n]]
