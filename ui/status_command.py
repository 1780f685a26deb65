"""`askwell status`: where the loop stands."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from ui.options import as_json_document, folder


@click.command()
@folder
@as_json_document
def status(project: Path, *, as_json: bool) -> None:
    """Say where the loop stands."""
    from loop import Project
    from loop import status as where

    with Project.open(project) as opened:
        now = where(opened)
        quality = opened.quality()
    if as_json:
        click.echo(json.dumps(now | {"quality": quality}))
        return
    for line in _of_play(now) if now["play"] is not None else _of_labels(now):
        click.echo(line)


def _of_play(now: Mapping[str, Any]) -> Iterator[str]:
    played = now["play"]
    mean = "" if played["last_ten"] is None else f", {played['last_ten']:.1f} of the last ten"
    yield f"{now['name']}: {played['environment']}, {played['episodes']} episodes{mean}"
    yield f"  signals   {played['good']} good, {played['bad']} bad"


def _of_labels(now: Mapping[str, Any]) -> Iterator[str]:
    reached = now["accuracy"]
    accuracy = (
        f"{reached['value']:.3f} ({reached['low']:.3f}–{reached['high']:.3f}), model "
        f"{reached['version']}, {reached['audit']} audit items"
        if reached
        else f"not known yet: {now['accuracy_waits_for']}"
    )
    yield f"{now['name']}: {now['labels']} labels of {now['items']['pool']:,} items in the pool"
    yield f"  classes   {', '.join(f'{name} {n}' for name, n in now['classes'].items())}"
    yield f"  accuracy  {accuracy}"
    yield f"  trainer   {now['trainer']['state']} {now['trainer']['note']}".rstrip()
    if now["failure"]:
        yield f"  failed    the last round: {now['failure']}"
