"""The command that compares strategies on data whose answers are known."""

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

import click

from ui.columns import columns_from
from ui.counter import bar
from ui.options import as_json_document, split
from ui.replay_command import bias_in, is_project, kept_in, replay_of, with_bias

if TYPE_CHECKING:
    from loop.compare import Protocol, Rows

OUT = Path(".askwell/comparisons")


def _budget(_context: click.Context, _option: click.Parameter, value: str) -> int | None:
    if value == "all":
        return None
    if not value.isdecimal():
        raise click.BadParameter(f"{value!r} is neither a number nor `all`.")
    return int(value)


@click.command()
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--label", metavar="COL", help="The column with the known answers, of a file.")
@click.option("--text", metavar="COL,COL…", help="The column with the text, or several.")
@click.option("--image", metavar="COL", help="The column with the path of an image.")
@click.option("--features", metavar="COL,COL…", help="The columns of a table; `x*` for several.")
@click.option(
    "--test", type=click.Path(path_type=Path), help="A file to measure on; else rows are held out."
)
@click.option(
    "--strategies", "names", metavar="A,B,C", required=True, help="random is always there."
)
@click.option(
    "--budget", default="300", show_default=True, callback=_budget, help="Labels at most, or `all`."
)
@click.option(
    "--batch", type=int, multiple=True, default=[10], help="Labels a round.  [default: 10]"
)
@click.option("--first", type=int, default=20, show_default=True, help="Labels before the first.")
@click.option(
    "--start", multiple=True, default=["random"], help="The strategy for these.  [default: random]"
)
@click.option("--seeds", type=int, default=20, show_default=True, help="Splits and first labels.")
@click.option(
    "--recipe",
    multiple=True,
    default=["default"],
    help="The classifier, as `sklearn.svm.SVC(C=10)`.  [default: default]",
)
@click.option("--split", "share", type=float, default=0.4, show_default=True, help="Held out.")
@click.option("--jobs", type=int, default=1, show_default=True, help="Processes.")
@click.option(
    "--backend",
    type=click.Choice(["loky", "dask"]),
    default="loky",
    show_default=True,
    help="Where cells run: here, or on a Dask cluster.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Of the cluster, as tcp://10.0.0.1:8786.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=OUT, show_default=True, help="What is kept."
)
@click.option(
    "--report", metavar="FOLDER", type=click.Path(path_type=Path), help="Pictures, tables, a page."
)
@as_json_document
def compare(
    data: tuple[Path, ...],
    names: str,
    out: Path,
    report: Path | None,
    *,
    as_json: bool,
    **more: Any,
) -> None:
    """Compare query strategies on files whose answers are all known.

    Each is asked on the same splits and first labels, seed by seed. What is finished is kept: the
    command goes on where it was stopped, and another strategy or more seeds cost only themselves.
    Several files, and --batch, --start or --recipe given more than once, are all combined.

    Where DATA is a project, its labels are asked for again; it knows its columns and its recipe.
    """
    from loop import compare as room

    wanted = split(names)
    if room.BASELINE not in wanted:  # no strategy is shown without it
        wanted = (room.BASELINE, *wanted)
    where = room.Where(more["jobs"], more["backend"], more["scheduler"])
    replay = None
    lock: AbstractContextManager[None] = nullcontext()
    if any(map(is_project, data)):
        replay, more = replay_of(data, more)
        out, lock = kept_in(data[0], out)
    plan = room.Plan(wanted, more["seeds"], tuple(_protocols(more)))
    sets = _sets(data, out, more) if replay is None else [replay]
    if report:  # rather now than after hours
        _report_room().prepare(report)
    with lock, _Progress() as progress:
        room.run(out, plan, sets, where, progress)
    found = room.documents(out, plan, sets)
    if replay is not None:
        found = with_bias(found, replay, plan)
    across, made_of = room.across_cases(found), room.manifest(plan, sets)
    told = {"cases": found, "across": across, "manifest": made_of}
    if report:
        _report_room().write(report, told)
    if as_json:
        alone = len(found) == 1
        click.echo(json.dumps(found[0] | {"manifest": made_of} if alone else told, indent=2))
    else:
        tables = [room.table(one) + bias_in(one) for one in found]
        if len(found) > 1:
            tables.append(room.table_across(across, room.BASELINE))
        click.echo("\n\n".join(tables))
        if report:
            click.echo(f"\nWritten to {report}: open {report / 'report.html'}")
    if not any(one["seeds"] for case in found for one in case["strategies"].values()):
        raise click.exceptions.Exit(1)  # what failed, and why, is told above


def _report_room() -> ModuleType:
    """It loads what draws, which takes a second: only who asks for a report waits for it."""
    from ui import compare_report

    return compare_report


def _protocols(more: Mapping[str, Any]) -> Iterator["Protocol"]:
    """Every combination of what was given."""
    from loop.compare import Protocol

    for start, recipe, batch in product(more["start"], more["recipe"], more["batch"]):
        yield Protocol(more["budget"], batch, more["first"], start, recipe, more["share"])


def _sets(files: Sequence[Path], out: Path, more: Mapping[str, Any]) -> list["Rows"]:
    """The data sets, read."""
    from loop.compare import read
    from loop.media import MediaFolder

    if more["label"] is None:
        raise click.UsageError("Name the column with the known answers, with --label COL.")
    if len({file.stem for file in files}) < len(files):
        raise click.UsageError("Two files have the same name: results are told apart by it.")
    if more["test"] and len(files) > 1:
        raise click.UsageError("--test belongs to one file; give that one alone.")
    named = {"text": more["text"], "image": more["image"], "table": more["features"]}
    media = MediaFolder(out / "media")
    return [
        read(file, columns_from(file, named, None, more["label"]), media, more["test"])
        for file in files
    ]


class _Progress:
    """How many cells are finished, and how long the rest will take, on a terminal."""

    def __init__(self) -> None:
        self._is_under_way = False

    def __enter__(self) -> Self:
        return self

    def __call__(self, done: int, of: int, left: float) -> None:
        """Show it."""
        time_left = "" if math.isnan(left) else f", {left:,.0f} s left"
        bar(done, of, f"cells{time_left}")
        self._is_under_way = done < of

    def __exit__(self, *_: object) -> None:
        if self._is_under_way and sys.stderr.isatty():
            click.echo(err=True)
