"""`askwell aggregate`: one label of several people's answers, and how far they agree."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Self

import click

from ui.options import as_json_document, split

if TYPE_CHECKING:
    from loop.raters.aggregation import Method
    from loop.raters.crowd_file import Crowd, Truth

SHOWN = 15  # annotators
FEW = 12  # classes that have a line each
ENOUGH = 20  # items in common, for a pair to count in the table
CROWDLAB = "crowdlab"  # asks models, too: of projects
DEFAULT = "dawid-skene,majority,one-coin,mace,glad"
FIGURES = {
    "percent": "two say the same",
    "fleiss_kappa": "Fleiss’ kappa",
    "alpha_nominal": "Krippendorff’s alpha",
}
OF_SEVERAL = {
    "alpha_ordinal": "  of classes in order",
    "alpha_interval": "  of classes as numbers",
}


@click.command()
@click.argument("labels", type=click.Path(path_type=Path))
@click.option(
    "--truth", type=click.Path(path_type=Path), help="A file with the columns item, truth."
)
@click.option(
    "--methods",
    metavar="A,B,C",
    default=DEFAULT,
    show_default=True,
    help="The consensus is the first one's.",
)
@click.option(
    "--columns",
    metavar="ITEM,ANNOTATOR,LABEL",
    default="item,annotator,label",
    show_default=True,
    help="What the columns of LABELS are called.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write the consensus here, as CSV.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of ties, starts, resamples.")
@as_json_document
def aggregate(
    labels: Path,
    truth: Path | None,
    methods: str,
    columns: str,
    out: Path | None,
    seed: int,
    *,
    as_json: bool,
) -> None:
    """Make one label of several people's answers to each item, and say how far they agree.

    LABELS is a CSV, TSV, JSONL or Parquet file, also gzipped, with a row for each answer: item,
    annotator, label. With --truth, methods and annotators are judged by it. Or LABELS is the folder
    of a project: then they are judged by what was decided there, gold items among it, and
    --methods may name crowdlab, which asks models of the project as well.
    """
    from loop.raters import NAMED
    from loop.raters.report import check, report

    names, wanted = split(columns), split(methods)
    if len(names) != 3:
        raise click.UsageError(f"--columns names three columns, not {columns!r}.")
    if not wanted:
        raise click.UsageError("--methods names no method.")
    is_project = labels.is_dir()
    check(wanted, [*NAMED, *([CROWDLAB] if is_project else [])])  # rather now than after reading
    with _Progress() as progress:
        if is_project:
            crowd, known = _of_project(labels, truth)
        else:
            crowd, known = _of_files(labels, truth, names, progress)
        asked = {name: NAMED.get(name) or _asking_models(labels, crowd) for name in wanted}
        found = report(crowd, known, asked, seed, progress)
    if out is not None:
        found.write(out)
    if as_json:
        click.echo(json.dumps(found.told))
        return
    click.echo("\n".join(_in_words(found.told)))
    if out is not None:
        click.echo(f"\nWrote {out}")


def _of_project(folder: Path, truth: Path | None) -> tuple["Crowd", "Truth | None"]:
    from loop import Project, crowd

    if truth is not None:
        raise click.UsageError("--truth goes with a file; a project has what was decided in it.")
    with Project.open(folder) as project:
        return crowd.of(project)


def _asking_models(folder: Path, crowd: "Crowd") -> "Method":
    from loop import crowdlab  # with all that trains models: a second

    return crowdlab.of(folder, crowd.items)


def _of_files(
    labels: Path, truth: Path | None, names: Sequence[str], progress: "_Progress"
) -> tuple["Crowd", "Truth | None"]:
    from loop.raters import crowd_file

    columns = crowd_file.Columns(*names)
    crowd = crowd_file.read(labels, columns, lambda n: progress(f"{labels.name}, rows", n))
    if truth is None:
        return crowd, None
    told = f"{truth.name}, rows"
    return crowd, crowd_file.read_truth(truth, names[0], crowd, lambda n: progress(told, n))


def _in_words(told: Mapping[str, Any]) -> list[str]:
    counts = ", ".join(f"{n:,} {what}" for what, n in told["counts"].items())
    return [
        f"{counts}; classes: {_some_classes(told['classes'])}",
        *(f"note: {note}" for note in told["notes"]),
        "",
        *_methods(told),
        "",
        *_agreement(told["agreement"]),
        "",
        *_annotators(told),
    ]


def _some_classes(classes: list[str]) -> str:
    more = f", … ({len(classes):,} in all)" if len(classes) > FEW else ""
    return ", ".join(classes[:FEW]) + more


def _methods(told: Mapping[str, Any]) -> list[str]:
    lines = [f"{'method':<14}{'accuracy':>9}   {'95 %':<13}{'ties':>8}{'rounds':>8}{'seconds':>9}"]
    for name, one in told["methods"].items():
        rounds = f"{one['rounds']:,}" + ("" if one["converged"] else "*")
        lines.append(
            f"{name:<14}{_share(one['accuracy']):>9}   {_interval(one['ci95']):<13}"
            f"{one['tied_items']:>8,}{rounds:>8}{one['seconds']:>9.3f}"
        )
    if not all(one["converged"] for one in told["methods"].values()):
        lines.append("* stopped before it had converged")
    n = next(iter(told["methods"].values()))["truth_items"]
    lines.append(
        f"Accuracy is on {n:,} items with a known class; a tie counts as drawing gives on average."
        if n
        else "Accuracy is not known: name a file of known classes with --truth."
    )
    return lines


def _agreement(told: Mapping[str, Any]) -> list[str]:
    lines = [f"agreement on {told['items']:,} items that several answered"]
    several = len(told["classes"]) > 2  # of two, every alpha is the same
    shown = FIGURES | (OF_SEVERAL if several else {})
    lines += _figures({words: told[name] for name, words in shown.items()})
    if several and len(told["classes"]) <= FEW:
        lines += _figures(
            {f"  alpha of {name}": of["alpha"] for name, of in told["classes"].items()}
        )
    found = [pair["cohen_kappa"]["value"] for pair in told["pairs"] if pair["items"] >= ENOUGH]
    kappas = sorted(kappa for kappa in found if kappa is not None)
    if kappas:
        lines.append(
            f"{'Cohen’s kappa':<26}{median(kappas):>7.3f}   median of the {len(kappas):,} pairs "
            f"with most items in common, at least {ENOUGH}: {kappas[0]:.3f} to {kappas[-1]:.3f}"
        )
    return lines


def _figures(figures: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line for each; what several lack for the same reason is said once."""
    lines, reasons = [], dict.fromkeys(one["why"] for one in figures.values() if "why" in one)
    for words, one in figures.items():
        if one["value"] is not None:
            interval = _interval(one["ci95"])
            lines.append(f"{words[:25]:<26}{one['value']:>7.3f}   {interval}".rstrip())
    return lines + [f"not told: {why}" for why in reasons]


def _annotators(told: Mapping[str, Any]) -> list[str]:
    people, by = told["annotators"], told["consensus"]
    lines = [
        f"{'annotator':<18}{'answers':>8}{'consensus':>11}{'estimated':>11}{'accuracy':>10}   95 %"
    ]
    for name, one in list(people.items())[:SHOWN]:
        lines.append(
            f"{name[:17]:<18}{one['answers']:>8,}{one['agreement']:>11.3f}"
            f"{one['estimated_accuracy'][by]:>11.3f}{_share(one['accuracy']):>10}   "
            f"{_interval(one['ci95'])}".rstrip()
        )
    if len(people) > SHOWN:
        lines.append(f"… and {len(people) - SHOWN:,} more: --json has all")
    same = [f"{name} ({one['always']})" for name, one in people.items() if one["always"]]
    if same:
        more = f" and {len(same) - SHOWN:,} more" if len(same) > SHOWN else ""
        lines.append(f"Always the same class: {', '.join(same[:SHOWN])}{more}")
    lines.append(f"Consensus and estimated are by {by}.")
    return lines


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _interval(ends: Sequence[float] | None) -> str:
    return "" if ends is None else f"{ends[0]:.3f}–{ends[1]:.3f}"


class _Progress:
    """What is being done, and how far it is, on a terminal."""

    def __init__(self) -> None:
        self._next, self._is_on = 0.0, sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __call__(self, what: str, n: int) -> None:
        if self._is_on and time.monotonic() > self._next:
            self._next = time.monotonic() + 0.1
            click.echo(f"\r\033[K{what}: {n:,} ", nl=False, err=True)

    def __exit__(self, *_: object) -> None:
        if self._is_on:
            click.echo("\r\033[K", nl=False, err=True)
