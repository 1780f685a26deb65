"""The review page: what people disagree on or doubt, and the last word on it. For reviewers."""

from datetime import UTC, datetime
from typing import Any

import streamlit as st

from loop import LoopError, Project, reviewing
from loop.people import Person, may
from loop.project import OWNER_ROLE
from loop.reviewing import Case, Given, Verdict
from loop.tasks import Value
from ui.pages import content
from ui.pages.plain import plain

ANY = "any"
WHY = {
    "flagged": "Somebody flagged it.",
    "disagreement": "People disagree.",
    "unsure": "Several people were unsure.",
    "look again": "The label may be wrong.",
}
DID = {"skip": "skipped it", "unsure": "was unsure", "flag": "flagged it"}
EXAMPLE = 300  # characters of a text that becomes an example
BUTTONS = 10  # classes that have one each
_LATER = "review later"  # ids that were put off in this visit
_LAST = "review last"  # the decision before, which can be taken back


def show(project: Project, person: Person) -> None:
    """Draw the page."""
    st.title("What needs a second look?", anchor=False)
    waits = reviewing.waiting(project)
    if not waits:
        _last(project, person)
        st.info(
            "Nothing now. Here come items that somebody flags, on which people disagree, or of "
            "which several are unsure."
        )
        return
    options = [ANY, *(reason for reason in WHY if waits[reason])]
    reason = st.radio(
        "Which",
        options,
        horizontal=True,
        format_func=lambda one: one if one == ANY else f"{one} ({waits[one]:,})",
        label_visibility="collapsed",
    )
    later = st.session_state.setdefault(_LATER, set())
    found = reviewing.queue(project, len(later) + 1, None if reason == ANY else reason)
    case = next((one for one in found if one.item.id not in later), None)
    if case is not None:
        _case(project, person, case)
        _last(project, person)
        return
    st.write("The others you have put off.")
    if st.button("Look at them now"):
        later.clear()
        st.rerun()


def _case(project: Project, person: Person, case: Case) -> None:
    shown, decided = st.columns([3, 2], gap="large")
    with shown:
        with st.container(border=True):
            content.fields(project, case.item)
        with st.container(gap="xxsmall"):
            for given in case.given:
                _said(given)
        st.caption(f"id {plain(case.item.id)}{_before(case)}")
        guideline = project.guideline()
        if guideline.text:
            with st.expander(f"Guidelines, version {guideline.version}"):
                st.markdown(guideline.text)
    with decided:  # beside, where it stays whatever the item's height
        st.markdown(" ".join(WHY[reason] for reason in case.reasons))
        if case.doubt:
            told = "; ".join(map(plain, reviewing.against(case.doubt)))
            st.caption(f"Against {_named(case.doubt.label)}: {told}.")
        _decision(project, person, case)


def _before(case: Case) -> str:
    if case.decided is None:
        return ""
    gold = "gold, " if case.decided.is_gold else ""
    return f"; {plain(case.decided.by)} decided before: {gold}{_named(case.decided.label)}"


def _said(given: Given) -> None:
    what = f"**{_named(given.label)}**" if given.kind == "label" else f"*{DID[given.kind]}*"
    told = [f"{plain(given.annotator)}: {what}"]
    if given.comment:
        told.append(plain(given.comment))
    if given.suggestion:
        told.append(f"had seen the suggestion {plain(given.suggestion)}")
    st.markdown(
        " — ".join(told) + f" :small[{datetime.fromtimestamp(given.at, UTC):%d %b %H\\:%M}]"
    )


def _decision(project: Project, person: Person, case: Case) -> None:
    settings, item = project.settings, case.item
    verdicts = st.container(horizontal=True, key="verdicts")
    why = st.text_input("Why", key=f"why {item.id}", placeholder="Kept with the decision.")
    is_gold = st.checkbox(
        "Gold: ask it of others from now on",
        key=f"gold {item.id}",
        help="Silently, among their other questions: it shows who judges as you did.",
    )
    is_example = may(person.role, OWNER_ROLE) and st.checkbox(
        "Into the guidelines as an example", key=f"example {item.id}"
    )
    with verdicts:
        label = _choice(settings.task, settings.class_keys, item.id)
        if st.button("Later", shortcut="l", help="Go on with the next one."):
            st.session_state[_LATER].add(item.id)
            st.rerun()
    if label is None:
        return
    try:
        reviewing.decide(project, person.name, [Verdict(item.id, label, is_gold, why)])
        if is_example:
            project.write_guideline(person.name, _with_example(project, case, label, why))
    except LoopError as problem:
        st.error("This was not done:")
        st.text(str(problem))
        return
    st.session_state[_LAST] = (item.id, _named(label), is_gold)
    st.rerun()


def _choice(task: str, keys: dict[str, str], item_id: str) -> Value | None:
    """The label that was just chosen; None while nothing is."""
    if task == "multilabel" or len(keys) > BUTTONS:
        several: Any = "multi" if task == "multilabel" else "single"
        named = st.pills("Label", list(keys), selection_mode=several, key=f"pills {item_id}")
        if not st.button("Decide", type="primary", disabled=several == "single" and not named):
            return None
        chosen: Value = named if isinstance(named, str) else list(named or [])
        return chosen
    for name, key in keys.items():
        if st.button(plain(name), shortcut=key, key=f"as {name}", type="primary"):
            return name
    return None


def _last(project: Project, person: Person) -> None:
    """What was just decided, and the way back."""
    if _LAST not in st.session_state:
        return
    item_id, named, is_gold = st.session_state[_LAST]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{plain(item_id)} is **{named}**{', and gold' if is_gold else ''} now.")
        if st.button("Take back", shortcut="z", type="tertiary"):
            reviewing.decide(project, person.name, [Verdict(item_id, None)])
            del st.session_state[_LAST]
            st.rerun()


def _with_example(project: Project, case: Case, label: Value, why: str) -> str:
    """The guideline with the item under it."""
    kinds = project.settings.kinds
    words = " · ".join(
        str(cell) for name, cell in case.item.fields.items() if kinds[name] in {"text", "table"}
    )
    about = plain(words if len(words) <= EXAMPLE else f"{words[:EXAMPLE]}…") or plain(case.item.id)
    because = f" ({plain(why.strip())})" if why.strip() else ""
    line = " ".join(f"- **{_named(label)}**: {about}{because}".split())
    return f"{project.guideline().text}\n\n{line}".strip()


def _named(label: Value | None) -> str:
    if label is None:
        return "nothing"
    return plain(label if isinstance(label, str) else ", ".join(label) or "none of them")
