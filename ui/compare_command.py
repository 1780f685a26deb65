"""The command that compares strategies on data whose answers are known."""

import json
import math
import sys
from pathlib import Path
from typing import Any, Self

import click

from ui.data_commands import columns_from
from ui.options import as_json_document, split

OUT = Path(".askwell/comparisons")


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--label", metavar="COL", required=True, help="The column with the known answers.")
@click.option("--text", metavar="COL,COL…", help="The column with the text, or several.")
@click.option("--image", metavar="COL", help="The column with the path of an image.")
@click.option("--features", metavar="COL,COL…", help="The columns of a table.")
@click.option(
    "--test", type=click.Path(path_type=Path), help="A file to measure on; else rows are held out."
)
@click.option(
    "--strategies", "names", metavar="A,B,C", required=True, help="random is always there."
)
@click.option("--budget", type=int, default=300, show_default=True, help="Labels at most.")
@click.option("--batch", type=int, default=10, show_default=True, help="Labels a round.")
@click.option("--first", type=int, default=20, show_default=True, help="Labels before the first.")
@click.option("--start", default="random", show_default=True, help="The strategy for these.")
@click.option("--seeds", type=int, default=20, show_default=True, help="Splits and first labels.")
@click.option("--recipe", default="default", show_default=True, help="The classifier.")
@click.option("--split", "share", type=float, default=0.4, show_default=True, help="Held out.")
@click.option("--jobs", type=int, default=1, show_default=True, help="Processes.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=OUT, show_default=True, help="What is kept."
)
@as_json_document
def compare(data: Path, label: str, names: str, out: Path, *, as_json: bool, **more: Any) -> None:
    """Compare query strategies on a file whose answers are all known.

    Each is asked on the same splits and first labels, seed by seed. What is finished is kept: the
    command goes on where it was stopped, and another strategy or more seeds cost only themselves.
    """
    from loop import compare as room
    from loop.media import MediaFolder

    named = {"text": more["text"], "image": more["image"], "table": more["features"]}
    columns = columns_from(data, named, None, label)
    wanted = split(names)
    if room.BASELINE not in wanted:  # no strategy is shown without it
        wanted = (room.BASELINE, *wanted)
    ask = room.Protocol(
        more["budget"], more["batch"], more["first"], more["start"], more["recipe"], more["share"]
    )
    plan = room.Plan(wanted, more["seeds"], ask)
    rows = room.read(data, columns, MediaFolder(out / "media"), more["test"])
    with _Progress() as progress:
        room.run(out, plan, [rows], room.Where(more["jobs"]), progress)
    found = room.document(data.stem, room.outcomes(out, plan, rows))
    click.echo(json.dumps(found, indent=2) if as_json else room.table(found))


class _Progress:
    """How many cells are finished, and how long the rest will take, on a terminal."""

    def __enter__(self) -> Self:
        return self

    def __call__(self, done: int, of: int, left: float) -> None:
        """Show it."""
        if sys.stderr.isatty():
            time_left = "" if math.isnan(left) else f", {left:,.0f} s left"
            bar = "█" * (30 * done // of)
            click.echo(f"\r{bar:<30} {done:,} of {of:,} cells{time_left}   ", nl=False, err=True)

    def __exit__(self, *_: object) -> None:
        if sys.stderr.isatty():
            click.echo(err=True)
