"""A new project that plays: `python -m loop.play.creation FOLDER ENVIRONMENT SEED SPEED [CLIPS]`.

With CLIPS it is one to compare so many of them. In a process of its own, as Gymnasium is for those
beside the web process. What it refuses it says in one line on standard error, and exits with 1.
"""

import sys
from pathlib import Path
from typing import Any

from loop.creation import begun
from loop.errors import LoopError
from loop.play import filming
from loop.play.environment import Environment
from loop.play.lesson import measured_scale
from loop.project import Project
from loop.settings import settings_from


def create(folder: Path, environment: str, *, seed: int = 0, **settings: object) -> Project:
    """Create and open a project that plays. Raises `ProjectExists` or `SettingsError`."""
    made = Environment(environment)
    try:
        scale = measured_scale(made, seed)
    finally:
        made.close()
    play = {
        "environment": environment,
        "actions": made.actions,
        "centre": [*scale.centre],
        "spread": [*scale.spread],
    }
    return begun(
        folder, settings_from(name=folder.resolve().name, seed=seed, play=play, **settings)
    )


def main(folder: str, environment: str, seed: str, speed: str, clips: str = "") -> None:
    """Create it, or say why not."""
    usual: dict[str, Any] = {"seed": int(seed), "speed": float(speed)}
    try:
        if clips:
            filming.create(Path(folder), environment, int(clips), **usual).close()
        else:
            create(Path(folder), environment, **usual).close()
    except LoopError as why:
        sys.exit(str(why))


if __name__ == "__main__":
    main(*sys.argv[1:])
