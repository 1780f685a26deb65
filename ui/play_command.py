"""`askwell play`: the project that plays, made or gone on with."""

import subprocess
import sys
from pathlib import Path

import click

from loop import Project
from loop.decisions import with_values
from loop.errors import SettingsError
from loop.people import OWNER
from loop.play.terms import CART_POLE, CLIP_SPEED, USUAL_SPEED
from loop.settings import Settings


def made_or_known(
    folder: Path,
    environment: str | None,
    seed: int | None,
    speed: float | None,
    clips: int | None,
) -> None:
    """Have a project in *folder* that plays as is wanted. Raises `SettingsError`.

    With *clips* a new one, to compare so many clips of play. What was learned rests on the
    environment and the seed, so that those of a project stay.
    """
    if not (folder / "project.db").is_file():
        usual = CLIP_SPEED if clips else USUAL_SPEED
        _make(folder, environment or CART_POLE, seed or 0, speed or usual, clips)
        return
    if clips is not None:
        raise SettingsError(
            f"{folder} is a project already, and clips are filmed for a new one. Open it with: "
            f"askwell serve {folder}"
        )
    with Project.open(folder) as project:
        _check(project.settings, folder, environment, seed)
        if speed is not None:
            project.decide(OWNER, with_values(speed=speed))


def _make(folder: Path, environment: str, seed: int, speed: float, clips: int | None) -> None:
    # In a process of its own: this one serves pages next, and must not import scikit-learn.
    words = [str(folder), environment, str(seed), str(speed), *([str(clips)] if clips else [])]
    create = [sys.executable, "-P", "-m", "loop.play.creation", *words]
    made = subprocess.run(create, check=False, stderr=subprocess.PIPE, text=True)  # noqa: S603 - our own module, no shell
    if made.returncode:
        raise SettingsError(made.stderr.strip())
    what = f"{clips} clips, to be compared" if clips else "to be taught from nothing"
    click.echo(f"{folder}: {environment}, {what}.")


def _check(known: Settings, folder: Path, environment: str | None, seed: int | None) -> None:
    if known.play is None:
        raise SettingsError(
            f"{folder} is a project of items to label; open it with: askwell serve {folder}"
        )
    if environment not in {None, known.play.environment}:
        raise SettingsError(
            f"{folder} plays {known.play.environment}, and what was learned there is of no use in "
            f"{environment}: choose another folder."
        )
    if seed not in {None, known.seed}:
        raise SettingsError(f"{folder} has the seed {known.seed}, for good: leave --seed out.")
