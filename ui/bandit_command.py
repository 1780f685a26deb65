"""`askwell bandit`: candidates that running applications serve, and what they turn out to be."""

import json
from pathlib import Path
from typing import Any

import click

from loop.bandit.policy import Policy
from loop.errors import SettingsError
from loop.project import OWNER
from ui import feature_words
from ui.options import as_json_document, folder, split


@click.command()
@folder
@click.option(
    "--candidates", metavar="A,B,…", help="All there are; others are not chosen any more."
)
@click.option("--text", "texts", multiple=True, metavar="NAME=WORDS", help="A candidate's text.")
@click.option("--policy", "kind", type=click.Choice(["linucb", "thompson"]))
@click.option("--floor", type=float, help="The share of choices that is left to chance, to 1.")
@click.option("--alpha", type=float, help="LinUCB: how much what is uncertain is tried.")
@click.option("--scale", type=float, help="Thompson: the same.")
@click.option(
    "--context",
    "features",
    multiple=True,
    metavar="FEATURE",
    help="hour=0..24, a number; language=de|en|other, a category; question=text. Repeatable.",
)
@click.option("--no-context", is_flag=True, help="Choose without any.")
@as_json_document
def bandit(
    project: Path,
    candidates: str | None,
    texts: tuple[str, ...],
    features: tuple[str, ...],
    *,
    no_context: bool,
    as_json: bool,
    **values: Any,
) -> None:
    """Choose between candidates by people's thumbs; without options, say what they are worth."""
    from loop import Project, worth
    from loop import candidates as policies

    given = {name: value for name, value in values.items() if value is not None}
    if features or no_context:
        given["features"] = [feature_words.read(one).model_dump() for one in features]
    with Project.open(project) as opened:

        def change(before: Policy | None) -> Policy:
            if candidates is not None or texts:
                names = split(candidates) if candidates is not None else _names(before)
                given["candidates"] = policies.named(before, names, dict(map(_text, texts)))
            return policies.with_values(**given)(before)

        if given or candidates is not None or texts:
            made = policies.decide(opened.store, OWNER, change)
            click.echo(f"Version {made.version} of the policy is in force.", err=as_json)
        told = worth.worth(opened)
    if told is None:
        raise SettingsError(
            f"No candidates yet. Begin with: askwell bandit {project} --candidates a,b"
        )
    click.echo(json.dumps(told) if as_json else "\n".join(_lines(told)))


def _names(before: Any) -> list[str]:
    return before.names if before else []


def _text(given: str) -> tuple[str, str]:
    name, found, words = given.partition("=")
    if not found:
        raise click.UsageError(f"--text is NAME=WORDS, not {given!r}.")
    return name, words


def _lines(told: dict[str, Any]) -> list[str]:
    policy = told["policy"]
    what = f"{policy['kind']}, {policy['floor']:.0%} left to chance, version {told['version']}"
    waiting = f"{told['waiting']:,} waiting for less than a day, {told['unjudged']:,} for longer"
    lines = [f"{what}: {told['choices']:,} choices, {told['rewarded']:,} judged, {waiting}."]
    values = {one["name"]: one for one in told.get("values", [])}
    for one in told["candidates"]:
        name = one["name"] + ("" if one["on_offer"] else " (retired)")
        lines.append(f"  {name}: {one['choices']:,} choices, liked {_reach(one['rate'])}")
        if one["name"] in values:
            worth = values[one["name"]]
            lines[-1] += f"; served alone {_reach(worth['dr'])} (IPS {_reach(worth['ips'])})"
    if told["why"]:
        return [*lines, f"  Not estimated yet: {told['why']}."]
    best = told["best"]
    lines.append(
        f"  as it was: {_reach(told['as_it_was'])}; greedily: {_reach(told['greedy']['dr'])}"
    )
    return [*lines, f"  surely the best: {best}" if best else "  None is surely the best yet."]


def _reach(told: dict[str, float] | None) -> str:
    if told is None:
        return "not known"
    return f"{told['value']:.0%} ({told['low']:.0%} to {told['high']:.0%})"
