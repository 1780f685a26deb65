"""From clips of CartPole to a reward to a policy: `python clips_cartpole.py FOLDER [SEED]`.

A person who likes the pole upright in the middle, and is wrong one time in ten, is simulated; in
your project (`askwell play FOLDER --clips 300`) people say which of two clips is better.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from loop import model_export, model_file
from loop.play import filming
from loop.play.clips import Clip, played
from loop.play.environment import Environment
from loop.play.planning import by_reward, linear, reward_of
from loop.trainer import one_round

ENVIRONMENT, CLIPS, ANSWERS, ROUND, WRONG = "CartPole-v1", 300, 200, 40, 0.1
EPISODES = range(1_000, 1_005)  # seeds of the beginnings, to see what came


def liked(text: str) -> float:
    """What the person thinks of a clip."""
    lean, away = np.abs(Clip.of(text).states[:, [2, 0]]).T
    return float((1 - lean / 0.42 - away / 4.8).sum())


def main(folder: Path, seed: int = 0) -> dict[str, Any]:
    """Film, answer, take the model out, and plan by it."""
    rng = np.random.default_rng(seed)
    with filming.create(folder / "project", ENVIRONMENT, CLIPS, seed=seed, speed=15) as project:
        for i in range(ANSWERS):
            (item,) = project.next_items("ana", 1)
            better, other = sorted("ab", key=lambda side: -liked(item.fields[side]))
            value = other if rng.random() < WRONG else better
            project.submit(item.id, value, annotator="ana", answer_id=f"answer-{i}")
            if i % ROUND == ROUND - 1:
                one_round(project)  # while `askwell serve` runs, the trainer does that by itself
        model = model_file.load(model_export.write(project, folder / "model"))
    told = json.loads((folder / "model" / "manifest.json").read_text("utf-8"))
    world = Environment(ENVIRONMENT)
    weights = {"planned": by_reward(world, reward_of(model, world), rng)}
    weights["at random"] = rng.standard_normal(world.size)
    policies = {name: linear(drawn, world) for name, drawn in weights.items()}
    lasted = {
        name: [len(played(world, does, begin, 500).actions) for begin in EPISODES]
        for name, does in policies.items()
    }
    world.close()
    return {
        "answers": told["labels"],
        "pairwise accuracy": told["audit"]["pairwise"]["accuracy"],
        "steps": {name: float(np.mean(steps)) for name, steps in lasted.items()},
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), *map(int, sys.argv[2:])), indent=2))  # noqa: T201
