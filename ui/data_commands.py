"""The commands about a project's data: created, imported, withdrawn, restored, erased."""

import fnmatch
import json
from collections.abc import Container, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loop import tasks
from loop.errors import SettingsError
from loop.people import OWNER
from loop.tasks import classify
from loop.tasks.rate import MOST_POINTS
from ui.counter import Counter
from ui.options import as_json_document, folder, split
from ui.task_options import keys_in_words, scale_of, systems_of, usual_columns

if TYPE_CHECKING:
    from loop import Project
    from loop.dataset import Columns
    from loop.foreign import ForeignFile
    from loop.settings import Settings


@click.command()
@folder
@click.option("--data", type=click.Path(path_type=Path), required=True, help="File or folder.")
@click.option("--text", metavar="COL,COL…", help="The column with the text to judge, or several.")
@click.option("--image", metavar="COL", help="The column with the path of an image.")
@click.option("--audio", metavar="COL", help="The column with the path of a sound.")
@click.option("--video", metavar="COL", help="The column with the path of a video.")
@click.option("--features", metavar="COL,COL…", help="The columns of a table; `x*` for several.")
@click.option("--meta", metavar="COL,COL…", help="Columns shown beneath; no model reads them.")
@click.option("--id", "id_column", metavar="COL", help="Where ids stand; else content decides.")
@click.option("--label", metavar="COL", help="Known labels; they are trained on. Blank = unknown.")
@click.option(
    "--audit",
    type=click.Path(path_type=Path),
    help="File of items with known labels, to measure accuracy on; never trained on.",
)
@click.option("--classes", metavar="A,B,C", help="The classes, in the order of their keys.")
@click.option(
    "--layout",
    type=click.Choice(["stacked", "side-by-side"]),
    default="stacked",
    show_default=True,
    help="How two columns stand.",
)
@click.option("--highlight", metavar="WORDS,WORDS…", help="Words and phrases marked in texts.")
@click.option("--strategy", help="See askwell strategies.  [default: what suits the task]")
@click.option("--start", help="The strategy before the first model.  [default: typiclust]")
@click.option("--recipe", help="What is read | what learns.  [default: what suits the data]")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--task",
    type=click.Choice(tasks.names()),
    help="What people do with each item; see docs/kinds.md."
    "  [default: classify, or what the file of another tool asks]",
)
@click.option("--scale", metavar="LOW-HIGH", help="Of --task rate.  [default: 1-5]")
@click.option("--scale-words", metavar="LOW,HIGH", help="What its two ends mean: awful,excellent.")
@click.option("--systems", metavar="COL,COL…", help="What made each output, one column for each.")
@click.option("--progress", is_flag=True, help="Tell the rows read in lines, for a program.")
def init(
    project: Path,
    data: Path,
    features: str | None,
    id_column: str | None,
    label: str | None,
    audit: Path | None,
    classes: str | None,
    meta: str | None,
    highlight: str | None,
    task: str | None,
    scale: str | None,
    scale_words: str | None,
    systems: str | None,
    *,
    progress: bool,
    **more: Any,
) -> None:
    """Create a project from a CSV, JSONL or Parquet file, or a folder of images, sounds or videos.

    --text goes with one of --image, --audio and --video, for items that have both.
    A name with a comma in it stands in double quotes where several are given.
    """
    from loop import foreign
    from loop.creation import create
    from loop.importing import Source

    named = {kind: more.pop(kind) for kind in ("text", "image", "audio", "video")}
    named["table"] = features
    if (file := foreign.read(data)) is not None:
        if id_column or label or audit or meta or systems or any(named.values()):
            raise click.UsageError(f"{data} says itself what its columns are; leave them out.")
        settings = {name: value for name, value in more.items() if value is not None}
        settings |= {"classes": split(classes), "highlight": split(highlight)}
        settings |= scale_of(task or "rate", scale, split(scale_words))
        _begun(project, file, settings | ({"task": task} if task else {}))
        return
    task = task or classify.TASK.name
    columns = columns_from(data, named, id_column, label, task)
    made_by = systems_of(task, columns.shown, split(systems))
    columns = replace(columns, meta=tuple(dict.fromkeys([*split(meta), *made_by.values()])))
    settings = {name: value for name, value in more.items() if value is not None}
    settings |= {"task": task, **scale_of(task, scale, split(scale_words))}
    settings |= {"systems": made_by} if made_by else {}
    truth = None
    if audit is not None:
        truth = Source(audit, replace(columns, id=id_column, label=label or "label"))
    with Counter(in_lines=progress) as counter:
        made = create(
            project,
            Source(data, columns),
            audit=truth,
            classes=split(classes),
            progress=counter,
            highlight=split(highlight),
            **settings,
        )
    _show_new(project, made)
    made.close()


def _begun(project: Path, file: "ForeignFile", settings: dict[str, Any]) -> None:
    """A project from the file of another tool."""
    from loop.foreign.beginning import create

    with create(project, file, **settings) as made:
        _show_new(project, made)


def _show_new(project: Path, made: "Project") -> None:
    pairs = keys_in_words(made.settings.task, made.settings.class_keys)
    keys = ", ".join(pairs if len(pairs) <= MOST_POINTS else [pairs[0], "…", pairs[-1]])
    click.echo(f"{project}: {made.item_count():,} items. Keys: {keys}.")
    if none := made.settings.no_rounds:
        click.echo(f"No model: {none}.")
    else:
        click.echo(f"Recipe: {made.settings.recipe}. Asked first by {_order(made.settings)}.")
    click.echo(f"Go on with: askwell serve {project}")


def _order(settings: "Settings") -> str:
    """The strategies in the order in which they choose."""
    named = dict.fromkeys([settings.start, settings.strategy])
    return ", then by ".join(named)


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
