"""What candidates are worth, as pictures and a table: values, shares over time, regret."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import streamlit as st

from ui.chart_look import MOST, chart_of, colour, layered, theme
from ui.interval_dots import interval_dots

Rows = Sequence[Mapping[str, Any]]
OTHERS = "others"


def values(told: Mapping[str, Any]) -> None:
    """What each would bring alone, beside what came and what the model alone would bring."""
    st.subheader("What would each bring?", anchor=False)
    rows = [{"name": one["name"], **one["dr"]} for one in told["values"]]
    rows += [
        {"name": "(as it was served)", **told["as_it_was"]},
        {"name": "(without chance)", **told["greedy"]["dr"]},
    ]
    words = "The share that would be liked of each candidate, with its 95 % interval."
    chart = interval_dots(
        rows,
        "share liked, if it were served alone",
        counts={},
        words=words,
        ends=(0, 1),
        dark=_dark(),
    )
    st.altair_chart(chart, width="stretch")
    st.caption(
        f"From {told['estimated_from']:,} judged choices in which all of them could have been "
        "chosen; doubly robust, with intervals that hold whenever one looks. “Without chance” is "
        "what the first half teaches, judged by the second."
    )


def table(told: Mapping[str, Any]) -> None:
    """What was served of each and liked, and all estimates."""
    estimated = {one["name"]: one for one in told.get("values", [])}
    st.dataframe(
        [
            {
                "candidate": one["name"] + ("" if one["on_offer"] else " (retired)"),
                "choices": one["choices"],
                "judged": _share(one["judged"]),
                "liked": reach(one["rate"]),
            }
            | {
                called: reach(estimated.get(one["name"], {}).get(name))
                for name, called in (("dr", "alone, DR"), ("ips", "IPS"), ("snips", "SNIPS"))
            }
            for one in told["candidates"]
        ],
        hide_index=True,
    )
    st.caption(
        "“Liked” is of those it was served to, whom the policy picked for it. If one is judged "
        "more often than another, believe SNIPS."
    )


def shares(rows: Rows) -> None:
    """How often each was chosen, over time."""
    st.subheader("Which are served?", anchor=False)
    names = _often(rows)
    summed: dict[tuple[int, str], float] = {}
    for row in rows:
        name = row["name"] if row["name"] in names else OTHERS
        summed[row["after"], name] = summed.get((row["after"], name), 0.0) + row["share"]
    if any(name == OTHERS for _, name in summed):
        names = [*names, OTHERS]
    cells = [{"after": at, "strategy": name, "share": n} for (at, name), n in summed.items()]
    bars = (
        chart_of(cells)
        .mark_bar()
        .encode(
            x=alt.X("after:O", title="choices", axis=alt.Axis(labelAngle=0, labelOverlap="greedy")),
            y=alt.Y(
                "share:Q",
                title="share of choices",
                scale=alt.Scale(domain=[0, 1], nice=False),
                axis=alt.Axis(format="%", tickCount=5),
            ),
            color=colour(names, legend=False).legend(title=None, orient="bottom", columns=3),
            tooltip=[
                alt.Tooltip("strategy:N", title="candidate"),
                alt.Tooltip("share:Q", format=".0%"),
                alt.Tooltip("after:O", title="until choice"),
            ],
        )
        .properties(height=320, description="The share of choices of each candidate, over time.")
    )
    st.altair_chart(bars, width="stretch")


def regret(lost: Rows) -> None:
    """What the best candidate would have brought, less what came."""
    st.subheader("What did it cost to find out?", anchor=False)
    rows = [{"after": one["after"], **one["regret"]} for one in lost]
    axis = alt.Axis(format=",d", tickCount=6, grid=False)
    scale = alt.Scale(domain=[0, rows[-1]["after"]], nice=False)
    x = alt.X("after:Q", title="judged choices", scale=scale, axis=axis)
    title = "good marks lost"
    base = chart_of(rows).encode(
        x=x,
        tooltip=[
            alt.Tooltip("after:Q", format=",", title="judged choices"),
            alt.Tooltip("value:Q", format=".1f", title=title),
            alt.Tooltip("low:Q", format=".1f", title="95 % from"),
            alt.Tooltip("high:Q", format=".1f", title="to"),
        ],
    )
    ink = theme(dark=_dark())["rule"]["color"]
    band = base.mark_area(opacity=0.15, color=ink).encode(
        y=alt.Y("low:Q", title=title), y2="high:Q"
    )
    line = base.mark_line(strokeWidth=2.2).encode(y="value:Q")
    zero = chart_of([{"value": 0}]).mark_rule(strokeDash=[5, 4]).encode(y="value:Q")
    words = "Cumulative regret against the best single candidate, with its 95 % interval."
    st.altair_chart(layered([band, line, zero], height=240, description=words), width="stretch")
    now = rows[-1]
    st.caption(
        f"Cumulative regret: the best one, had it been served alone, would have brought "
        f"{now['value']:+.0f} good marks ({now['low']:+.0f} to {now['high']:+.0f}) beside what "
        "came. Below 0 the context was worth more than what was spent on finding out."
    )


def reach(told: Mapping[str, float] | None) -> str:
    """A share with its interval, in words."""
    if told is None:
        return "–"
    return f"{told['value']:.0%} ({told['low']:.0%} to {told['high']:.0%})"


def between(told: Mapping[str, float]) -> str:
    """The interval alone: of few choices it says more than the figure in it."""
    return f"{told['low']:.0%} to {told['high']:.0%}"


def _share(told: Mapping[str, float] | None) -> str:
    return "–" if told is None else f"{told['value']:.0%}"


def _often(rows: Rows) -> list[str]:
    """The names that colours can keep apart: all, or those that were served most."""
    sums: dict[str, float] = {}
    for row in rows:
        sums[row["name"]] = sums.get(row["name"], 0.0) + row["share"]
    names = sorted(sums, key=lambda name: -sums[name])
    return sorted(names if len(names) < MOST else names[: MOST - 2])


def _dark() -> bool:
    return bool(st.context.theme.type == "dark")
