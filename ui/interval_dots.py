"""A picture of figures with their intervals: a dot each, one below the other."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from ui.chart_look import chart_of, layered, theme

ROW = 26  # pixels of height that a dot takes


def interval_dots(
    rows: Sequence[Mapping[str, Any]],
    title: str,
    *,
    ends: tuple[float, float] | None = None,
    form: str = ".0%",
    counts: Mapping[str, str],
    words: str,
    dark: bool,
) -> alt.LayerChart:
    """Each row has `name`, `value`, `low` and `high`, and the *counts*: field → what it is called.

    *ends* are those of the axis, *form* the format of its numbers; *words* say it to who sees none.
    """
    axis = alt.Axis(labelLimit=160, labelOverlap=False, labelFlush=False)
    y = alt.Y("name:N", title=None, sort=[row["name"] for row in rows], axis=axis)
    told = [
        alt.Tooltip("name:N"),
        *(alt.Tooltip(f"{field}:Q", title=called) for field, called in counts.items()),
        alt.Tooltip("value:Q", format=form),
        alt.Tooltip("low:Q", format=form, title="95 % from"),
        alt.Tooltip("high:Q", format=form, title="to"),
    ]
    base = chart_of(rows).encode(y=y, tooltip=told)
    scale = (
        alt.Scale(domain=list(ends), nice=False)
        if ends
        else alt.Scale(zero=False, nice=False, padding=16)
    )
    axis = alt.Axis(format=form.replace(".0%", "%"), tickCount=6, labelFlush=True, labelBound=True)
    x = alt.X("low:Q", title=title, scale=scale, axis=axis)
    ink = theme(dark=dark)["rule"]["color"]
    reach = base.mark_rule(strokeWidth=2, color=ink).encode(x=x, x2="high:Q")
    dots = base.mark_point(filled=True, size=80, opacity=1).encode(x="value:Q")
    return layered([reach, dots], height=ROW * len(rows) + 60, description=words)
