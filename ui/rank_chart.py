"""The picture of mean ranks: who is ahead over several data sets, and who cannot be told apart."""

from collections.abc import Mapping
from typing import Any

import altair as alt

from ui.chart_look import MOST, chart_of, colour, layered, titled

LONGEST = 120  # pixels of a name: a longer one leaves no room for the axis
MAYBE = 0.05  # p from which Friedman's test shows nothing


def ranks(across: Mapping[str, Any]) -> alt.LayerChart:
    """Mean ranks over the data sets; a bar joins strategies that cannot be told apart.

    Raises `ValueError` where there are no ranks; *across* says why.
    """
    told = across["ranks"]
    if told is None:
        raise ValueError(across["why_no_ranks"])
    mean, apart = told["mean"], told["critical_difference"]
    names, groups = list(mean), [group for group in told["groups"] if len(group) > 1]
    last = max(len(names), 1 + apart)  # of the axis
    bars = [
        {"from": mean[group[0]], "to": mean[group[-1]], "row": 0.7 + 0.5 * i, "group": group}
        for i, group in enumerate(groups)
    ]
    first_row = 1.4 + 0.5 * len(groups)
    marks = [_placed(name, i, mean, first_row, last) for i, name in enumerate(names)]
    rows = max(mark["row"] for mark in marks)
    words = f"critical difference {apart:.2f}"
    ruler = [{"from": 1, "to": 1 + apart, "row": rows + 1.6, "words": words}]
    across_scale = alt.Scale(domain=[1, last], nice=False)
    down_scale = alt.Scale(domain=[0, rows + 1.9], reverse=True, nice=False)
    axis = alt.Axis(orient="top", offset=0, grid=False, tickMinStep=1, format="d", tickCount=10)

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", title="mean rank (1 is best)", scale=across_scale, axis=axis)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=down_scale, axis=None)

    names_at = chart_of(marks).encode(x=x("edge"), y=y("row"), text="words:N")
    bar = chart_of(bars).mark_rule(strokeWidth=5, strokeCap="round")
    ruled = chart_of(ruler)
    dots = chart_of(marks).mark_point(filled=True, size=90, opacity=1).encode(x("rank"), y("top"))
    if len(told["mean"]) <= MOST:
        dots = dots.encode(color=colour(across["strategies"], legend=False))
    layers = [
        chart_of(marks).mark_rule().encode(x=x("rank"), y=y("top"), y2="row:Q"),
        chart_of(marks).mark_rule().encode(x=x("rank"), x2="edge:Q", y=y("row")),
        dots,
        names_at.mark_text(align="right", dx=-5, fontSize=12, limit=LONGEST).transform_filter(
            "datum.left"
        ),
        names_at.mark_text(align="left", dx=5, fontSize=12, limit=LONGEST).transform_filter(
            "!datum.left"
        ),
        bar.encode(x=x("from"), x2="to:Q", y=y("row")),
        ruled.mark_rule(strokeWidth=2).encode(x=x("from"), x2="to:Q", y=y("row")),
        ruled.mark_text(align="left", dy=-9, fontSize=11).encode(
            x=x("from"), y=y("row"), text="words:N"
        ),
    ]
    return layered(
        layers,
        height=round(22 * (rows + 1.9)),
        **titled(
            f"Mean ranks over {told['cases']} cases", _what_a_bar_means(told["friedman"]["p"])
        ),
    )


def _what_a_bar_means(p: float) -> str:
    if p < MAYBE:
        return (
            "A bar joins strategies that cannot be told apart: their ranks differ by less than the "
            "critical difference (Nemenyi, 95 %)."
        )
    return f"Friedman's test shows no difference (p = {p:.3f}): nothing is told apart."


def _placed(
    name: str, place: int, mean: Mapping[str, float], first_row: float, last: float
) -> dict[str, Any]:
    """Where a name stands: the better half on the left, the best and the worst at the top."""
    is_left = place < (len(mean) + 1) // 2
    return {
        "strategy": name,
        "rank": mean[name],
        "top": 0,
        "row": first_row + (place if is_left else len(mean) - 1 - place),
        "left": is_left,
        "edge": 1 if is_left else last,
        "words": f"{name}  {mean[name]:.2f}",
    }
