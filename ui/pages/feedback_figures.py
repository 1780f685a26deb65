"""What feedback comes to, as pictures: shares, means and strengths, each with its interval."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import streamlit as st

from ui.chart_look import chart_of, layered, theme
from ui.interval_dots import interval_dots
from ui.pages.plain import plain

MOST_ROWS = 30  # of one picture, those with the most answers
LEAST_POINTS = 3  # of a picture over time


def liked(told: Mapping[str, Any]) -> None:
    """The share of what people liked: over time, by version, by slice."""
    st.subheader("How much of it do they like?", anchor=False)
    st.markdown(f"**{_interval(told['share'])}** of {told['n']:,} thumbs and ratings are good.")
    over_time = told["over_time"]
    if len(over_time["rates"]) >= LEAST_POINTS:
        _over_time(over_time)
    _by("By model version", told["by_version"])
    for name, rates in told["by_slice"].items():
        _by(f"By {name}", rates)


def ratings(told: Mapping[str, Any]) -> None:
    """Mean ratings by version, corrected for who rates severely."""
    low, high = told["scale"]
    st.subheader(f"How do they rate it, from {low} to {high}?", anchor=False)
    rows = [
        {"name": one["group"], "value": one["corrected"], "n": one["n"], "plain": one["plain"]}
        | {"low": one["low"], "high": one["high"]}
        for one in told["by_version"][:MOST_ROWS]
        if one["low"] is not None
    ]
    if rows:
        words = "Mean rating by model version, with its 95 % interval."
        _dots(rows, "mean rating", form=".1f", counts={"n": "ratings"}, words=words)
    st.dataframe(
        [
            {"version": one["group"], "ratings": one["n"], "of items": one["items"]}
            | {"mean": one["plain"], "corrected": one["corrected"]}
            for one in told["by_version"]
        ],
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format="%.2f") for name in ("mean", "corrected")
        },
    )
    if told["why"]:
        st.caption(told["why"])
    if told["rater_sd"] is not None:
        st.caption(
            f"Corrected for severity: people differ by {told['rater_sd']:.2f} (standard deviation) "
            f"in how they rate the same, beside {told['noise_sd']:.2f} of noise."
        )
    if told["of_other_scales"]:
        st.caption(f"{told['of_other_scales']:,} ratings are on other scales, and not counted.")


def preferences(told: Mapping[str, Any]) -> None:
    """How strong each system is, by what people prefer."""
    st.subheader("Which do they prefer?", anchor=False)
    known = [one for one in told["systems"] if one["low"] is not None]
    if known:
        rows = [
            {"name": one["name"], "value": one["strength"], "low": one["low"], "high": one["high"]}
            | {"n": one["comparisons"]}
            for one in known
        ]
        words = "Strength of each system by Bradley and Terry, with its 95 % interval."
        axis = "strength, in log odds against the average"
        _dots(rows, axis, form="+.1f", counts={"n": "comparisons"}, words=words)
    st.dataframe(
        [
            {name: one[name] for name in ("name", "rank", "strength", "wins", "losses", "ties")}
            | {"both bad": one["both_bad"]}
            for one in told["systems"]
        ],
        hide_index=True,
        placeholder="–",
        column_config={"strength": st.column_config.NumberColumn(format="%.2f")},
    )
    for one in told["systems"]:
        if one["why"]:
            st.caption(f"{plain(one['name'])}: {one['why']}")
    _position(told["position"])
    if told["unnamed"]:
        st.caption(f"Of {told['unnamed']:,} answers it is not known what made the outputs.")


def _position(told: Mapping[str, Any]) -> None:
    if told["first_won"] is None:
        return
    words = f"The output shown first won {_interval(told['first_won'])} of {told['n']:,} decided."
    out = [plain(one["name"]) for one in told["raters"] if one["p"] < 0.05]
    if out:
        words += f" Beyond chance they lean to one side: {', '.join(out)}."
    st.caption(words)


def _by(title: str, rates: Sequence[Mapping[str, Any]]) -> None:
    """One group alone says what the whole does."""
    if len(rates) < 2:
        return
    rows = [
        {"name": one["group"], "n": one["n"], "liked": one["liked"], **one["share"]}
        for one in rates[:MOST_ROWS]
    ]
    words = f"{title}: the share that people liked, with its 95 % interval."
    counts = {"liked": "liked", "n": "of"}
    _dots(rows, title.lower(), form=".0%", counts=counts, words=words, ends=(0, 1))


def _over_time(told: Mapping[str, Any]) -> None:
    rows = [
        {"from": one["group"], "n": one["n"], "liked": one["liked"], **one["share"]}
        for one in told["rates"]
    ]
    words = f"The share that people liked, by {told['unit']}, with its 95 % interval."
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("from:T", title=f"by {told['unit']}")
    y = alt.Y("low:Q", title="liked", scale=scale, axis=alt.Axis(format="%", tickCount=5))
    tooltip = [
        alt.Tooltip("from:T"),
        alt.Tooltip("liked:Q"),
        alt.Tooltip("n:Q", title="of"),
        alt.Tooltip("low:Q", format=".0%", title="95 % from"),
        alt.Tooltip("high:Q", format=".0%", title="to"),
    ]
    base = chart_of(rows).encode(x=x, tooltip=tooltip)
    ink = theme(dark=_dark())["rule"]["color"]
    layers = [
        base.mark_rule(strokeWidth=2, color=ink).encode(y=y, y2="high:Q"),
        base.mark_point(filled=True, size=60, opacity=1).encode(y="value:Q"),
    ]
    st.altair_chart(layered(layers, height=220, description=words), width="stretch")


def _dots(rows: Sequence[Mapping[str, Any]], title: str, **told: Any) -> None:
    st.altair_chart(interval_dots(rows, title, dark=_dark(), **told), width="stretch")


def _dark() -> bool:
    return bool(st.context.theme.type == "dark")


def _interval(told: Mapping[str, float]) -> str:
    return f"{told['value']:.0%} ({told['low']:.0%} to {told['high']:.0%})"
