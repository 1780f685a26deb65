"""A policy by what was learned from which of two clips is better, through all of the product.

For each of ten seeds the example `docs/examples/clips_cartpole.py`: clips are filmed, 200 pairs
answered, one in ten wrongly, and a policy is planned by the reward; then what `askwell plan` does
in the same project: tries of its own, and 100 episodes. `pairwise` is held-out accuracy as the
project says it, on some 30 audit answers, a tenth of which are slips as well. Steps: at most 500.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from loop import Project
from loop.play.planner import plan

sys.path.insert(0, str(Path(__file__).parent.parent / "docs" / "examples"))
import clips_cartpole

SEEDS = range(10)


def measure() -> dict[str, Any]:
    """All seeds, and what they come to."""
    with threadpool_limits(1):
        each = [_one(seed) for seed in SEEDS]
    parts = {"example": "example", "planned": "plan", "random": "random"}
    return {"seeds": each} | {
        called: {
            "mean": round(float(np.mean([one[name] for one in each])), 1),
            "worst": min(one[name] for one in each),
        }
        for called, name in parts.items()
    }


def _one(seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        story = clips_cartpole.main(Path(scratch), seed)
        with Project.open(Path(scratch, "project")) as project:
            told = plan(project, clips_cartpole.ENVIRONMENT, lambda _done, _of: None)
    steps = told["planned"]["steps"]
    return {
        "seed": seed,
        "pairwise": round(story["pairwise accuracy"]["value"], 3),
        "example": round(story["steps"]["planned"], 1),
        "example_random": round(story["steps"]["at random"], 1),
        "plan": round(steps["mean"], 1),
        "plan_ci95": [round(steps["low"], 1), round(steps["high"], 1)],
        "random": round(told["random"]["steps"]["mean"], 1),
    }
