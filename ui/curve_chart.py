"""The picture of curves: what each strategy reached by number of labels, and how many it saved."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import altair as alt

from ui.chart_choice import Document, asked, left_out, shown
from ui.chart_look import BASELINE, chart_of, colour, dash, labels_axis, layered, titled

ACCURACY = "accuracy on the test rows"
TARGET = "0.90"  # of what every label gives
HEIGHT = 340  # pixels
_FEW = alt.Axis(tickCount=6)

LabelsAxis = Callable[..., alt.X]  # of a field, `labels` where none is named


def curves(document: Document, *, log: bool = False) -> alt.LayerChart:
    """Mean accuracy with its 95 % interval by number of labels, from the first labels on.

    A dashed rule marks 90 % of what every label gives; the diamonds on it, how many labels each
    strategy takes to get there. With *log* the labels stand on a logarithmic axis.
    """
    names = shown(document)
    told = document["strategies"]
    points = [
        {
            "strategy": name,
            "labels": point["labels"],
            "mean": point["mean"],
            # Of few seeds the interval reaches beyond what an accuracy can be.
            "lo": point["lo"] and max(0, point["lo"]),
            "hi": point["hi"] and min(1, point["hi"]),
        }
        for name in names
        for point in asked(told[name])
    ]
    x = partial(labels_axis, [point["labels"] for point in points], log=log)
    y = alt.Y("mean:Q", title=ACCURACY, scale=alt.Scale(zero=False), axis=_FEW)
    kept = alt.selection_point(name="kept", fields=["strategy"], bind="legend")
    base = chart_of(points).encode(x=x(), y=y, color=colour(names))
    band = base.mark_area().encode(
        y=alt.Y("lo:Q", title=""),
        y2="hi:Q",
        opacity=alt.when(kept).then(alt.value(0.13)).otherwise(alt.value(0.02)),
    )
    is_single = len({point["labels"] for point in points}) == 1  # and a line needs two
    line = base.mark_line(strokeWidth=2.2, point=is_single).encode(
        strokeDash=dash(names),
        opacity=alt.when(kept).then(alt.value(1)).otherwise(alt.value(0.15)),
    )
    layers = [band, line, *_hover(document, names, x), *_target(document, names, x)]
    return layered(
        layers,
        height=HEIGHT,
        **titled(
            f"{document['dataset']}: accuracy by number of labels",
            _seeds(document),
            saved(document),
            left_out(document),
        ),
    ).add_params(kept)


def saved(document: Document, share: str = TARGET) -> str:
    """How many labels each strategy takes to a share of the full accuracy, in words."""
    full, told = document["full_accuracy"], document["strategies"]
    if full is None:
        return "What every label gives is not known: those cells failed."
    takes = [f"{name} {_takes(document, name, share)}" for name in shown(document)]
    if not takes or all(told[name]["labels_to"][share] is None for name in shown(document)):
        return f"None got to {_percent(share)} of what every label gives ({full:.3f})."
    return (
        f"Labels to {_percent(share)} of what every label gives ({float(share) * full:.3f} of "
        f"{full:.3f}): {', '.join(takes)}."
    )


def _takes(document: Document, name: str, share: str) -> str:
    told = document["strategies"]
    labels = told[name]["labels_to"][share]
    fewer = told[name]["saved"][share]
    if labels is None:
        return "never"
    if fewer is None or name == BASELINE:
        return f"{labels:,}"
    return (
        f"{labels:,} ({abs(fewer):,} {'saved' if fewer >= 0 else 'more'})"
        if fewer
        else f"{labels:,}"
    )


def _percent(share: str) -> str:
    return f"{float(share) * 100:.0f} %"


def _target(document: Document, names: Sequence[str], x: LabelsAxis) -> list[alt.Chart]:
    """The dashed rule, with a diamond where each strategy gets there."""
    if document["full_accuracy"] is None:
        return []
    target = float(TARGET) * document["full_accuracy"]
    reached = {name: document["strategies"][name]["labels_to"][TARGET] for name in names}
    marks = [
        {
            "strategy": name,
            "labels": labels,
            "mean": target,
            # One diamond may hide others: each tells of all that stand there.
            "who": ", ".join(other for other in names if reached[other] == labels),
            "takes": _takes(document, name, TARGET),
        }
        for name, labels in reached.items()
        if labels is not None
    ]
    rule = chart_of([{"mean": target}]).mark_rule(strokeDash=[5, 4]).encode(y="mean:Q")
    words = f"{_percent(TARGET)} of what every label gives"
    # On the left, where curves that have far to go are below it.
    text = chart_of([{"mean": target, "words": words}]).mark_text(
        align="left", dx=6, dy=-7, fontSize=11
    )
    diamond = chart_of(marks).mark_point(shape="diamond", size=110, filled=True, opacity=1)
    return [
        rule,
        text.encode(x=alt.value(0), y="mean:Q", text="words:N"),
        diamond.encode(
            x=x(),
            y="mean:Q",
            color=colour(names),
            tooltip=[
                alt.Tooltip("who:N", title="strategy"),
                alt.Tooltip("takes:N", title="labels (median of the seeds)"),
                alt.Tooltip("mean:Q", format=".3f", title="to an accuracy of"),
            ],
        ),
    ]


def _hover(document: Document, names: Sequence[str], x: LabelsAxis) -> list[alt.Chart]:
    """Under the pointer a rule, with what each strategy reached at the nearest number of labels."""
    at: dict[int, dict[str, Any]] = {}
    for place, name in enumerate(names):
        for point in asked(document["strategies"][name]):
            row = at.setdefault(point["labels"], {"labels": point["labels"]})
            row[f"s{place}"] = _words(point)
    every = sorted(at)
    for low, labels, high in zip([every[0], *every], every, [*every[1:], every[-1]], strict=False):
        at[labels] |= {"from": (low + labels) / 2, "to": (labels + high) / 2}
    near = alt.selection_point(
        name="near", fields=["labels"], on="pointerover", clear="pointerout", empty=False
    )
    told = [alt.Tooltip(f"s{place}:N", title=name) for place, name in enumerate(names)]
    rows = chart_of([at[labels] for labels in every])
    strip = rows.mark_rect(fill="transparent").encode(
        x=x("from"),
        x2="to:Q",
        tooltip=[alt.Tooltip("labels:Q", format=","), *told],
    )
    shows = alt.when(near).then(alt.value(0.7)).otherwise(alt.value(0))
    return [rows.mark_rule(strokeWidth=1).encode(x=x(), opacity=shows), strip.add_params(near)]


def _words(point: Mapping[str, Any]) -> str:
    if point["lo"] is None:
        return f"{point['mean']:.3f}"
    return f"{point['mean']:.3f}  ({point['lo']:.3f} – {point['hi']:.3f})"


def _seeds(document: Document) -> str:
    n = sorted({document["strategies"][name]["seeds"] for name in shown(document)}) or [0]
    many = f"{n[0]}" if n[0] == n[-1] else f"{n[0]} to {n[-1]}"
    if n[-1] < 2:
        return "One seed: no interval is known, and no difference is shown."
    return f"Mean of {many} seeds; the band is the 95 % interval of that mean."
