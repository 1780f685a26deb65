"""Pictures of a comparison, made from its documents alone: for pages, files and the report.

Each function takes what `askwell compare --json` prints and gives one Altair chart without colours
of paper and ink, so that a page may bring its own; `themed` adds ours.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import altair as alt

from ui.chart_look import (
    BASELINE,
    MOST,
    chart_of,
    colour,
    dash,
    labels_axis,
    layered,
    themed,
    titled,
)
from ui.rank_chart import ranks

__all__ = [
    "calibration",
    "curves",
    "differences",
    "has_calibration",
    "left_out",
    "per_class",
    "ranks",
    "saved",
    "shown",
    "themed",
]

ACCURACY = "accuracy on the test rows"
TARGET = "0.90"  # of what every label gives
HEIGHT = 340  # pixels
ROW = 34  # pixels that a strategy takes where each has a row
CLASSES = 12  # that have a picture each
FACET = 220  # pixels, of one small picture among several

_NAMES = alt.Axis(grid=False, labelLimit=180, labelFontSize=12)
_HEADER = alt.Header(labelLimit=FACET)
_FEW = alt.Axis(tickCount=6)
_SIGNED = alt.Axis(format="+.3~f", tickCount=6, labelExpr="datum.value ? datum.label : '0'")

Document = Mapping[str, Any]
LabelsAxis = Callable[..., alt.X]  # of a field, `labels` where none is named


def shown(document: Document) -> list[str]:
    """The strategies of a picture, in the document's order: those that finished a seed.

    Of more than `MOST`, random and those with the largest areas.
    """
    told = document["strategies"]
    finished = [name for name, one in told.items() if one["seeds"]]
    by_area = sorted(
        finished, key=lambda name: (name == BASELINE, told[name]["aubc"]["mean"]), reverse=True
    )
    return [name for name in finished if name in by_area[:MOST]]


def left_out(document: Document) -> str:
    """Which strategies a picture leaves out, and what to do; empty where it has all."""
    told = document["strategies"]
    others = [n for n, one in told.items() if one["seeds"] and n not in shown(document)]
    if not others:
        return ""
    return (
        f"Not drawn, with smaller areas: {', '.join(others)}. Name {MOST} strategies or fewer to "
        "see each of them."
    )


def asked(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The points of a strategy that are drawn: from the first labels on, and of most seeds.

    A seed whose first labels were all of one class got more, and stands beside the others.
    """
    points = [point for point in told["curve"] if point["labels"]]
    most = max(point["seeds"] for point in points)
    return [point for point in points if 2 * point["seeds"] >= most]


def curves(document: Document, *, log: bool = False) -> alt.LayerChart:
    """Mean accuracy with its 95 % interval by number of labels, from the first labels on.

    A dashed rule marks 90 % of what every label gives; the diamonds on it, how many labels each
    strategy takes to get there. With *log* the labels stand on a logarithmic axis.
    """
    names = shown(document)
    told = document["strategies"]
    points = [
        {"strategy": name, **{key: point[key] for key in ("labels", "mean", "lo", "hi")}}
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
    line = base.mark_line(strokeWidth=2.2).encode(
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
    base = told.get(BASELINE, {}).get("labels_to", {}).get(share)
    if labels is None:
        return "never"
    if base is None or name == BASELINE:
        return f"{labels:,}"
    fewer = base - labels
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
    marks = [
        {
            "strategy": name,
            "labels": document["strategies"][name]["labels_to"][TARGET],
            "mean": target,
            "takes": _takes(document, name, TARGET),
        }
        for name in names
        if document["strategies"][name]["labels_to"][TARGET] is not None
    ]
    rule = chart_of([{"mean": target}]).mark_rule(strokeDash=[5, 4]).encode(y="mean:Q")
    words = f"{_percent(TARGET)} of what every label gives"
    text = chart_of([{"mean": target, "words": words}]).mark_text(align="right", dy=-7, fontSize=11)
    diamond = chart_of(marks).mark_point(shape="diamond", size=110, filled=True, opacity=1)
    return [
        rule,
        text.encode(x=alt.value("width"), y="mean:Q", text="words:N"),
        diamond.encode(
            x=x(),
            y="mean:Q",
            color=colour(names),
            tooltip=[
                alt.Tooltip("strategy:N"),
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


def differences(document: Document) -> alt.LayerChart:
    """Each strategy's mean accuracy minus random's on the same seeds, with its 95 % interval."""
    paired, names = document["paired"], shown(document)
    rows = [
        {
            "strategy": name,
            "difference": one["difference"],
            "lo": one["ci95"][0],
            "hi": one["ci95"][1],
            "p": one["p_holm"],
        }
        for name, one in paired.items()
        if name in names
    ]
    best_first = sorted(paired, key=lambda name: paired[name]["difference"], reverse=True)
    base = chart_of(rows).encode(
        y=alt.Y("strategy:N", title=None, sort=best_first, axis=_NAMES),
        color=colour(names, legend=False),
        tooltip=[
            alt.Tooltip("strategy:N"),
            alt.Tooltip("difference:Q", format="+.4f", title=f"minus {BASELINE}"),
            alt.Tooltip("lo:Q", format="+.4f", title="95 % from"),
            alt.Tooltip("hi:Q", format="+.4f", title="to"),
            alt.Tooltip("p:Q", format=".3f", title="p (Holm)"),
        ],
    )
    x = alt.X(
        "difference:Q",
        title=f"mean accuracy minus {BASELINE}'s",
        axis=_SIGNED,
    )
    zero = chart_of([{"difference": 0}]).mark_rule(strokeDash=[5, 4]).encode(x="difference:Q")
    reach = base.mark_rule(strokeWidth=2.5).encode(x=alt.X("lo:Q", title=""), x2="hi:Q")
    dot = base.mark_point(filled=True, size=110, opacity=1).encode(x=x)
    return layered(
        [zero, reach, dot],
        height=ROW * max(1, len(rows)),
        **titled(
            f"{document['dataset']}: better or worse than {BASELINE}?",
            f"Mean accuracy on the way, minus {BASELINE}'s on the same seeds, with its 95 % "
            "interval. Where the interval holds 0, no difference is shown.",
            left_out(document),
        ),
    )


def per_class(document: Document) -> alt.FacetChart:
    """Recall of each class by number of labels: one small picture a class."""
    names = shown(document)
    titles = _classes(document)
    hard = _hardest(document)
    rows = [
        {
            "strategy": name,
            "labels": point["labels"],
            "class": titles[i],
            "recall": point["recall"][i],
        }
        for name in names
        for point in asked(document["strategies"][name])
        for i in hard
    ]
    rest = (
        f"Of {len(titles)} classes the {len(hard)} found least." if len(hard) < len(titles) else ""
    )
    lines = chart_of(rows).mark_line(strokeWidth=2)
    drawn = lines.encode(
        x=labels_axis([row["labels"] for row in rows], log=False, ticks=4),
        y=alt.Y("recall:Q", title="recall", scale=alt.Scale(domain=[0, 1])),
        color=colour(names),
        strokeDash=dash(names),
        tooltip=["strategy:N", "class:N", "labels:Q", alt.Tooltip("recall:Q", format=".3f")],
    ).properties(width=FACET, height=150)
    return drawn.facet(
        alt.Facet("class:N", title=None, sort=[titles[i] for i in hard], header=_HEADER),
        columns=3,
        **titled(
            f"{document['dataset']}: who finds which class?",
            "Share of each class's test rows that are found (recall), mean of the seeds.",
            rest,
            left_out(document),
        ),
    )


def _classes(document: Document) -> Sequence[str]:
    """The names of the classes, or numbers where the data does not say."""
    n = len(_last_recall(document))
    return document.get("classes") or [f"class {i}" for i in range(1, n + 1)]


def _hardest(document: Document) -> list[int]:
    """The classes that are shown: of many, those of which the first strategy finds least."""
    recall = _last_recall(document)
    return sorted(sorted(range(len(recall)), key=recall.__getitem__)[:CLASSES])


def _last_recall(document: Document) -> Sequence[float]:
    return asked(document["strategies"][shown(document)[0]])[-1]["recall"]


def has_calibration(document: Document) -> bool:
    """Whether any model gave probabilities."""
    told = document["strategies"]
    return any(p["calibration_error"] is not None for n in shown(document) for p in asked(told[n]))


def calibration(document: Document) -> alt.Chart:
    """How far the probabilities are from what comes true, by number of labels.

    Raises `ValueError` where no model gives probabilities.
    """
    names = shown(document)
    rows = [
        {"strategy": name, "labels": point["labels"], "error": point["calibration_error"]}
        for name in names
        for point in asked(document["strategies"][name])
        if point["calibration_error"] is not None
    ]
    if not rows:
        raise ValueError("The model gives no probabilities, so it has no calibration.")
    return (
        chart_of(rows)
        .mark_line(strokeWidth=2)
        .encode(
            x=labels_axis([row["labels"] for row in rows], log=False),
            y=alt.Y("error:Q", title="expected calibration error"),
            color=colour(names),
            strokeDash=dash(names),
            tooltip=["strategy:N", "labels:Q", alt.Tooltip("error:Q", format=".3f")],
        )
        .properties(
            width="container",
            height=200,
            **titled(
                f"{document['dataset']}: can the probabilities be believed?",
                "Mean distance of confidence and accuracy, in ten bins; 0 is best.",
                left_out(document),
            ),
        )
    )


def _seeds(document: Document) -> str:
    n = sorted({document["strategies"][name]["seeds"] for name in shown(document)}) or [0]
    many = f"{n[0]}" if n[0] == n[-1] else f"{n[0]} to {n[-1]}"
    if n[-1] < 2:
        return "One seed: no interval is known, and no difference is shown."
    return f"Mean of {many} seeds; the band is the 95 % interval of that mean."
