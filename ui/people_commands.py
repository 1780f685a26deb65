"""The commands that let people in, and no longer."""

import json
from pathlib import Path

import click

from ui.options import HOME, PORT, as_json_document, folder


@click.command()
@folder
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["annotator", "reviewer", "owner"]),
    help="What they may do; without it a newcomer is an annotator, and others stay what they are.",
)
@click.option("--port", type=click.IntRange(1, 65535), help=f"Short for --url http://{HOME}:PORT.")
@click.option(
    "--url",
    metavar="URL",
    help=f"The address that people open the project at.  [default: http://{HOME}:{PORT}]",
)
@as_json_document
def invite(
    project: Path, name: str, role: str | None, port: int | None, url: str | None, *, as_json: bool
) -> None:
    """Let somebody in; the link is shown this once, and counts until it is revoked."""
    from loop import Project

    if url is not None and (port is not None or not url.startswith(("http://", "https://"))):
        raise click.UsageError("--url is a whole address, with http:// or https://, and its port.")
    base = (url or f"http://{HOME}:{port or PORT}").rstrip("/")
    with Project.open(project) as opened:
        token = opened.invite(name, role)
        claim = opened.people.claim(token)
        name = claim.name if claim else name
        role = opened.role(name)
    link = f"{base}/join/{token}"
    click.echo(json.dumps({"token": token, "url": link}) if as_json else f"{name} ({role}): {link}")


@click.command()
@folder
@click.argument("name")
def revoke(project: Path, name: str) -> None:
    """End every invitation of a person, at once; their answers stay."""
    from loop import Project

    with Project.open(project) as opened:
        opened.people.revoke(name)
    click.echo(f"{name} can no longer come in. Their answers stay; what they held goes to others.")
