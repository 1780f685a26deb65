"""How the pictures look: colours that stay apart on light and dark, axes, titles, legends."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any

import altair as alt

BASELINE = "random"
MOST = 10  # strategies that a picture keeps apart
_TITLE, _SUBTITLE = 36, 54  # characters that fit on a line on a phone

# Contrast with both papers 3 or more; apart by 0.07 in OKLab, for protanopes and deuteranopes too.
# The fewer are taken, the farther apart they are.
_GRAY = "#788087"
_COLOURS = (
    *("#1e96ff", "#f06900", "#c32d1e", "#785aa5", "#2d69e1"),
    *("#c369c3", "#00784b", "#3ca578", "#0fa52d"),
)
_DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [12, 4], [7, 2, 2, 2, 2, 2])


def themed(chart: Any, *, dark: bool = False) -> Any:
    """The chart with our paper and ink; for where no page brings its own."""
    return chart.configure(**theme(dark=dark))


def theme(*, dark: bool) -> dict[str, Any]:
    """Vega's configuration for one of our two themes."""
    paper, ink, soft, line = (
        ("#14181b", "#e8e6e1", "#b9b8b3", "#39424a")
        if dark
        else ("#fbfaf8", "#1d2327", "#555c61", "#d9d5cc")
    )
    font = "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"
    return {
        "background": paper,
        "font": font,
        "padding": 8,
        "title": {"color": ink, "subtitleColor": soft},
        "axis": {
            "labelColor": soft,
            "titleColor": soft,
            "titleFontWeight": "normal",
            "gridColor": line,
            "domainColor": line,
            "tickColor": line,
            "labelFontSize": 11,
            "labelFlush": True,  # the last number is not cut off
            "titleFontSize": 12,
        },
        "header": {"labelColor": ink, "labelFontSize": 12, "titleColor": soft},
        "legend": {"labelColor": ink, "titleColor": soft, "labelFontSize": 12},
        "text": {"color": ink},
        "rule": {"color": soft},
        "view": {"stroke": None},
    }


def layered(layers: Sequence[Any], **properties: Any) -> alt.LayerChart:
    """Charts on top of each other."""
    return alt.LayerChart(layer=list(layers), width="container", **properties)


def chart_of(rows: Sequence[Mapping[str, Any]]) -> alt.Chart:
    """An empty chart of these rows."""
    return alt.Chart(alt.Data(values=list(rows)))  # type: ignore[no-untyped-call]


def labels_axis(
    labels: Iterable[int], field: str = "labels", *, log: bool, ticks: int = 8
) -> alt.X:
    """From the first labels to the last; on a logarithmic axis with ticks at 1, 2, 5, 10 …"""
    every = set(labels)
    ends = [min(every, default=1), max(every, default=1)]
    scale = alt.Scale(type="log" if log else "linear", domain=ends, nice=False)
    if not log:
        axis = alt.Axis(format=",d", tickMinStep=1, tickCount=ticks, grid=False)
    else:
        round_ones = [m * 10**e for e in range(10) for m in (1, 2, 5)]
        within = [one for one in round_ones if ends[0] <= one <= ends[1]]
        axis = alt.Axis(format=",d", values=sorted({*within, *ends}), grid=False)
    return alt.X(f"{field}:Q", title="labels", scale=scale, axis=axis)


def colour(names: Sequence[str], *, legend: bool = True) -> alt.Color:
    """A colour for each strategy by its place. Raises `ValueError` for too many."""
    if len(names) > MOST:
        raise ValueError(f"{len(names)} strategies are too many to keep apart; give {MOST}.")
    others = iter(_COLOURS)
    shades = [_GRAY if name == BASELINE else next(others) for name in names]
    return alt.Color(
        "strategy:N",
        scale=alt.Scale(domain=list(names), range=shades),
        legend=_legend() if legend else None,
    )


def dash(names: Sequence[str]) -> alt.StrokeDash:
    """The second sign of each strategy, for who does not see the colours."""
    dashes = [_DASHES[i % len(_DASHES)] for i in range(len(names))]
    scale = alt.Scale(domain=list(names), range=dashes)
    return alt.StrokeDash("strategy:N", scale=scale, legend=_legend())


def _legend() -> alt.Legend:
    return alt.Legend(
        title=None,
        orient="bottom",
        columns=3,
        labelLimit=160,
        symbolType="stroke",
        symbolSize=500,
        symbolStrokeWidth=2.2,
        symbolOpacity=1,
        offset=8,
    )


def titled(what: str, *under: str) -> dict[str, Any]:
    """A title with smaller lines under it, that fit on a phone; and the same for screen readers."""
    said = [one for one in under if one]
    title = alt.TitleParams(
        text=wrap(what, _TITLE),
        subtitle=[line for one in said for line in wrap(one, _SUBTITLE)],
        anchor="start",
        frame="bounds",
        fontSize=15,
        subtitleFontSize=11.5,
        subtitlePadding=5,
        offset=12,
    )
    return {"title": title, "description": " ".join([f"{what}.", *said])}
