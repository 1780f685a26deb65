"""The command about people's feedback: what it comes to, on a terminal."""

import json
from pathlib import Path
from typing import Any

import click

from ui.options import as_json_document, folder


@click.command()
@folder
@as_json_document
def feedback(project: Path, *, as_json: bool) -> None:
    """Say what people's feedback of the last days comes to, and which alarms are open."""
    from loop import Project
    from loop.feedback import alarms, corrections, insights

    with Project.open(project) as opened:
        told = insights.look(opened)
        told["alarms"] = [one.alarm.told for one in alarms.waiting(opened)]
        told["corrections"] = corrections.count(opened)
    click.echo(json.dumps(told) if as_json else "\n".join(_lines(told)))


def _lines(told: dict[str, Any]) -> list[str]:
    summary = told["summary"]
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in summary["kinds"].items()) or "none"
    lines = [f"The last {told['days']} days: {kinds}, by {summary['people']:,} people."]
    if liked := summary["liked"]:
        share = liked["share"]
        reach = f"{share['low']:.0%} to {share['high']:.0%}"
        lines.append(f"  liked      {share['value']:.0%} ({reach}) of {liked['n']:,}")
    ratings, preferences = summary["ratings"] or {}, summary["preferences"] or {}
    lines += [f"  rated      {_rated(one)}" for one in ratings.get("by_version", [])]
    lines += [f"  strength   {_strength(one)}" for one in preferences.get("systems", [])]
    lines += [f"  issue      {one['n']:,}: {', '.join(one['words'])}" for one in told["issues"]]
    lines += [f"  ALARM      {one['title']} {one['words']}" for one in told["alarms"]]
    return [*lines, f"  waiting    {told['corrections']:,} corrections"]


def _rated(one: dict[str, Any]) -> str:
    return (
        f"{one['group']}: {one['corrected']:.2f} of {one['n']:,} (uncorrected {one['plain']:.2f})"
    )


def _strength(one: dict[str, Any]) -> str:
    if one["strength"] is None:
        return f"{one['name']}: {one['why']}"
    reach = "" if one["low"] is None else f" ({one['low']:+.2f} to {one['high']:+.2f})"
    return f"{one['name']}: {one['strength']:+.2f}{reach} of {one['comparisons']:,}"
