"""The command line. Exit codes: 0 done, 1 the work failed, 2 wrong usage."""

import json
import os
import subprocess
import sys
import threading
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from loop.errors import LoopError
from loop.play.terms import CART_POLE, CLIP_SPEED, FASTEST, SLOWEST, USUAL_SPEED
from ui.aggregate_command import aggregate
from ui.bandit_command import bandit
from ui.compare_command import compare
from ui.data_commands import erase, import_, restore, withdraw
from ui.export_commands import export, verify
from ui.feedback_commands import feedback
from ui.init_command import init
from ui.model_commands import predict, rank
from ui.options import HOME, as_json_document, folder, port
from ui.people_commands import invite, revoke
from ui.plan_command import plan
from ui.rebuild_command import rebuild
from ui.status_command import status
from ui.webhook_commands import webhook


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


for _command in (
    *(init, import_, withdraw, restore, erase, export, verify, invite, revoke, status),
    *(compare, predict, rank, rebuild, aggregate, feedback, webhook, bandit, plan),
):
    main.add_command(_command)


@main.command()
@click.argument("what", type=click.Choice(["digits"]), default="digits")
@port
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
@click.argument("space", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--project",
    "folder",
    type=click.Path(path_type=Path),
    help="Where the session lies; it is kept, and goes on next time.  [default: beside SPACE]",
)
@port
@click.option("--no-browser", is_flag=True, help="Do not open a browser window.")
def tune(space: Path, folder: Path | None, port: int, *, no_browser: bool) -> None:
    """Find the best setting of what SPACE, a TOML file, describes: people judge proposals."""
    from loop.tuning.render import FOLDER
    from ui.server import check_port

    check_port(HOME, port)
    project = (folder or space.with_suffix("")).resolve()
    is_new = not (project / "project.db").exists()
    click.echo(f"{'Making first proposals in' if is_new else 'Going on in'} {project} …")
    os.environ[FOLDER] = str(space.resolve().parent)  # for our children: what is shown lies there
    begin = [sys.executable, "-P", "-m", "loop.tuning.beginning", str(space), str(project)]
    if subprocess.run(begin, check=False).returncode:  # noqa: S603 - our own module, no shell
        sys.exit(1)  # why stands above
    _serve(project, HOME, port, open_browser=not no_browser)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--env", "environment", help=f"A Gymnasium environment.  [default: {CART_POLE}]")
@click.option("--seed", type=click.IntRange(0), help="Of all chance.  [default: 0]")
@click.option(
    "--speed",
    type=click.FloatRange(SLOWEST, FASTEST),
    help=f"Steps a second.  [default: {USUAL_SPEED:g}; of clips {CLIP_SPEED:g}]",
)
@click.option(
    "--clips",
    type=click.IntRange(10, 2_000),
    metavar="N",
    help="Compare N clips of play in pairs instead, and learn from that what good play is.",
)
@port
@click.option("--no-browser", is_flag=True, help="Do not open a browser window.")
def play(
    folder: Path,
    environment: str | None,
    seed: int | None,
    speed: float | None,
    clips: int | None,
    port: int,
    *,
    no_browser: bool,
) -> None:
    """Teach an agent by saying good and bad while it plays; FOLDER is made, or gone on with."""
    from ui.play_command import made_or_known
    from ui.server import check_port

    check_port(HOME, port)
    made_or_known(folder, environment, seed, speed, clips)
    _serve(folder, HOME, port, open_browser=not no_browser)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@port
@click.option("--no-browser", is_flag=True, help="Do not open a browser window.")
@click.option("--host", hidden=True)
def new(folder: Path | None, port: int, host: str | None, *, no_browser: bool) -> None:
    """Make a project in the browser, and go on to label in it.

    FOLDER is what it will be; without one, the page asks for a name, and puts it in here.
    """
    if host is not None:
        raise click.UsageError(
            f"There is no --host here, and {host!r} is not listened on: the page can read this "
            f"machine's files, so it is served on {HOME} only, to who sits at it. A project that "
            "is made can be served to others: askwell serve PROJECT --host ADDRESS"
        )
    from ui.making import ASKWELL
    from ui.new_server import create_in_browser
    from ui.server import check_port

    where = (folder or Path("new")).resolve()
    check_port(HOME, port)  # else the browser would open what is there
    if not no_browser:
        _open_soon(HOME, port)
    with suppress(KeyboardInterrupt):
        made = create_in_browser(where.parent, where.name if folder else "", port, click.echo)
        if made is not None:
            sys.stdout.flush()
            # Not another child: Ctrl+C, and whoever started us, mean the server from here on.
            os.execv(ASKWELL[0], [*ASKWELL, "serve", str(made), "--port", str(port)])  # noqa: S606


@main.command()
@folder
@click.option(
    "--host",
    default=HOME,
    show_default=True,
    help="The address to listen on; on any that others can reach, everybody needs an invitation.",
)
@port
@click.option(
    "--allow-host",
    "allow_hosts",
    metavar="NAME",
    multiple=True,
    help="A name that people open the project by, as with a reverse proxy; may be repeated.",
)
def serve(project: Path, host: str, port: int, allow_hosts: tuple[str, ...]) -> None:
    """Open the project for labeling, and train in the background."""
    _serve(project, host, port, allow_hosts, open_browser=False)


def _serve(
    folder: Path, host: str, port: int, allow_hosts: tuple[str, ...] = (), *, open_browser: bool
) -> None:
    from loop import Project
    from ui.server import serve as run

    if open_browser:
        _open_soon(host, port)
    with suppress(KeyboardInterrupt):  # Ctrl+C is how a person stops it
        run(Project.open(folder), host, port, click.echo, allow_hosts)


def _open_soon(host: str, port: int) -> None:
    threading.Timer(1.5, webbrowser.open, [f"http://{host}:{port}"]).start()


@main.command()
@folder
def train(project: Path) -> None:
    """Do one round now; a running trainer is asked to."""
    from loop import Project
    from loop.asking import round_now

    with Project.open(project) as opened:
        click.echo(round_now(opened))


@main.command()
@as_json_document
def strategies(*, as_json: bool) -> None:
    """List the query strategies."""
    from loop.catalogue import strategy_list

    found = strategy_list()
    if as_json:
        click.echo(json.dumps(found))
        return
    for one in found:
        needs = ", ".join(one["needs"]) or "nothing"
        click.echo(f"{one['name']:18} {one['label']}. Needs {needs}; costs {one['cost']}.")


if __name__ == "__main__":
    main()
