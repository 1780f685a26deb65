"""`askwell rebuild`: what follows from the log, computed from it again."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loop.errors import TrainerBusy
from ui.counter import bar
from ui.options import as_json_document, folder

if TYPE_CHECKING:
    from loop.findings import Findings

SHOWN = 5  # of what may be many


@click.command()
@folder
@click.option("--check", "only_check", is_flag=True, help="Compare, and put nothing right.")
@as_json_document
def rebuild(project: Path, *, only_check: bool, as_json: bool) -> None:
    """Compute everything again from the log alone, and say whether it is identical.

    Every round is done again: its model, its ranking and its point of the curve must come out the
    same to the last bit. What is missing beside the log is put back; where the log itself comes out
    otherwise, nothing is changed.
    """
    from loop import Project
    from loop.rebuild import rebuild as again

    try:
        with Project.open(project) as opened:
            found = again(opened, only_check=only_check, progress=_show)
    except TrainerBusy as why:
        raise click.ClickException(f"{why} Stop askwell serve, and try again.") from why
    if as_json:
        click.echo(json.dumps({"identical": found.identical} | vars(found)))
    else:
        click.echo("\n".join(_in_words(found)))
    sys.exit(0 if found.identical else 1)


def _in_words(found: "Findings") -> list[str]:
    counted = f"{_so_many(found.rounds, 'round')}, {_so_many(found.starts, 'start')}"
    if found.identical:
        lines = [f"identical: {counted}, and what else follows from the log"]
    else:
        first, *others = found.differences
        lines = [f"different: {first}", *(f"  {one}" for one in others[: SHOWN - 1])]
        lines += [f"  … and {len(others) - SHOWN + 1:,} more"] if len(others) >= SHOWN else []
        lines += [f"identical: {counted}"]
    lines += [f"not done again: {_named(some)}: {why}" for why, some in found.not_rebuilt.items()]
    lines += [f"{_named(some)}: {why}" for why, some in found.notes.items()]
    return lines + [f"put right: {one}" for one in found.restored]


def _so_many(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' if n != 1 else ''}"


def _named(some: list[str]) -> str:
    more = f" and {len(some) - SHOWN:,} more" if len(some) > SHOWN else ""
    return ", ".join(some[:SHOWN]) + more


def _show(done: int, of: int) -> None:
    if of:
        bar(done, of, "done again")
