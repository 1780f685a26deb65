"""A tuning session from a TOML file: a new project with its first proposals, or the one there is.

`python -m loop.tuning.beginning SPACE.toml FOLDER` is run by `askwell tune` before it serves: a
space that is refused, and a `render` that fails, are told in the terminal, and nothing is left.
"""

import sys
from pathlib import Path

from loop import recipes, versions
from loop.creation import as_a_whole, new_store
from loop.errors import LoopError, SettingsError
from loop.importing import first
from loop.project import OWNER, Project
from loop.settings import Settings, settings_from
from loop.store import rounds
from loop.tuning import space as spaces
from loop.tuning.ahead import Tuning
from loop.tuning.space import Space
from loop.tuning.told import columns, metadata

RATE = "How good is it, from 1 ({0}) to 5 ({1})?"
COMPARE = "Which of the two is better?"


def settings_of(space: Space, name: str) -> Settings:
    """The settings of a project whose items are proposals. Raises `SettingsError`."""
    of_ratings = {"scale_words": space.scale_words} if space.ask == "rate" else {}
    return settings_from(
        name=name,
        task=space.ask,
        modality=space.modality,
        columns=columns(space),
        meta=metadata(space),
        classes=(),
        recipe=recipes.resolved(recipes.DEFAULT, space.modality),
        seed=space.seed,
        space=space.model_dump(),
        **of_ratings,
    )


def begin(file: Path, folder: Path) -> None:
    """See that *folder* holds the session of the TOML *file*.

    Raises `SettingsError` for a space that is refused or another one than the project's, and for
    one of which nothing can be shown, and `ProjectExists` where something else lies; then nothing
    has changed.
    """
    space = spaces.read(file)
    if (folder / "project.db").exists():
        with Project.open(folder) as there:
            _check_same(there, space, file, folder)
        return
    with as_a_whole(folder) as partial:
        _build(partial, space, folder.name)


def _check_same(project: Project, space: Space, file: Path, folder: Path) -> None:
    there = project.settings.space
    if there is None:
        raise SettingsError(f"{folder} is a project of another kind; give another one: --project")
    if there != space:
        names = Space.model_fields
        changed = [name for name in names if getattr(there, name) != getattr(space, name)]
        raise SettingsError(
            f"{file.name} has changed since {folder} began ({', '.join(changed)}). Its answers are "
            "about the space as it was: put that back, or begin anew with --project ANOTHER."
        )


def _build(folder: Path, space: Space, name: str) -> None:
    settings = settings_of(space, name)
    store = new_store(folder, settings)
    try:
        with store.write() as db:
            asks = RATE.format(*space.scale_words) if space.ask == "rate" else COMPARE
            versions.write(db, versions.GUIDELINE, OWNER, space.question or asks)
        first(store, settings, [], [], [])
    finally:
        store.close()
    with Project.open(folder) as project:
        session = Tuning(project)
        try:
            session.fill()
        finally:
            session.close()
        if not project.item_count():
            raise SettingsError(rounds.trainer(project.store.read)["note"])  # what went wrong last


def main(file: str, folder: str) -> int:
    """Begin, and say what is wrong in one line; returns the exit code."""
    try:
        begin(Path(file), Path(folder))
    except (LoopError, OSError) as why:
        sys.stderr.write(f"Error: {why}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
