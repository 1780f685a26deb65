"""`askwell init`: a new project from a file or a folder."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loop import tasks
from loop.tasks import classify
from loop.tasks.rate import MOST_POINTS
from ui.columns import columns_from
from ui.counter import Counter
from ui.options import folder, split
from ui.task_options import keys_in_words, scale_of, systems_of

if TYPE_CHECKING:
    from loop import Project
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
