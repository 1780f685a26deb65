"""Alarms that are open: what happened, what to do, and the interactions behind each."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from loop import LoopError, Project
from loop.feedback import alarms, corrections
from loop.feedback.alarms import FALSE, MENDED, Open
from loop.people import Person
from loop.tasks.correct import Changes
from ui.pages.plain import plain

SHOWN = 10  # interactions of an alarm
LONGEST = 120  # characters of one where it stands in a line
CHANGES: dict[Changes, str] = {"text": "this answer", "instruction": "what the model is told"}


def show(project: Project, person: Person) -> None:
    """Draw them, the most pressing first; nothing where there are none."""
    for one in alarms.waiting(project):
        with st.container(border=True):
            _alarm(project, person, one)


def exchange(said: Mapping[str, Any]) -> None:
    """What was asked and answered, and what somebody said of it."""
    with st.container(gap="xxsmall"):
        if said["prompt"]:
            st.markdown(f"**{plain(said['prompt'])}**")
        if said["output"]:
            st.markdown(plain(said["output"]))
        if said["comment"]:
            st.markdown(f"*{plain(said['comment'])}*")


def _alarm(project: Project, person: Person, one: Open) -> None:
    told = one.alarm.told
    st.markdown(f":material/warning: **{plain(told['title'])}** {plain(told['words'])}.")
    if one.evidence:
        st.markdown(f"Such as: *{plain(_asked(one.evidence[-1])[:LONGEST])}*")
    st.markdown(plain(told["suggestion"]))
    st.caption(f"Priority {told['priority']:.2g}: {plain(told['because'])}.")
    if one.evidence:
        with st.expander(f"What people said of them ({len(one.evidence):,})"):
            for row in one.evidence[-SHOWN:]:
                exchange(row)
        with st.expander("Correct one of them"):
            _correct(project, person, one)
    words = st.text_input(
        "What was done about it",
        key=f"how {one.alarm.id}",
        placeholder="What was done about it",
        label_visibility="collapsed",
    )
    mended, false, _ = st.columns([1, 1, 3])
    with mended:
        _close(project, person, one, MENDED, words)
    with false:
        _close(project, person, one, FALSE, words)


def _asked(row: Mapping[str, Any]) -> str:
    return str(row["prompt"] or row["output"] or row["interaction_id"])


def _correct(project: Project, person: Person, one: Open) -> None:
    """A reviewer's own correction takes effect at once."""
    rows = {row["interaction_id"]: row for row in reversed(one.evidence)}
    chosen = st.selectbox(
        "Which",
        list(rows),
        format_func=lambda id_: _asked(rows[id_])[:LONGEST],
        key=f"which {one.alarm.id}",
    )
    changes = st.radio(
        "What is to change",
        list(CHANGES),
        format_func=CHANGES.__getitem__,
        horizontal=True,
        key=f"changes {one.alarm.id}",
    )
    text = st.text_area(
        "As it should be",
        value=rows[chosen]["output"] if changes == "text" else "",
        key=f"text {one.alarm.id} {chosen} {changes}",
    )
    if not st.button("Correct it", key=f"correct {one.alarm.id}"):
        return
    try:
        corrections.make(project, person.name, chosen, text, changes)
    except LoopError as why:
        st.error(str(why))
    else:
        st.success(f"Done: it becomes {corrections.BECOMES[changes]}.")


def _close(project: Project, person: Person, one: Open, how: str, words: str) -> None:
    label = {MENDED: "Mended", FALSE: "False alarm"}[how]
    if not st.button(label, key=f"{how} {one.alarm.id}", width="stretch"):
        return
    try:
        alarms.close(project, person.name, one.alarm.id, how, words or None)
    except LoopError as why:
        st.error(str(why))
    else:
        st.rerun()
