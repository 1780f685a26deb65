"""A project before there is one: what its file holds, and where it would lie; writes nothing."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from loop.errors import DataError, SettingsError
from loop.formats import rows_of
from loop.formats.media_folder import SUFFIXES

LONGEST_NAME = 150  # bytes; a file system takes 255, and a project in the making needs some
SHOWN = 5  # rows


@dataclass(frozen=True)
class Look:
    """The first rows of a file, and what its columns seem to hold."""

    columns: tuple[str, ...]
    rows: Sequence[dict[str, Any]]
    media: dict[str, str]  #: column → image, audio or video, where its cells end like such files

    @property
    def text(self) -> str:
        """The column that a person would read: the one called so, else the wordiest."""
        if "text" in self.columns:
            return "text"
        return max(self.columns, key=lambda name: sum(len(str(row.get(name))) for row in self.rows))


def look(source: Path) -> Look:
    """Read the first rows of *source*. Raises `DataError`."""
    rows = [row.values for row in islice(rows_of(source), SHOWN)]
    if not rows or not rows[0]:
        raise DataError(source, ["there is no row in it, or no column"])
    kinds = {name: _kind([row.get(name) for row in rows]) for name in rows[0]}
    return Look(tuple(rows[0]), rows, {name: kind for name, kind in kinds.items() if kind})


def _kind(cells: Sequence[Any]) -> str | None:
    endings = {Path(cell).suffix.lower() if isinstance(cell, str) else "" for cell in cells}
    return next((kind for kind, known in SUFFIXES.items() if endings <= known), None)


def is_project(folder: Path) -> bool:
    """Whether a project lies in *folder*."""
    return (folder / "project.db").exists()


def folder_for(parent: Path, name: str) -> Path:
    """Where a project called *name* would lie: in *parent*, and nowhere else.

    Raises `SettingsError` for what is no name of a folder.
    """
    if not name:
        raise SettingsError("The project has no name yet. It becomes the name of its folder.")
    why = None
    if name.startswith((".", "-")):
        why = f"begins with {name[0]!r}"
    elif strange := [sign for sign in name if sign in "/\\:" or _is_unseen(sign)]:
        why = f"has {strange[0]!r} in it"
    elif len(name.encode()) > LONGEST_NAME:
        why = f"has {len(name.encode())} bytes, more than {LONGEST_NAME}"
    if why:
        raise SettingsError(f"A project cannot be called {name!r}, since that {why}: rename it.")
    return parent / name


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cs"}
