"""One's own page: how it goes, for nobody else to see."""

import altair as alt
import streamlit as st

from loop import Project, judging
from loop.people import Person
from loop.status import IDLE
from loop.team import own_work
from ui.pages.days import chart_of_days, offset_here

NOTHING = "Your first answer will show here."


def show(project: Project, person: Person) -> None:
    """Draw the page."""
    offset = offset_here()
    work, days = own_work(project, person.name, offset)
    st.title("How is it going?", anchor=False)
    with st.container(horizontal=True, gap="large"):
        for name, value in (
            ("Your answers", f"{work.answers:,}"),
            ("Today", f"{work.today:,}"),
            ("Days in a row", f"{work.streak:,}"),
            ("Seconds each (median)", "–" if work.seconds is None else f"{work.seconds:.1f}"),
        ):
            st.metric(name, value, width=150)
    st.html('<a href="/leave" target="_self" style="color: inherit">Sign out of this browser</a>')
    if not days:
        st.info(NOTHING)
        return
    bars: alt.Chart = chart_of_days(days, by_name=False)
    st.altair_chart(bars, width="stretch")
    _gold(project, person.name)
    share = work.skips / work.answers
    st.caption(
        f"Your standing answers by day; {share:.0%} of them are skips. A look longer than "
        f"{IDLE:.0f} s counts as {IDLE:.0f} s: that was a break. What you took back does not count."
    )


def _gold(project: Project, name: str) -> None:
    """How often they were right where that is known; told in tens, or each would be known."""
    told = judging.own(project, name)
    if told and (share := told.gold_in_tens.share):
        st.write(
            f"Of your first {told.gold_in_tens.of:,} answers on items whose label is known, "
            f"**{told.gold_in_tens.right:,}** were right: {share.value:.0%} ({share.low:.0%} to "
            f"{share.high:.0%} with this many). Which they were is told to nobody."
        )
    if said := judging.warning(project, name):
        st.info(said)
