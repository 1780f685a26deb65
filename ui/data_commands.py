"""The commands about a project's data: imported, withdrawn, restored, erased."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loop.people import OWNER
from ui.counter import Counter
from ui.options import as_json_document, folder

if TYPE_CHECKING:
    from loop.foreign import ForeignFile


@click.command("import")
@folder
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--id", "id_column", metavar="COL", help="Where ids stand; else content decides.")
@click.option("--label", metavar="COL", help="Known labels; they are trained on. Blank = unknown.")
@click.option("--gold", is_flag=True, help="The labels are sure: ask these items silently.")
@click.option("--preview", is_flag=True, help="Say what it would come to, and store nothing.")
@as_json_document
def import_(
    project: Path,
    file: Path,
    id_column: str | None,
    label: str | None,
    *,
    gold: bool,
    preview: bool,
    as_json: bool,
) -> None:
    """Bring more items into a project, all of FILE or nothing; people may be at work in it.

    FILE has the columns of the project, or is what people said elsewhere: tasks of Label Studio or
    records of Argilla (JSON), or an export of askwell's (JSONL). Items that are there already are
    counted, not doubled; the same answer comes once.

    With --gold every row has a label, which is the last word on its item, new or not; people are
    asked it among their other questions, and measured by it.
    """
    from loop import Project, foreign, importing, reviewing
    from loop.dataset import Columns

    if (brought := foreign.read(file)) is not None:
        if id_column or label or gold:
            raise click.UsageError(f"{file} says itself who said what; leave the options out.")
        _take(project, brought, preview=preview, as_json=as_json)
        return
    if file.is_dir() and (id_column or label):
        raise click.UsageError(f"{file} is a folder of files; it has no columns to name.")
    if gold and not label:
        raise click.UsageError("--gold needs --label COL: what the right answers are.")
    with Project.open(project) as opened:
        columns: Columns = importing.columns(opened, "id" if file.is_dir() else id_column, label)
        with Counter() as counter:
            batch = importing.read(opened, importing.Source(file, columns), counter)
        try:
            verdicts = reviewing.gold(batch.name, batch.records) if gold else []
            plan = importing.plan(opened, batch)
            if not preview:
                importing.add(opened, batch)
                reviewing.decide(opened, OWNER, reviewing.known(opened, verdicts))
        finally:
            batch.discard()
    told = {"added": len(plan.new), "already_there": plan.already_there, "audit": plan.audit}
    told |= {"copies": plan.copies, "labels_not_taken": plan.labels_not_taken}
    told |= {"left_out": plan.left_out, "gold": len(verdicts)}
    click.echo(json.dumps(told) if as_json else f"{project}: {_in_words(told, preview=preview)}")


def _take(project: Path, file: "ForeignFile", *, preview: bool, as_json: bool) -> None:
    """Bring what people said elsewhere."""
    from loop import Project
    from loop.foreign.taking import take

    with Project.open(project) as opened:
        told = vars(take(opened, file, preview=preview))
    if as_json:
        click.echo(json.dumps(told))
        return
    named = {"left_out": "erased here and left out", "not_taken": "rows of no person not taken"}
    words = [f"{n:,} {named.get(name, name.replace('_', ' '))}" for name, n in told.items() if n]
    would = " (not stored: a preview)" if preview else ""
    click.echo(f"{project}: {', '.join(words) or 'nothing new'}{would}.")


def _in_words(told: dict[str, int], *, preview: bool) -> str:
    words = f"{told['added']:,} items {'would be added' if preview else 'added'}"
    words += f" ({told['audit']:,} of them audit items)" if told["audit"] else ""
    words += f", {told['already_there']:,} are there already"
    if told["copies"]:
        words += f"; {told['copies']:,} of the new ones have the content of another item"
    if told["gold"]:
        words += f"; {told['gold']:,} {'would be' if preview else 'are'} gold"
    elif told["labels_not_taken"]:
        words += f"; labels of {told['labels_not_taken']:,} that are there already were not taken"
    if told["left_out"]:
        words += f"; {told['left_out']:,} were erased here, and {'would be' if preview else 'are'} "
        words += "left out"
    return f"{words}."


_items = click.argument("items", nargs=-1, required=True, metavar="ITEM…")


@click.command()
@folder
@_items
def withdraw(project: Path, items: tuple[str, ...]) -> None:
    """Take items out: not asked, not trained on, in no figure and no export; see restore."""
    from loop import Project, withdrawal

    with Project.open(project) as opened:
        n = withdrawal.withdraw(opened, items)
    click.echo(f"{n:,} items withdrawn. They come back with: askwell restore {project} ITEM…")


@click.command()
@folder
@_items
def restore(project: Path, items: tuple[str, ...]) -> None:
    """Put withdrawn items back, with every answer on them."""
    from loop import Project, withdrawal

    with Project.open(project) as opened:
        click.echo(f"{withdrawal.restore(opened, items):,} items restored.")


@click.command()
@folder
@click.option("--item", metavar="ID", help="Its content, its id and what was said about it.")
@click.option("--person", metavar="NAME", help="Their name and comments; their labels stay.")
@click.option("--interaction", metavar="ID", help="Its prompt and output, and words about it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(
    project: Path, item: str | None, person: str | None, interaction: str | None, *, yes: bool
) -> None:
    """Erase an item's or an interaction's content, or a person's name and comments, for good."""
    from loop import Project, withdrawal

    ways = {
        "item": (item, withdrawal.erase_item),
        "person": (person, withdrawal.erase_person),
        "interaction": (interaction, withdrawal.erase_interaction),
    }
    chosen = [(what, name, way) for what, (name, way) in ways.items() if name is not None]
    if len(chosen) != 1:
        raise click.UsageError("Give one of --item, --person and --interaction.")
    what, name, way = chosen[0]
    if not yes:
        click.confirm(
            f"Erase the {what} {name!r} from {project}? There is no way back.", abort=True
        )
    with Project.open(project) as opened:
        now = way(opened, name)
    click.echo(
        f"Erased; what is left is called {now}. Exports and backups made before still have it."
    )
