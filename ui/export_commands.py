"""The commands about what leaves a project: written out, and checked again."""

import json
from pathlib import Path
from typing import Any

import click

from ui.counter import Counter
from ui.options import as_json_document, folder

FORMATS = (
    *("csv", "jsonl", "parquet", "hf", "trl-preference", "trl-unpaired", "trl-sft"),
    *("label-studio", "argilla", "model"),
)


@click.command()
@folder
@click.option("--format", "form", type=click.Choice(FORMATS), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder.")
@click.option("--split", metavar="NAME=SHARE,…", help="As train=0.8,test=0.2; by content.")
@click.option("--kind", multiple=True, help="Only answers of this kind; may be repeated.")
@click.option("--since", metavar="DATE", help="Only answers since then, as 2026-03-01.")
@click.option("--until", metavar="DATE", help="Only answers before then.")
@click.option("--annotator", multiple=True, metavar="NAME", help="Only theirs; may be repeated.")
@click.option("--model-version", multiple=True, metavar="V", help="Only answers about its output.")
@click.option("--share", metavar="pool|audit", help="Only items of this share.")
@click.option("--names", is_flag=True, help="Real names, not pseudonyms.")
@click.option(
    "--pre-labels",
    type=float,
    metavar="CONFIDENCE",
    help="Beside people's labels, marked, the model's of items of which it is so sure, as 0.95.",
)
@click.option(
    "--precision",
    type=float,
    metavar="SHARE",
    help="The same, from the lowest confidence of which the audit says it is right so often.",
)
def export(
    project: Path,
    form: str,
    out: Path,
    pre_labels: float | None,
    precision: float | None,
    *,
    names: bool,
    split: str | None,
    **chosen: Any,
) -> None:
    """Write the standing answers out, or the model of them, with a manifest and a card."""
    if pre_labels is not None and precision is not None:
        raise click.UsageError("Give one of --pre-labels and --precision.")
    wants_labels = pre_labels is not None or precision is not None
    if form == "model" and wants_labels:
        raise click.UsageError("Pre-labels go with csv, jsonl and parquet, not with a model.")
    if form == "model" and (names or split or any(chosen.values())):
        raise click.UsageError("With --format model goes no other option but --out.")
    from loop import Project

    if form == "model":
        from loop import model_export

        with Project.open(project) as opened:
            click.echo(f"Wrote {model_export.write(opened, out)}")
        return
    from loop import exports
    from loop.exports.choice import splits
    from loop.pre_labels import Wanted, in_words

    with Project.open(project) as opened, Counter("Writing") as counter:
        wishes = exports.Wishes(
            choice=_choice(**chosen),
            splits=splits(split),
            names=names,
            pre_labels=Wanted(pre_labels, precision) if wants_labels else None,
            seen=lambda n: counter(form, n),
        )
        written = exports.write(opened, form, out, wishes)
    told = exports.manifest(out)
    click.echo(f"Wrote {written}: {told['rows']:,} rows")
    for why, n in told["left_out"].items():
        click.echo(f"  left out: {n:,} × {why}")
    if wants_labels:
        click.echo(in_words(told["pre_labels"]))


def _choice(
    *,
    kind: tuple[str, ...],
    since: str | None,
    until: str | None,
    annotator: tuple[str, ...],
    model_version: tuple[str, ...],
    share: str | None,
) -> Any:
    from loop.exports.choice import Choice, moment

    return Choice(
        kinds=kind,
        since=None if since is None else moment(since),
        until=None if until is None else moment(until),
        annotators=annotator,
        model_versions=model_version,
        share=share,
    )


@click.command()
@click.argument("export", type=click.Path(path_type=Path), metavar="EXPORT")
@as_json_document
def verify(export: Path, *, as_json: bool) -> None:
    """Check that an export is whole and as it was written: every file, every row, every sum."""
    from loop.exports.verify import check

    found = check(export)
    if as_json:
        click.echo(json.dumps(found.told()))
    else:
        for problem in found.problems:
            click.echo(problem, err=True)
        click.echo(found.in_words())
    if found.problems:
        raise click.exceptions.Exit(1)
