"""The picture of mean ranks: who is ahead over several data sets, and who cannot be told apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt

from ui.chart_look import MOST, chart_of, colour, layered, titled

BELOW = 1.9  # rows under the last name, for the ruler
LONGEST = 120  # pixels of a name: a longer one leaves no room for the axis
MAYBE = 0.05  # p from which Friedman's test shows nothing


@dataclass(frozen=True)
class Room:
    """The axes of the picture: ranks from 1 to the last, and rows downward."""

    last: float
    rows: float

    def x(self, field: str) -> alt.X:
        """A field that is a mean rank."""
        scale = alt.Scale(domain=[1, self.last], nice=False)
        axis = alt.Axis(orient="top", offset=0, grid=False, tickMinStep=1, format="d", tickCount=10)
        return alt.X(f"{field}:Q", title="mean rank (1 is best)", scale=scale, axis=axis)

    def y(self, field: str) -> alt.Y:
        """A field that is a row."""
        scale = alt.Scale(domain=[0, self.rows + BELOW], reverse=True, nice=False)
        return alt.Y(f"{field}:Q", scale=scale, axis=None)


def ranks(across: Mapping[str, Any]) -> alt.LayerChart:
    """Mean ranks over the data sets; a bar joins strategies that cannot be told apart.

    Raises `ValueError` where there are no ranks; *across* says why.
    """
    told = across["ranks"]
    if told is None:
        raise ValueError(across["why_no_ranks"])
    mean, apart = told["mean"], told["critical_difference"]
    groups = [group for group in told["groups"] if len(group) > 1]
    last = max(len(mean), 1 + apart)  # of the axis
    first_row = 1.4 + 0.5 * len(groups)
    marks = [_placed(name, i, mean, first_row, last) for i, name in enumerate(mean)]
    room = Room(last, max(mark["row"] for mark in marks))
    colours = across["strategies"] if len(mean) <= MOST else None
    layers = [
        *_names(marks, room, colours),
        _bars(groups, mean, room),
        *_ruler(apart, room),
    ]
    words = _what_a_bar_means(told["friedman"]["p"])
    title = titled(f"Mean ranks over {told['cases']} cases", words)
    return layered(layers, height=round(22 * (room.rows + BELOW)), **title)


def _names(marks: list[dict[str, Any]], room: Room, colours: Any) -> list[alt.Chart]:
    """Each strategy's name, joined to its place on the axis."""
    x, y, chart = room.x, room.y, chart_of(marks)
    dots = chart.mark_point(filled=True, size=90, opacity=1).encode(x("rank"), y("top"))
    if colours is not None:
        dots = dots.encode(color=colour(colours, legend=False))
    at = chart.encode(x=x("edge"), y=y("row"), text="words:N")
    left = at.mark_text(align="right", dx=-5, fontSize=12, limit=LONGEST)
    right = at.mark_text(align="left", dx=5, fontSize=12, limit=LONGEST)
    return [
        chart.mark_rule().encode(x=x("rank"), y=y("top"), y2="row:Q"),
        chart.mark_rule().encode(x=x("rank"), x2="edge:Q", y=y("row")),
        dots,
        left.transform_filter("datum.left"),
        right.transform_filter("!datum.left"),
    ]


def _bars(groups: list[list[str]], mean: Mapping[str, float], room: Room) -> alt.Chart:
    """A bar over each group that cannot be told apart."""
    bars = [
        {"from": mean[group[0]], "to": mean[group[-1]], "row": 0.7 + 0.5 * i, "group": group}
        for i, group in enumerate(groups)
    ]
    bar = chart_of(bars).mark_rule(strokeWidth=5, strokeCap="round")
    return bar.encode(x=room.x("from"), x2="to:Q", y=room.y("row"))


def _ruler(apart: float, room: Room) -> list[alt.Chart]:
    """How long the critical difference is."""
    words = f"critical difference {apart:.2f}"
    ruled = chart_of([{"from": 1, "to": 1 + apart, "row": room.rows + 1.6, "words": words}])
    x, y = room.x("from"), room.y("row")
    return [
        ruled.mark_rule(strokeWidth=2).encode(x=x, x2="to:Q", y=y),
        ruled.mark_text(align="left", dy=-9, fontSize=11).encode(x=x, y=y, text="words:N"),
    ]


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
