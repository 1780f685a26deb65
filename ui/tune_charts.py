"""Pictures of what is believed of a parameter, or of two: means, and how unsure they are."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from ui.chart_look import chart_of, layered, theme
from ui.interval_dots import interval_dots

HEIGHT = 200
CELLS = 320  # pixels of height of a picture of two


def along(told: Mapping[str, Any], axis: str, *, dark: bool) -> alt.LayerChart:
    """One parameter, the others as in the best setting: the mean with its 95 % interval."""
    name = told["name"]
    words = f"What is believed along {name}, the rest as in the best setting, with 95 % intervals."
    if told["type"] == "categorical":
        rows = [{"name": p["x"], "value": p["mean"]} | p for p in told["points"]]
        return interval_dots(rows, axis, form=".2f", counts={}, words=words, dark=dark)
    scale = alt.Scale(type="log" if told["log"] else "linear", nice=False, zero=False)
    tooltip = [
        alt.Tooltip("x:Q", title=name, format=".4~g"),
        alt.Tooltip("mean:Q", format=".2f"),
        alt.Tooltip("low:Q", format=".2f", title="95 % from"),
        alt.Tooltip("high:Q", format=".2f", title="to"),
    ]
    base = chart_of(told["points"]).encode(
        x=alt.X("x:Q", title=name, scale=scale, axis=alt.Axis(grid=False, tickCount=6)),
        tooltip=tooltip,
    )
    y = alt.Y("low:Q", title=axis, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    ink = theme(dark=dark)["axis"]["titleColor"]
    layers = [
        base.mark_area(opacity=0.18, color=ink).encode(y=y, y2="high:Q"),
        base.mark_line(strokeWidth=2).encode(y="mean:Q"),
    ]
    return layered(layers, height=HEIGHT, description=words)


def across(told: Mapping[str, Any], axis: str, best: Mapping[str, Any]) -> alt.LayerChart:
    """Two parameters, the others as in the best setting: the darker, the better."""
    first, second = told["x"]["name"], told["y"]["name"]
    rows = [
        cell | {"across": _short(cell["x"]), "down": _short(cell["y"])} for cell in told["cells"]
    ]
    tooltip = [
        alt.Tooltip("across:N", title=first),
        alt.Tooltip("down:N", title=second),
        *(alt.Tooltip(f"{name}:Q", format=".2f") for name in ("mean", "low", "high")),
    ]
    columns, lines = _order(rows, "across", "x"), _order(rows, "down", "y")[::-1]
    axes: dict[str, Any] = {"grid": False, "labelOverlap": True, "ticks": False}
    cells = chart_of(rows).encode(
        x=alt.X("across:N", title=first, sort=columns, axis=alt.Axis(labelAngle=0, **axes)),
        y=alt.Y("down:N", title=second, sort=lines, axis=alt.Axis(**axes)),
        tooltip=tooltip,
    )
    shade = alt.Color("mean:Q", title=axis, scale=alt.Scale(scheme="viridis"))
    words = (
        f"What is believed of {first} and {second} together, the rest as in the best setting, "
        f"which has {_short(best[first])} and {_short(best[second])}."
    )
    return layered(
        [cells.mark_rect(stroke=None).encode(color=shade)], height=CELLS, description=words
    )


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _order(rows: Sequence[Mapping[str, Any]], called: str, by: str) -> list[str]:
    """The names of the columns in the order of their values, or as they come."""
    return list(dict.fromkeys(row[called] for row in sorted(rows, key=lambda row: _key(row[by]))))


def _key(value: Any) -> tuple[float, str]:
    return (0.0, value) if isinstance(value, str) else (float(value), "")
