"""`askwell webhook`: other programs that are told what happens."""

import json
import time
from pathlib import Path
from typing import Any

import click

from ui.options import as_json_document, folder

_ID = click.argument("webhook", metavar="ID")


@click.group()
def webhook() -> None:
    """Tell other programs what happens, signed, while askwell serve runs."""


@webhook.command()
@folder
@click.argument("url")
@click.option("--event", "events", multiple=True, metavar="EVENT", help="Only of this; repeatable.")
def add(project: Path, url: str, events: tuple[str, ...]) -> None:
    """Tell URL of events; the secret that signs them is shown this once."""
    from loop import Project, webhooks

    with Project.open(project) as opened:
        made, secret = webhooks.add(opened, url, events or webhooks.EVENTS)
    click.echo(f"{made} is told of: {', '.join(events or webhooks.EVENTS)}.")
    click.echo(f"Secret, for the receiver: {secret}")


@webhook.command("list")
@folder
@as_json_document
def list_(project: Path, *, as_json: bool) -> None:
    """The webhooks of a project, and how their deliveries went."""
    from loop import Project, webhooks

    with Project.open(project) as opened:
        found = webhooks.listed(opened)
    if as_json:
        click.echo(json.dumps(found))
    elif not found:
        click.echo(f"{project} tells nobody. Begin with: askwell webhook add {project} URL")
    for one in [] if as_json else found:
        click.echo(_in_words(one))


@webhook.command()
@folder
@_ID
def end(project: Path, webhook: str) -> None:
    """Tell it nothing any more; what still waits is given up."""
    from loop import Project, webhooks

    with Project.open(project) as opened:
        webhooks.end(opened, webhook)
    click.echo(f"{webhook} is told nothing any more.")


@webhook.command()
@folder
@_ID
def test(project: Path, webhook: str) -> None:
    """Send a test event now, once, and print what came back."""
    from loop import Project, postman, webhooks

    with Project.open(project) as opened:
        url = webhooks.url_of(opened.store.read, webhook)
        secret = webhooks.secret_of(opened, webhook)
    now = time.time()
    body = webhooks.body_of("test", {"webhook": webhook}, now)
    came = postman.send(secret, url, webhooks.new_id(), body)
    click.echo(f"{url} answered {came}, after {time.time() - now:.2f} s.")


def _in_words(one: dict[str, Any]) -> str:
    counts = f"{one['delivered']:,} delivered, {one['waiting']:,} waiting"
    counts += f", {one['given_up']:,} given up" if one["given_up"] else ""
    last = f"\n  last failure: {one['last_error']}" if one["last_error"] else ""
    ended = " (ended)" if one["ended_at"] is not None else ""
    return f"{one['id']}{ended} {one['url']}\n  {', '.join(one['events'])}\n  {counts}{last}"
