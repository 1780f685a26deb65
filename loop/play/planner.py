"""The planner: `python -m loop.play.planner PROJECT ENVIRONMENT`, for `askwell plan`.

It fits the model of all answers, as an export does, plans a policy by its reward, and plays that
beside others from beginnings that none of them has seen. A process of its own, as Gymnasium is for
those beside the web process. Out go lines of JSON: `{"done", "of"}` as it gets on, or `{"refused"}`
and the exit code 1.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop import model_export, model_file
from loop.compare.statistics import interval
from loop.errors import LoopError
from loop.model_file import Model
from loop.play import plans
from loop.play.clips import Clip, Policy, Scene, played
from loop.play.environment import LONGEST, Environment, Outcome
from loop.play.filming import STEPS
from loop.play.planning import POPULATION, ROUNDS, by_reward, linear, n_weights, reward_of
from loop.project import Project

Progress = Callable[[int, int], None]  # so much is done, of so much
EPISODES = range(1_000, 1_100)  # seeds of the beginnings that are played
OF = ROUNDS * POPULATION + 2 * len(EPISODES)
PLANS = 3  # what the seed is for; see `loop.play.lesson`


@dataclass
class Scored:
    """An environment, and the sum of its own rewards since the beginning."""

    environment: Environment
    score: float = 0.0

    @property
    def state(self) -> NDArray[np.float64]:
        """Of the environment, (n_numbers,)."""
        return self.environment.state

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self.score = 0.0
        self.environment.reset(seed)

    def step(self, action: int) -> Outcome:
        """Take an action."""
        outcome = self.environment.step(action)
        self.score += outcome.reward
        return outcome


@dataclass(frozen=True)
class Episode:
    """What came of playing once."""

    steps: int
    score: float
    scenes: Sequence[Scene]


def plan(project: Project, environment: str, progress: Progress) -> dict[str, Any]:
    """Plan, play, and keep what came; returns it.

    Raises `SettingsError` where the environment or the model is no good for that, and
    `ModelFileError` where there is no model.
    """
    world = Environment(environment)
    try:
        model, told = _model(project)
        found = _found(world, model, [project.settings.seed, PLANS], progress)
    finally:
        world.close()
    kept = {"environment": environment, "labels": sum(told["labels"].values())}
    kept |= {"log_seq": told["log_seq"]} | found
    plans.keep(project, kept)
    return kept


def _model(project: Project) -> tuple[Model, dict[str, Any]]:
    """The model of all answers so far, and what is to be said of it."""
    with TemporaryDirectory() as place:
        file = model_export.write(project, Path(place) / "model")
        return model_file.load(file), model_file.manifest(file)


def _found(
    world: Environment, model: Model, seed: Sequence[int], progress: Progress
) -> dict[str, Any]:
    """How the policy planned did, and as many with random weights, from the same beginnings."""
    reward, rng, done = reward_of(model, world), np.random.default_rng(seed), 0

    def counted(result: Any) -> Any:
        nonlocal done
        done += 1
        progress(done, OF)
        return result

    def worth(clip: Clip) -> float:
        return float(counted(reward(clip)))

    planned = linear(by_reward(world, worth, rng), world)
    drawn = [linear(rng.standard_normal(n_weights(world)), world) for _ in EPISODES]
    own = [counted(_episode(world, planned, begin)) for begin in EPISODES]
    others = [counted(_episode(world, one, at)) for one, at in zip(drawn, EPISODES, strict=True)]
    scenes = own[0].scenes
    return {
        "episodes": len(EPISODES),
        "planned": _figures(own),
        "random": _figures(others),
        "first": {"scenes": scenes[: STEPS + 1]},
        "last": {"scenes": scenes[-STEPS - 1 :]},
    }


def _episode(world: Environment, policy: Policy, begin: int) -> Episode:
    scored = Scored(world)
    clip = played(scored, policy, begin, LONGEST, world.scene)
    return Episode(len(clip.actions), scored.score, clip.scenes)


def _figures(episodes: Sequence[Episode]) -> dict[str, Any]:
    """Mean steps and mean return, each with its 95 % interval."""
    return {
        "steps": asdict(interval([one.steps for one in episodes])),
        "return": asdict(interval([one.score for one in episodes])),
    }


def main(folder: str, environment: str) -> int:
    """Plan in the project in *folder*; returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C is for the parent to tell of
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what an environment prints is not for the parent to read

    def tell(**what: object) -> None:
        out.write(json.dumps(what) + "\n")

    try:
        with Project.open(folder) as project:
            plan(project, environment, lambda done, of: tell(done=done, of=of))
    except LoopError as why:
        tell(refused=str(why))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
