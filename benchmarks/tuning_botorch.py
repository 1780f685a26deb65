"""Does tuning by preferences find as good settings as botorch's pairwise model does?

`ASKWELL_BOTORCH` names the Python of an environment with botorch, which is no dependency of ours:
torch is 900 MB. Both are judged by the same person of `tuning_functions`, on its functions of
numbers; categories and conditions are nothing that its example covers.

- own: each asks its own pairs: botorch by `PairwiseGP` (Laplace) and its expected utility of the
  best option (`qExpectedUtilityOfBestOption`), after as many first pairs
- same: both learn from our pairs, and recommend the best of the settings in them

Regret in points after 30 and 60 answers; `paired` as in `tuning`.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from run import NoData
from threadpoolctl import threadpool_limits
from tuning import AT, pairs, told
from tuning_functions import FUNCTIONS

from loop.tuning import search
from loop.tuning.cube import Cube
from loop.tuning.space import Space

NAMES = ("branin", "hartmann-6")
SEEDS = 10  # a run of botorch takes minutes


def measure() -> dict[str, Any]:
    """Both, on each function. Raises `NoData` without botorch."""
    python = os.environ.get("ASKWELL_BOTORCH")
    if python is None:
        raise NoData("set ASKWELL_BOTORCH to a Python that has botorch")
    with threadpool_limits(1):
        return {name: _one(name, python) for name in NAMES}


def _one(name: str, python: str) -> dict[str, Any]:
    judged = FUNCTIONS[name]
    cube = Cube(Space.model_validate({"parameters": judged.parameters, "ask": "compare"}))
    ours, peers = [], []
    for seed in range(SEEDS):
        asked, regrets = pairs(judged, cube, seed, "ours")
        ours.append(regrets)
        task = {
            "function": name,
            "seed": seed,
            "firsts": search.firsts(cube),
            "at": AT,
            "pairs": [[cube.point(a).tolist(), cube.point(b).tolist(), won] for a, b, won in asked],
        }
        peer = Path(__file__).with_name("tuning_botorch_peer.py")
        done = subprocess.run(
            [python, peer], input=json.dumps(task), check=True, capture_output=True, text=True
        )
        peers.append(json.loads(done.stdout.splitlines()[-1]))
        print(name, seed, regrets, peers[-1])
    found = {how: [peer[how] for peer in peers] for how in ("own", "same")}
    seconds = np.concatenate([peer["seconds"] for peer in peers])
    figures = told({"ours": {"same": ours}, "botorch": found})
    return figures | {"seeds": SEEDS, "botorch_seconds_p50": round(float(np.median(seconds)), 2)}
