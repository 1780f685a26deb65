"""A part of the progress page: what lies ahead, and when it is enough. Advice, never an act."""

from typing import Any

import altair as alt
import streamlit as st

from ui.chart_look import chart_of, layered

TITLES = {  # of each rule: go on, stop
    "budget": ("Within the budget", "The budget is used up"),
    "target": ("The target is not surely reached", "The target is reached"),
    "stability": ("Predictions still change", "Predictions have settled"),
    "plateau": ("More labels still help", "More labels bring little"),
}
STOP = ":material/check_circle: "
QUIET = "#788087"  # contrast 3 or more with both papers


def show(now: dict[str, Any]) -> None:
    """Say what is known; nothing where nothing is."""
    ahead, advice = now["outlook"]["forecast"], now["outlook"]["advice"]
    if not advice:
        return
    st.subheader("When is it enough?", anchor=False)
    if ahead and ahead["target"]:
        st.markdown(f"**{ahead['target']['words']}**")
    st.markdown("\n".join(_line(one) for one in advice))
    st.caption(
        "Advice only: nothing stops by itself."
        + (" Dashed in the picture: the forecast, 8 times in 10 within its band." if ahead else "")
    )


def _line(advice: dict[str, Any]) -> str:
    stop = advice["stop"]
    return f"- {STOP if stop else ''}**{TITLES[advice['rule']][stop]}**: {advice['words']}."


def continued(curve: alt.LayerChart, now: dict[str, Any]) -> alt.LayerChart:
    """The learning curve with the target and what lies ahead, where they are known."""
    target, ahead = now["outlook"]["target"], now["outlook"]["forecast"]
    more = [*(_ahead(ahead["band"]) if ahead else []), *(_target(target) if target else [])]
    return layered([curve, *more], height=curve.height)


def _ahead(band: list[dict[str, Any]]) -> list[alt.Chart]:
    base = chart_of(band).encode(
        x="labels:Q",
        tooltip=[
            alt.Tooltip("labels:Q", title="at labels"),
            alt.Tooltip("middle:Q", format=".3f", title="accuracy, forecast"),
            alt.Tooltip("low:Q", format=".3f", title="80 % from"),
            alt.Tooltip("high:Q", format=".3f", title="to"),
        ],
    )
    line = base.mark_line(strokeDash=[4, 4], strokeWidth=1.5, opacity=0.8)
    return [
        base.mark_area(opacity=0.09).encode(y=_y("low"), y2="high:Q"),
        line.encode(y=_y("middle")),
    ]


def _target(target: float) -> list[alt.Chart]:
    base = chart_of([{"target": target, "words": "target"}]).encode(y=_y("target"))
    return [
        base.mark_rule(strokeDash=[2, 4], color=QUIET, clip=True),
        base.mark_text(align="right", dx=-6, dy=-7, color=QUIET, clip=True).encode(
            x=alt.value("width"), text="words:N"
        ),
    ]


def _y(field: str) -> alt.Y:
    return alt.Y(f"{field}:Q", scale=alt.Scale(zero=False), title="")
