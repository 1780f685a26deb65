"""What can go wrong in this room; every message says what happened, the value, and what to do.

LoopError
├── ProjectError
│   ├── NotAProject      the folder holds no project
│   ├── ProjectExists    the folder is taken
│   ├── NewerProject     written by a newer askwell
│   ├── CannotWrite      the database takes nothing more
│   ├── TrainerBusy      another trainer holds the project's lock
│   ├── RoundFailed      a round could not be done
│   └── PlayerGone       the process that plays has ended, or does not answer
├── SettingsError        a setting that is unknown, or that does not fit the others
└── DataError            a file, row or value that cannot be read as data
"""

from collections.abc import Sequence
from pathlib import Path


class LoopError(Exception):
    """Base of every error this room raises for a person to read."""


class ProjectError(LoopError):
    """The project folder is not what was expected."""


class NotAProject(ProjectError):
    """The folder holds no project."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is not an askwell project (no project.db in it). "
            f"Create one with: askwell init {folder} --data FILE"
        )


class ProjectExists(ProjectError):
    """A new project was to be created where something already lies."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} already exists and is not empty. Choose another name, "
            f"or open it with: askwell serve {folder}"
        )


class NewerProject(ProjectError):
    """The project was written by a newer askwell than this one."""

    def __init__(self, folder: Path, unknown: Sequence[str]) -> None:
        super().__init__(
            f"{folder} was written by a newer askwell (it has {', '.join(unknown)}). "
            "Nothing was changed; upgrade askwell to open it."
        )


class CannotWrite(ProjectError):
    """The database takes nothing more; what was saved before is safe."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} cannot be written: {why}. What was saved is safe; mend that, and try again."
        )


class TrainerBusy(ProjectError):
    """Another trainer process works on this project."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Another trainer is already at work on {folder}; there is never a second."
        )


class RoundFailed(ProjectError):
    """A round could not be done; the message says why."""


class PlayerGone(ProjectError):
    """The process that plays has ended, or does not answer; what was saved before is safe."""

    def __init__(self, how: str | None) -> None:
        super().__init__(how or "Nothing is being played: open the page, and it begins.")


class SettingsError(LoopError):
    """A setting is unknown or does not fit the others."""


class DataError(LoopError):
    """Data that cannot be imported. Names the file, the rows and the values."""

    SHOWN = 5

    def __init__(self, source: Path | str, problems: Sequence[str]) -> None:
        shown = [f"  {problem}" for problem in problems[: self.SHOWN]]
        if len(problems) > self.SHOWN:
            shown.append(f"  … and {len(problems) - self.SHOWN} more")
        super().__init__("\n".join([f"{source} was not imported; nothing was changed:", *shown]))
        self.source, self.problems = source, tuple(problems)
