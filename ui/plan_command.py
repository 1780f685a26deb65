"""`askwell plan`: a policy by the reward that was learned of clips of play, and how it does."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from loop.errors import SettingsError
from ui.counter import bar
from ui.options import as_json_document, folder


@click.command()
@folder
@click.option(
    "--env", "environment", help="The environment of the clips, where the project does not know it."
)
@as_json_document
def plan(project: Path, environment: str | None, *, as_json: bool) -> None:
    """Plan a policy by the reward that was learned of clips of play, and see how it does.

    It plays episodes that begin where none did before, beside policies with random weights. What
    came stands on the Progress page, too.
    """
    from loop import Project
    from loop.play import plans

    with Project.open(project) as opened:
        _run(opened.folder, plans.environment(opened, environment))
        told = plans.newest(opened)
    click.echo(json.dumps(told) if as_json else _in_words(told or {}))


def _run(folder: Path, environment: str) -> None:
    """Plan in a process of its own, with Gymnasium and scikit-learn; show how far it is.

    Raises `SettingsError` where it refuses, or breaks.
    """
    words = [sys.executable, "-P", "-m", "loop.play.planner", str(folder), environment]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as planner:  # noqa: S603 - our own module, no shell
        for line in planner.stdout or ():
            told = json.loads(line)
            if "refused" in told:
                raise SettingsError(told["refused"])
            bar(told["done"], told["of"], "episodes played")
    if planner.returncode:
        raise SettingsError(f"The planner ended with exit code {planner.returncode}; see above.")


def _in_words(told: Mapping[str, Any]) -> str:
    from loop.play import plans

    rows = [("", "steps (95 %)", "return (95 %)")]
    for name, called in plans.POLICIES.items():
        rows.append((called, *plans.means(told[name])))
    table = "\n".join(f"  {a:16}{b:>24}{c:>24}" for a, b, c in rows)
    return (
        f"A policy planned by the reward of {told['labels']:,} labeled pairs, in "
        f"{told['environment']}; means of {told['episodes']} episodes each:\n{table}\n"
        "The return is the environment's own; nothing was learned from it."
    )
