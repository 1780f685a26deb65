"""Do Label Studio and Argilla read what is exported for them? Their own SDKs say, task by task.

`ASKWELL_CONSUMERS` names the Python of an environment with label-studio-sdk and argilla, which are
no dependencies of ours. A project of each task, answered by two people; see `consumers_check.py`.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from feedback_projects import ASKED, answered
from run import NoData

from loop import reviewing
from loop.exports import write
from loop.reviewing import Verdict

TOOLS = ("label-studio", "argilla")
ITEMS = 40
GOLD = 3


def measure() -> dict[str, Any]:
    """Export every kind of task, and have the tools read it. Raises `NoData` without them."""
    python = os.environ.get("ASKWELL_CONSUMERS")
    if python is None:
        raise NoData("set ASKWELL_CONSUMERS to a Python that has label-studio-sdk and argilla")
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out"
        for task in ASKED:
            with answered(Path(scratch) / task, task, ITEMS) as project:
                verdicts = [Verdict(f"i{i}", ASKED[task][1][0], is_gold=True) for i in range(GOLD)]
                reviewing.decide(project, "owner", verdicts)
                for tool in TOOLS:
                    write(project, tool, out / task / tool)
        check = Path(__file__).with_name("consumers_check.py")
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [python, check, out], check=True, capture_output=True, text=True, env=clean
        )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures
