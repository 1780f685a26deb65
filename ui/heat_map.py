"""A table of numbers between 0 and 1 as shaded cells with words in them."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from ui.chart_look import chart_of

CELL, AXIS = 34, 90  # pixels of height that a row takes, and the axis above
FEW = 5  # names that stand side by side
_BARE: dict[str, Any] = {
    "grid": False,
    "domain": False,
    "ticks": False,
    "labelLimit": 100,
    "labelFlush": False,
}
_SHADES = alt.Scale(domain=[0, 1], range=[0.06, 0.5], clamp=True)


def heat_map(
    rows: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    titles: tuple[str | None, str | None],
    tooltip: Sequence[alt.Tooltip],
    ink: str,
) -> Any:
    """Rows have `across` and `down`, which are of *names*, `shade` in 0 to 1, and `words`."""
    across, down = titles
    angle = 0 if len(names) < FEW else -45
    axis = alt.Axis(orient="top", labelAngle=angle, **_BARE)
    cells = chart_of(rows).encode(
        x=alt.X("across:N", title=across, sort=names, axis=axis),
        y=alt.Y("down:N", title=down, sort=names, axis=alt.Axis(**_BARE)),
        tooltip=list(tooltip),
    )
    shade = alt.Opacity("shade:Q", scale=_SHADES, legend=None)
    layers = [
        cells.mark_rect(cornerRadius=3, stroke=None).encode(opacity=shade),
        cells.mark_text(fontSize=12, color=ink).encode(text="words:N"),
    ]
    return alt.layer(*layers, height=CELL * len(names) + AXIS)
