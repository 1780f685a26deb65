"""Corrections that wait: what was, what should have been, and one click for what becomes of it."""

from collections.abc import Callable

import streamlit as st

from loop import LoopError, Project
from loop.feedback import corrections
from loop.feedback.corrections import Waiting
from loop.people import Person
from loop.tasks.correct import BEHAVIOUR
from ui.pages.plain import plain


def show(project: Project, person: Person) -> None:
    """Draw the oldest; nothing where none waits."""
    waits = corrections.waiting(project)
    if not waits:
        return
    st.subheader("Corrections waiting", anchor=False)
    for one in waits:
        with st.container(border=True):
            _correction(project, person, one)


def _correction(project: Project, person: Person, one: Waiting) -> None:
    st.markdown(f"{plain(one.annotator)} corrects the **{one.changes}**" + _asked(one))
    before, after = st.columns(2)
    with before:
        st.caption("It was")
        st.markdown(plain(one.before or "–"))
    with after:
        label = "To be told" if one.changes in BEHAVIOUR else "It should be"
        text = st.text_area(label, value=one.after, key=f"after {one.feedback_id}")
    if one.comment:
        st.markdown(f"*{plain(one.comment)}*")
    st.caption(f"Accepted, it becomes {corrections.BECOMES[one.changes]}.")
    accept, dismiss, _ = st.columns([1, 1, 3])
    if accept.button("Accept", key=f"yes {one.feedback_id}", type="primary", width="stretch"):
        _settle(lambda: corrections.accept(project, person.name, one.feedback_id, text))
    if dismiss.button("Dismiss", key=f"no {one.feedback_id}", width="stretch"):
        _settle(lambda: corrections.dismiss(project, person.name, one.feedback_id))


def _asked(one: Waiting) -> str:
    return f" of the answer to: {plain(one.prompt)}" if one.prompt else "."


def _settle(act: Callable[[], object]) -> None:
    try:
        act()
    except LoopError as why:
        st.error(str(why))
    else:
        st.rerun()
