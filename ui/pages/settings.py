"""The settings page: how is it asked? Every change is a row of the log, and holds at once."""

import datetime
from collections.abc import Callable
from typing import Any

import streamlit as st

from loop import LoopError, Project, decisions, status, tasks
from loop.guideline_examples import IS, IS_NOT, with_line, without
from loop.settings import Settings
from loop.store import rounds
from ui.pages import settings_asking
from ui.pages.plain import plain

BASE = "guideline-base"  # the version that the text in the field began from
SAID = "settings-said"  # what the last change came to, for the run after it


def show(project: Project, annotator: str) -> None:
    """Draw the page for an owner."""
    st.title("How is it asked?", anchor=False)
    if said := st.session_state.pop(SAID, None):
        st.success(plain(said), icon=":material/check:")
    classes, asking, guideline, history = st.tabs(["Classes", "Asking", "Guidelines", "History"])
    with classes:
        _classes(project, annotator)
    with asking:
        _asking(project, annotator)
    with guideline:
        _guideline(project, annotator)
    with history:
        _history(project)


def _do(change: Callable[[], Any], said: str) -> None:
    """Make a change and draw the page anew; or say why not, and leave what was typed."""
    try:
        change()
    except LoopError as why:
        st.error(plain(str(why)), icon=":material/error:")
        return
    st.session_state[SAID] = said
    st.rerun()


def _classes(project: Project, by: str) -> None:
    settings = project.settings
    _class_table(project)
    if tasks.get(settings.task).classes is not None:
        st.caption("They follow from the kind of question, and stay as they are.")
        return
    add, rename, merge = st.columns(3)
    with add.form("add", clear_on_submit=False):
        st.markdown("**Add** a class, after the others")
        name = st.text_input("Name", key="add-name").strip()
        if st.form_submit_button("Add"):
            _do(lambda: project.decide(by, decisions.with_class(name)), f"Class {name} added.")
    with rename.form("rename"):
        st.markdown("**Rename** a class; its answers go with it")
        old = st.selectbox("Class", settings.classes, key="rename-old")
        new = st.text_input("New name", key="rename-new").strip()
        if st.form_submit_button("Rename"):
            decision = decisions.with_class_renamed(old, new)
            _do(lambda: project.decide(by, decision), f"Class {old} is called {new} now.")
    with merge.form("merge"):
        st.markdown("**Merge** a class into another one")
        gone = st.selectbox("Class that goes", settings.classes, key="merge-old")
        into = st.selectbox("Its answers count as", settings.classes, index=1, key="merge-into")
        if st.form_submit_button("Merge"):
            decision = decisions.with_class_merged(gone, into)
            _do(lambda: project.decide(by, decision), f"Answers of {gone} count as {into} now.")
    st.caption(
        "Up to ten classes have one key each, more have two: with the eleventh all keys change. "
        "Nothing already answered is lost: the log keeps what each person chose, and the next "
        "round reads it by its name of today. Who still has the old classes on screen may go on."
    )


def _class_table(project: Project) -> None:
    settings, counts = project.settings, status(project)["classes"]
    st.dataframe(
        [
            {"key": settings.class_keys[name].upper(), "class": name, "labels": counts[name]}
            for name in settings.classes
        ],
        hide_index=True,
        column_config={
            "key": st.column_config.TextColumn(width="small"),
            "labels": st.column_config.ProgressColumn(
                format="%d", min_value=0, max_value=max([1, *counts.values()])
            ),
        },
    )


def _asking(project: Project, by: str) -> None:
    settings = project.settings
    offers = rounds.offers(project.store.read)
    st.markdown(
        f"Read and learned by `{settings.recipe}`. Before the first model, items are chosen by "
        f"`{settings.start}`."
    )
    values = settings_asking.form(settings, offers)
    if values is not None:
        decision = decisions.with_values(**values)
        _do(lambda: project.decide(by, decision), "Saved; in force from the next question on.")
    if not offers:
        st.info("The trainer is starting; other strategies can be chosen in a moment.")


def _guideline(project: Project, by: str) -> None:
    newest = project.guideline()
    write, see = st.columns(2)
    st.session_state.setdefault("guideline-text", newest.text)
    text = write.text_area(
        "Markdown",
        key="guideline-text",  # another's version must not take the place of what is being written
        height=420,
        placeholder="## spam\nWhat nobody asked for.\n\n"
        f"{IS}You have won a cruise\n{IS_NOT}Your cruise leaves at 8 → **ham**",
    )
    with see.container(height=460):
        st.markdown(text or "*How should people judge? An example for each class helps most.*")
    began_from = st.session_state.setdefault(BASE, newest.version)
    _examples(project.settings, text)
    if not write.button("Save as a new version", type="primary"):
        return
    st.session_state[BASE] = newest.version
    if began_from != newest.version:
        write.error(
            f"Version {newest.version} came while you were writing, and this is not yet saved. "
            "What that one says is in the History; to put yours after it, save once more."
        )
        return

    def save() -> None:
        st.session_state[BASE] = project.write_guideline(by, text).version

    _do(save, "Saved. Everybody who labels sees it within seconds.")


def _examples(settings: Settings, text: str) -> None:
    """What puts examples into the text above, and which classes have none."""
    with st.expander("Add an example to the text"):
        of, kind = st.columns(2)
        of.selectbox("Class", settings.classes, key="example-of")
        kind.radio("It", ["is", "is not"], horizontal=True, key="example-kind")
        st.text_area("Example", key="example-text", height=80)
        if st.session_state["example-kind"] == "is not":
            others = [n for n in settings.classes if n != st.session_state["example-of"]]
            st.selectbox("It is instead", others, key="example-instead")
        st.text_input("Why", key="example-why")
        st.button("Put it into the text", on_click=_put_example)
    lacking = [
        f"no {what}: {', '.join(plain(name) for name in names)}"
        for what, begins in (("example", IS), ("counter-example", IS_NOT))
        if (names := without(text, settings.classes, begins))
    ]
    if text and lacking:
        st.caption(f"Still {'; '.join(lacking)}.")


def _put_example() -> None:
    """Into the text, where it waits to be saved."""
    said = st.session_state
    about, why = (" ".join(said[key].split()) for key in ("example-text", "example-why"))
    if not about:
        return
    is_one = said["example-kind"] == "is"
    instead = "" if is_one else f" → **{plain(said['example-instead'])}**"
    because = f" ({plain(why)})" if why else ""
    line = f"{IS if is_one else IS_NOT}{plain(about)}{instead}{because}"
    name = said["example-of"]
    said["guideline-text"] = with_line(said["guideline-text"], name, plain(name), line)
    said["example-text"] = said["example-why"] = ""


def _history(project: Project) -> None:
    st.dataframe(
        [
            {
                "when": datetime.datetime.fromtimestamp(made.at, datetime.UTC),
                "who": made.by,
                "what": made.words,
            }
            for made in decisions.history(project.store.read)
        ],
        hide_index=True,
        column_config={"when": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm")},
    )
