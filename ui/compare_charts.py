"""Pictures of a comparison, made from its documents alone: for pages, files and the report.

Each function takes what `askwell compare --json` prints and gives one Altair chart without colours
of paper and ink, so that a page may bring its own; `themed` adds ours.
"""

from collections.abc import Sequence

import altair as alt

from ui.chart_choice import Document, asked, left_out, shown
from ui.chart_look import (
    BASELINE,
    chart_of,
    colour,
    dash,
    labels_axis,
    layered,
    themed,
    titled,
)
from ui.curve_chart import curves, saved
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

ROW = 34  # pixels that a strategy takes where each has a row
CLASSES = 12  # that have a picture each
FACET = 220  # pixels, of one small picture among several

_NAMES = alt.Axis(grid=False, labelLimit=180, labelFontSize=12)
_HEADER = alt.Header(labelLimit=FACET)
_SIGNED = alt.Axis(format="+.3~f", tickCount=6, labelExpr="datum.value ? datum.label : '0'")


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
            "interval. Where that holds 0, or is not known for want of seeds, no difference is "
            "shown.",
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
        if point["recall"][i] is not None
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
    known = [i for i, found in enumerate(recall) if found is not None]
    return sorted(sorted(known, key=lambda i: recall[i] or 0)[:CLASSES])


def _last_recall(document: Document) -> Sequence[float | None]:
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
