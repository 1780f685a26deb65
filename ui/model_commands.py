"""The commands that use a model which left a project."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ui.counter import bar
from ui.options import as_json_document


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), help="CSV or JSONL.  [default: FILE.predicted.csv]"
)
@click.option("--id", "id_column", metavar="COL", help="Where ids stand; rows are numbered anyway.")
@click.option(
    "--above", type=float, default=0.0, help="Leave out what the model is less sure of than this."
)
def predict(model: Path, file: Path, out: Path | None, id_column: str | None, above: float) -> None:
    """Write what an exported MODEL makes of each row of FILE: its class, and how sure it is.

    MODEL is the file, or the folder that it was exported to.
    """
    from loop import model_file, predicting

    wanted = predicting.Wanted(
        file, out or file.with_name(f"{file.stem}.predicted.csv"), id_column, above
    )
    loaded = model_file.load(model)
    counts = predicting.predict(loaded, wanted, _Bar())
    for name in [*loaded.classes, ""]:
        if name in counts:
            click.echo(f"{counts[name]:>9,}  {name or f'less sure than {above}'}")
    click.echo(f"Wrote {wanted.out}")
    if above:
        click.echo(_precision(model_file.manifest(model), above))


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), help="CSV or JSONL.  [default: FILE.ranked.csv]"
)
@click.option("--best", type=click.IntRange(1), metavar="N", help="Only the N best of each prompt.")
@as_json_document
def rank(model: Path, file: Path, out: Path | None, best: int | None, *, as_json: bool) -> None:
    """Rank the outputs in FILE, prompt by prompt, by a reward MODEL that compares taught.

    Each gets its reward with a 95 % interval, its rank, and the chance that it is the best.
    """
    from loop import model_file, rewarding

    ranked = rewarding.rank(model_file.load(model), file, best)
    out = out or (None if as_json else file.with_name(f"{file.stem}.ranked.csv"))
    if out is not None:
        rewarding.write(ranked, out)
    if as_json:
        click.echo(json.dumps({"outputs": [asdict(one) for one in ranked]}))
        return
    prompts = len({one.prompt for one in ranked})
    click.echo(f"{len(ranked):,} outputs of {prompts:,} prompts\nWrote {out}")


def _precision(told: dict[str, Any], above: float) -> str:
    """What is known of how often the model is right where it is so sure."""
    stated = [
        one
        for one in told.get("audit", {}).get("above", [])
        if one["confidence"] <= above and one["precision"] is not None
    ]
    if not stated:
        return (
            "How often it is right there is not known: the model came with too few audit answers."
        )
    most = stated[-1]
    low, high = most["ci95"]
    return (
        f"Of {most['answers']} audit items on which it was at least {most['confidence']} sure it "
        f"was right on {most['precision']:.1%} (95 % {low:.1%}–{high:.1%})."
    )


class _Bar:
    """How far it is, on a terminal."""

    def __init__(self) -> None:
        self.next = 0.0

    def __call__(self, what: str, done: int, of: int | None) -> None:
        now = time.monotonic()
        if not sys.stderr.isatty() or (now < self.next and done != of):
            return
        self.next = now + 0.1
        if of:
            bar(done, of, f"rows {what}")
        else:
            click.echo(f"\r{done:,} rows {what}   ", nl=False, err=True)
