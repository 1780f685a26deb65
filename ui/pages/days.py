"""Answers by day, as a picture; and where a visitor's days begin."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import altair as alt
import streamlit as st

from loop.store.people import DayOfWork

SHOWN = 14  # days
_WHOLE = alt.Axis(format="d", tickMinStep=1, tickCount=6)


def offset_here() -> int:
    """How many seconds the visitor's clock is ahead of UTC; 0 where the browser does not say."""
    return -60 * (st.context.timezone_offset or 0)


def today_here() -> date:
    """The day it is where the visitor is."""
    return (datetime.now(UTC) + timedelta(seconds=offset_here())).date()


def chart_of_days(days: Sequence[DayOfWork], *, by_name: bool) -> alt.Chart:
    """Bars of the answers of the last days, those without any too; people stacked, if asked."""
    today = today_here()
    shown = [today - timedelta(days=back) for back in reversed(range(SHOWN))]
    given: dict[tuple[date, str], int] = {}
    for one in days:
        day = date(1970, 1, 1) + timedelta(days=one.day)
        if day in shown:
            who = one.name if by_name else ""
            given[day, who] = given.get((day, who), 0) + one.answers
    rows = [
        {"day": f"{day:%a} {day.day} {day:%b}", "name": who, "answers": n}
        for (day, who), n in sorted(given.items())
    ]
    bars = alt.Chart(alt.Data(values=rows)).mark_bar()  # type: ignore[no-untyped-call]
    bars = bars.encode(
        x=alt.X(
            "day:O",
            title=None,
            sort=None,
            scale=alt.Scale(domain=[f"{day:%a} {day.day} {day:%b}" for day in shown]),
            axis=alt.Axis(labelAngle=0, labelOverlap="greedy"),
        ),
        y=alt.Y("answers:Q", title="answers", axis=_WHOLE),
        tooltip=["day:O", *(["name:N"] if by_name else []), "answers:Q"],
    ).properties(height=260)
    if by_name:
        legend = alt.Legend(orient="bottom", columns=4)
        colours = alt.Scale(scheme="tableau10")
        bars = bars.encode(color=alt.Color("name:N", title="person", scale=colours, legend=legend))
    return bars
