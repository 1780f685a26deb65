"""One person in detail, on the page Raters: what they take for what, and beside the others."""

from collections.abc import Sequence

import altair as alt
import streamlit as st

from loop import one_rater
from loop import standing_out as standing
from loop.evidence import Evidence
from loop.one_rater import OneRater, Said
from loop.raters.within import Halves
from ui.chart_look import theme
from ui.heat_map import heat_map

MOST_CLASSES = 12  # of which the whole table of a person is drawn


def show(seen: Evidence | None) -> None:
    """What somebody takes for what, and how their answers compare."""
    if seen is None:
        return
    st.subheader("One person", anchor=False)
    name = st.selectbox("Person", seen.names, label_visibility="collapsed")
    found = one_rater.of(seen, name)
    _table(found)
    _shares(found.said)
    for told, of, rest in (
        (found.newest, "newest", "before"),
        (found.fastest, "fastest", "slower"),
    ):
        if told:
            st.write(_sentence(*told, of, rest))
    if not found.newest:
        st.caption(
            f"Newest and fastest answers are not compared with the others: that takes "
            f"{2 * standing.LEAST} answers on gold items, or on items that others label, too."
        )


def _sentence(told: Halves, on: str, of: str, rest: str) -> str:
    beyond = "beyond chance by itself" if told.p < standing.CHANCE else "within chance"
    return (
        f"{of.capitalize()}: {told.right:,} of {told.n:,} right, {rest} {told.rest_right:,} of "
        f"{told.rest_n:,}; {standing.points(told.difference)}, {beyond}; on {on}."
    )


def _table(found: OneRater) -> None:
    st.markdown("**What do they take for what?**")
    if not found.n:
        st.write("Not known: no item of theirs was decided, or has a label by others.")
        return
    if len(found.labels) <= MOST_CLASSES:
        _matrix(found)
    else:
        _mixed_up(found)
    told = (
        f" Kappa {found.kappa.value:.2f} ({found.kappa.low:.2f} to {found.kappa.high:.2f})."
        if found.kappa
        else f" No kappa: of fewer than {standing.LEAST} answers, or where nothing varies."
    )
    st.caption(
        f"{found.n:,} answers, against what was decided of the item, else what most of the others "
        f"say: their own answer does not count.{told}"
    )


def _matrix(found: OneRater) -> None:
    rows = [
        {
            "across": said,
            "down": label,
            "n": n,
            "shade": n / max(1, sum(row)),
            "words": f"{n:,}" if n else "",
        }
        for label, row in zip(found.labels, found.table.tolist(), strict=True)
        for said, n in zip(found.labels, row, strict=True)
    ]
    tooltip = [
        alt.Tooltip("down:N", title="label"),
        alt.Tooltip("across:N", title="they say"),
        alt.Tooltip("n:Q", title="answers"),
        alt.Tooltip("shade:Q", format=".0%", title="of the label"),
    ]
    ink = theme(dark=st.context.theme.type == "dark")["text"]["color"]
    words = "Their answers by the label of the item and what they say."
    chart = heat_map(rows, found.labels, ("they say", "label"), tooltip, ink)
    st.altair_chart(chart.properties(description=words), width="stretch")


def _mixed_up(found: OneRater) -> None:
    counts = {
        (label, said): n
        for label, row in zip(found.labels, found.table.tolist(), strict=True)
        for said, n in zip(found.labels, row, strict=True)
        if n and said != label
    }
    most = sorted(counts, key=lambda one: -counts[one])[:MOST_CLASSES]
    st.dataframe(
        [{"label": one[0], "they say": one[1], "answers": counts[one]} for one in most],
        hide_index=True,
    )


def _shares(said: Sequence[Said]) -> None:
    st.markdown("**What do they say more often than the others?**")
    if not said:
        st.write(f"Not known: fewer than {standing.LEAST} items of theirs were answered by others.")
        return
    st.dataframe(
        [
            {
                "class": one.name,
                "own": f"{one.own.value:.0%} ({100 * one.own.low:.0f}–{100 * one.own.high:.0f})",
                "others": f"{one.others:.0%}",
                "more": "beyond chance" if one.stands_out else None,
            }
            for one in said
        ],
        hide_index=True,
        placeholder="–",
        column_config={
            "own": "They, with the 95 % interval",
            "others": "The others",
            "more": st.column_config.TextColumn(
                "", help="Mantel and Haenszel's test, by Holm over all people and classes"
            ),
        },
    )
    st.caption(f"On the {said[0].n:,} items of theirs that others answered, too.")
