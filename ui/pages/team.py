"""The team page: who does how much, and when will it be done? For owners."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import streamlit as st

from loop import LoopError, Project
from loop.people import OWNER, ROLES, Person
from loop.status import IDLE
from loop.team import Member, Span, Team, forecast, labels_a_day, team
from ui import serving
from ui.pages.days import chart_of_days, offset_here
from ui.pages.refusal import ask_again

REFRESH = 30.0  # seconds; it counts every standing answer
_SAID = "team said"  # what an action came to, until it has been shown

Part = Callable[[Project], None]


def show(project: Project, visitor: Person) -> None:
    """Draw the page; each part asks again whether the visitor is still an owner."""
    st.title("Who does how much, and when is it done?", anchor=False)
    st.fragment(_for_owner, run_every=REFRESH)(project, visitor, _overview)
    invite, change = st.columns(2, gap="large")
    with invite:
        st.fragment(_for_owner)(project, visitor, _invite)
    with change:
        st.fragment(_for_owner)(project, visitor, _change)


def _for_owner(project: Project, visitor: Person, part: Part) -> None:
    ask_again(project, visitor.name)
    part(project)


def _overview(project: Project) -> None:
    now = team(project, offset_here())
    if now.days:
        st.altair_chart(chart_of_days(now.days, by_name=True), width="stretch")
        st.caption("Standing answers by day. What somebody took back does not count.")
    else:
        st.info("No answers yet. Invite somebody below, or begin on the label page.")
    _outlook(now)
    _people(now.members)


def _outlook(now: Team) -> None:
    figures = st.container(horizontal=True, gap="medium")
    goal = st.number_input(
        "Labels wanted in all",
        min_value=1,
        value=None,
        placeholder=f"{now.labels + now.wanted:,}: everything",
        width=260,
    )
    left = now.wanted if goal is None else max(0, goal - now.labels)
    ahead = forecast(left, labels_a_day(now.days, now.today), now.looks)
    for name, value, rests_on in (
        ("Labels", f"{now.labels:,}", ""),
        ("Still wanted", f"{left:,}", ""),
        ("Hours of work left", _span(ahead.hours), ahead.hours_rest_on),
        ("Days left", _span(ahead.days), ahead.days_rest_on),
    ):
        with figures.container(width=240 if rests_on else 130, gap="xxsmall"):
            st.metric(name, value)
            if rests_on:
                st.caption(rests_on)
    if ahead.hours or ahead.days:
        st.caption(
            "Ranges are 95 % intervals of the mean pace, if it stays as it was. Days count those "
            f"without work too; a look longer than {IDLE:.0f} s counts as {IDLE:.0f} s."
        )


def _span(span: Span | None) -> str:
    if span is None:
        return "–"
    low = _rounded(span.low)
    if span.high is None:
        return f"at least {low}"
    high = _rounded(span.high)
    return low if low == high else f"{low} – {high}"


def _rounded(number: float) -> str:
    return f"{number:.1f}" if number < 10 else f"{number:,.0f}"


def _people(members: Sequence[Member]) -> None:
    rows = [
        {
            "name": one.person.name,
            "role": one.person.role if one.person.revoked_at is None else "revoked",
            "answers": one.work.answers,
            "today": one.work.today,
            "seconds": one.work.seconds,
            "skips": 100 * one.work.skips / one.work.answers if one.work.answers else None,
            "seen": one.person.seen_at and datetime.fromtimestamp(one.person.seen_at, UTC),
        }
        for one in members
    ]
    column = st.column_config
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_config={
            "name": column.TextColumn("Name", pinned=True),
            "role": "Role",
            "answers": column.NumberColumn("Answers", format="localized"),
            "today": column.NumberColumn("Today", format="localized"),
            "seconds": column.NumberColumn(
                "Seconds each", format="%.1f", help="Median of their newest answers"
            ),
            "skips": column.NumberColumn("Skips", format="%.0f %%"),
            "seen": column.DatetimeColumn("Last seen", format="distance"),
        },
    )


def _invite(project: Project) -> None:
    st.subheader("Invite", anchor=False)
    with st.form("invite", clear_on_submit=True, border=False):
        name = st.text_input("Name", help="Or the e-mail address that they sign in with elsewhere")
        role = st.radio("Role", ROLES, horizontal=True)
        sent = st.form_submit_button("Make a link")
    if not sent:
        return
    try:
        token = project.invite(name, role)
    except LoopError as why:
        _refused(why)
        return
    here = urlsplit(st.context.url or "")
    st.text(f"For {name.strip()}, as {role}. Copy it now: it is shown this once.")
    st.code(f"{here.scheme}://{here.netloc}/join/{token}", language=None, wrap_lines=True)
    if not serving.now().by_invitation:
        st.caption(
            "The server listens to this machine only. For others to open the link, start it with "
            "`askwell serve … --host ADDRESS`."
        )


def _change(project: Project) -> None:
    st.subheader("Change", anchor=False)
    if said := st.session_state.pop(_SAID, None):
        st.text(said)
    there = {p.name: p for p in project.people.every() if p.name != OWNER and not p.revoked_at}
    if not there:
        st.write("Nobody has been invited yet.")
        return
    name = st.selectbox("Person", list(there))
    now = ROLES.index(there[name].role)
    role = st.radio("New role", ROLES, index=now, horizontal=True, key=f"role of {name}, {now}")
    if why := project.session.held_back(name):
        st.text(f"{name} is asked nothing more: {why.partition(' Ask ')[0]}")
        if st.button("Let them go on"):
            _done(f"{name} goes on.", lambda: project.people.let_on(name))
    change, revoke = st.columns(2)
    if change.button("Change role", disabled=role == there[name].role, width="stretch"):
        _done(f"{name} is {role} now.", lambda: project.people.change_role(name, role))
    with revoke.popover("Revoke…", width="stretch"):
        st.text(f"End the invitation of {name}?")
        st.write(
            "Their pages stop at once, and what they hold goes to others. Their answers stay. You "
            "can invite them again."
        )
        if st.button("Yes, end it"):
            _done(f"The invitation of {name} is ended.", lambda: project.people.revoke(name))


def _done(said: str, act: Callable[[], None]) -> None:
    try:
        act()
    except LoopError as why:
        _refused(why)
        return
    st.session_state[_SAID] = said
    st.rerun()


def _refused(why: LoopError) -> None:
    st.error("This was not done:")
    st.text(str(why))  # it may hold what somebody typed, which is no Markdown
