"""Which columns of a file are judged."""

import fnmatch
from collections.abc import Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loop import tasks
from loop.errors import SettingsError
from loop.tasks import classify
from ui.options import split
from ui.task_options import usual_columns

if TYPE_CHECKING:
    from loop.dataset import Columns


def columns_from(
    source: Path,
    named: dict[str, str | None],
    id_column: str | None,
    label: str | None,
    task: str = classify.TASK.name,
) -> "Columns":
    """Which columns to judge, by the options given, or by what the file has."""
    from loop.dataset import Columns, columns_of

    chosen = {kind: split(names) for kind, names in named.items() if names}
    if source.is_dir():
        if chosen or id_column or label:
            raise click.UsageError(f"{source} is a folder of files; it has no columns to name.")
        kind = columns_of(source)[-1]
        return Columns(kind, (kind,), id="id")
    if not chosen:
        there = columns_of(source)
        chosen = {"text": usual_columns(task, there)}
        if not chosen["text"]:
            wanted = tasks.get(task).columns_misfit(there)
            raise SettingsError(
                f"What is to be judged in {source}? Name it with --text COL, --image COL, "
                "--audio COL, --video COL or --features COL,COL; "
                f"{wanted or 'its columns are: ' + ', '.join(there)}."
            )
    if len(chosen) > 1 and ("text" not in chosen or "table" in chosen):
        raise click.UsageError(
            "Give one of --text, --image, --audio, --video and --features; only "
            "--text goes with one of the files."
        )
    kind = next(iter(chosen))  # the first of them is text where there are several
    if kind == "table":
        chosen[kind] = _matching(source, chosen[kind], but={id_column, label})
    shown = tuple(name for names in chosen.values() for name in names)
    files = {name: other for other, names in chosen.items() if other != kind for name in names}
    return Columns(kind, shown, id_column, label, files)


def _matching(
    source: Path, patterns: Sequence[str], *, but: Container[str | None]
) -> tuple[str, ...]:
    """The columns of a file that are named, or match a pattern with `*`, each once."""
    from loop.dataset import columns_of

    if not any("*" in one for one in patterns):
        return tuple(patterns)
    there = [name for name in columns_of(source) if name not in but]
    found = [
        name for one in patterns for name in (fnmatch.filter(there, one) if "*" in one else [one])
    ]
    return tuple(dict.fromkeys(found))
