"""The command line. Exit codes: 0 done, 1 the work failed, 2 wrong usage."""

import json
import subprocess
import sys
import threading
import time
import webbrowser
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from loop.errors import LoopError, SettingsError

if TYPE_CHECKING:
    from loop.dataset import Columns

HOME = "127.0.0.1"
PORT = 8501


class _Refusal(click.ClickException):
    """What went wrong, as the terminal shows it: a sentence, no traceback."""

    exit_code = 1


class _Group(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (LoopError, OSError) as why:
            raise _Refusal(str(why)) from why


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="askwell")
def main() -> None:
    """Ask well, label less: label what the model learns most from, and watch it learn."""


_folder = click.argument("project", type=click.Path(path_type=Path))
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_port = click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True)


@main.command()
@click.argument("what", type=click.Choice(["digits"]), default="digits")
@_port
@click.option("--no-browser", is_flag=True, help="Do not open a browser window.")
@click.option(
    "--project",
    "folder",
    type=click.Path(path_type=Path),
    default=Path(".askwell/digits"),
    show_default=True,
    help="Where the demo's project lies; it is kept, and goes on next time.",
)
def demo(what: str, port: int, folder: Path, *, no_browser: bool) -> None:
    """Label handwritten digits: one key each, 0–9."""
    from ui.server import check_port

    check_port(HOME, port)
    if not (folder / "project.db").exists():
        click.echo(f"Writing the demo's {what} to {folder} …")
        write = [sys.executable, "-P", "-m", "loop.demo", str(folder)]
        made = subprocess.run(write, check=False)  # noqa: S603 - our own module, no shell
        if made.returncode:
            raise _Refusal(f"The demo could not be written to {folder}; the reason stands above.")
    _serve(folder, HOME, port, open_browser=not no_browser)


@main.command()
@_folder
@click.option("--data", type=click.Path(path_type=Path), required=True, help="File or folder.")
@click.option("--text", metavar="COL", help="The column with the text to judge.")
@click.option("--image", metavar="COL", help="The column with the path of an image.")
@click.option("--features", metavar="COL,COL…", help="The columns of a table to judge rows of.")
@click.option("--id", "id_column", metavar="COL", help="Where ids stand; else content decides.")
@click.option("--label", metavar="COL", help="Known labels; they are trained on. Blank = unknown.")
@click.option(
    "--audit",
    type=click.Path(path_type=Path),
    help="File of items with known labels, to measure accuracy on; never trained on.",
)
@click.option("--classes", metavar="A,B,C", help="The classes, in the order of their keys.")
@click.option("--strategy", help="See askwell strategies.  [default: what suits the task]")
@click.option("--recipe", default="default", show_default=True, help="The classifier.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--task",
    type=click.Choice(["classify", "multilabel"]),
    default="classify",
    show_default=True,
    help="multilabel: any number of classes each; known labels stand between | in their column.",
)
def init(
    project: Path,
    data: Path,
    text: str | None,
    image: str | None,
    features: str | None,
    id_column: str | None,
    label: str | None,
    audit: Path | None,
    classes: str | None,
    strategy: str | None,
    **settings: Any,
) -> None:
    """Create a project from a CSV, JSONL or Parquet file, or a folder of images."""
    from loop.creation import Source, create

    named = {"text": text, "image": image, "table": features}
    columns = _columns(data, named, id_column, label)
    truth = None
    if audit is not None:
        truth = Source(audit, replace(columns, id=id_column, label=label or "label"))
    with _Counter() as counter:
        made = create(
            project,
            Source(data, columns),
            audit=truth,
            classes=_split(classes),
            progress=counter,
            **settings | ({"strategy": strategy} if strategy else {}),
        )
    pairs = [f"{key} = {name}" for name, key in made.settings.class_keys.items()]
    keys = ", ".join(pairs if len(pairs) <= 10 else [pairs[0], "…", pairs[-1]])
    click.echo(f"{project}: {made.item_count():,} items. Keys: {keys}.")
    click.echo(f"Go on with: askwell serve {project}")
    made.close()


def _columns(
    source: Path, named: dict[str, str | None], id_column: str | None, label: str | None
) -> "Columns":
    """Which columns to judge, by the options given, or by what the file has."""
    from loop.creation import columns_of
    from loop.dataset import Columns

    chosen = {kind: names for kind, names in named.items() if names}
    if len(chosen) > 1:
        raise click.UsageError("Give one of --text, --image and --features, not several.")
    if source.is_dir():
        if chosen or id_column or label:
            raise click.UsageError(f"{source} is a folder of images; it has no columns to name.")
        return Columns("image", ("image",), id="id")
    if not chosen:
        there = columns_of(source)
        if "text" not in there:
            names = ", ".join(there)
            raise SettingsError(
                f"What is to be judged in {source}? Name it with --text COL, --image COL or "
                f"--features COL,COL; its columns are: {names}."
            )
        chosen = {"text": "text"}
    kind, name = next(iter(chosen.items()))
    return Columns(kind, _split(name) if kind == "table" else (name,), id_column, label)


def _split(names: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (names or "").split(",") if name.strip())


class _Counter:
    """Shows how many rows have been read, on a terminal only."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._last:
            click.echo(err=True)

    def __call__(self, what: str, rows: int) -> None:
        if self._terminal and time.monotonic() - self._last > 0.1:
            self._last = time.monotonic()
            click.echo(f"\rReading {what}: {rows:,} rows ", nl=False, err=True)


@main.command()
@_folder
@click.option("--host", default=HOME, show_default=True)
@_port
def serve(project: Path, host: str, port: int) -> None:
    """Open the project for labeling, and train in the background."""
    _serve(project, host, port, open_browser=False)


def _serve(folder: Path, host: str, port: int, *, open_browser: bool) -> None:
    from loop import Project
    from ui.server import serve as run

    if open_browser:
        threading.Timer(1.5, webbrowser.open, [f"http://{host}:{port}"]).start()
    with suppress(KeyboardInterrupt):  # Ctrl+C is how a person stops it
        run(Project.open(folder), host, port, click.echo)


@main.command()
@_folder
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["annotator", "reviewer", "owner"]),
    default="annotator",
    show_default=True,
)
@click.option(
    "--port", type=int, default=PORT, show_default=True, help="Where the project is served."
)
@_json
def invite(project: Path, name: str, role: str, port: int, *, as_json: bool) -> None:
    """Add an annotator; the link is shown this once."""
    from loop import Project

    with Project.open(project) as opened:
        token = opened.invite(name, role)
    url = f"http://{HOME}:{port}/join/{token}"
    click.echo(json.dumps({"token": token, "url": url}) if as_json else f"{name} ({role}): {url}")


@main.command()
@_folder
def train(project: Path) -> None:
    """Do one round now; a running trainer is asked to."""
    from loop import Project
    from loop.asking import round_now

    with Project.open(project) as opened:
        click.echo(round_now(opened))


@main.command()
@_folder
@_json
def status(project: Path, *, as_json: bool) -> None:
    """Say where the loop stands."""
    from loop import Project
    from loop import status as where

    with Project.open(project) as opened:
        now = where(opened)
    if as_json:
        click.echo(json.dumps(now))
        return
    reached = now["accuracy"]
    accuracy = (
        f"{reached['value']:.3f} ({reached['low']:.3f}–{reached['high']:.3f}), model "
        f"{reached['version']}, {reached['audit']} audit items"
        if reached
        else f"not known yet: {now['accuracy_waits_for']}"
    )
    click.echo(
        f"{now['name']}: {now['labels']} labels of {now['items']['pool']:,} items in the pool"
    )
    click.echo(f"  classes   {', '.join(f'{name} {n}' for name, n in now['classes'].items())}")
    click.echo(f"  accuracy  {accuracy}")
    click.echo(f"  trainer   {now['trainer']['state']} {now['trainer']['note']}".rstrip())


@main.command()
@_folder
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder.")
def export(project: Path, form: str, out: Path) -> None:
    """Write the standing answers out, with a manifest and a card."""
    from loop import Project
    from loop.export import write

    with Project.open(project) as opened:
        click.echo(f"Wrote {write(opened, form, out)}")


@main.command()
@_json
def strategies(*, as_json: bool) -> None:
    """List the query strategies."""
    from loop.creation import strategy_list

    found = strategy_list()
    if as_json:
        click.echo(json.dumps(found))
        return
    for one in found:
        needs = ", ".join(one["needs"]) or "nothing"
        click.echo(f"{one['name']:18} {one['label']}. Needs {needs}; costs {one['cost']}.")


if __name__ == "__main__":
    main()
