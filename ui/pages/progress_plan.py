"""A part of the progress page: what a policy does that is planned by what was learned of clips."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

import streamlit as st

from loop import Project
from loop.play import plans
from ui.filmstrip import Film
from ui.pages import content
from ui.pages.plain import plain

PARTS = {"first": "An episode of it begins", "last": "It ends"}


def show(project: Project) -> None:
    """Draw it, for a project of clips."""
    st.subheader("A policy planned by this reward", anchor=False)
    told = plans.newest(project)
    if told is None and (why := plans.too_soon(project)):
        st.write(why)
        return
    if told is None:
        st.write("None is planned yet. This plans one, and sees how it does:")
        st.code(_command(project, project.settings.environment or "NAME"), language=None)
        return
    n, labels = told["episodes"], told["labels"]
    st.markdown(
        f"| mean of {n:,} episodes (95 %) | steps | return |\n|---|--:|--:|\n"
        + "\n".join(
            f"| {called} | {' | '.join(plans.means(told[name]))} |"
            for name, called in plans.POLICIES.items()
        )
    )
    st.caption(
        f"After {labels:,} labeled pairs, in {plain(told['environment'])}, from beginnings that it "
        "was not planned by. The return is the environment's own; nothing was learned from it."
    )
    if n := told["since"]:
        st.write(f"{n:,} pair{'s were' if n > 1 else ' was'} labeled or changed since. Plan anew:")
        st.code(_command(project, told["environment"]), language=None)
    _episode(told)


def _episode(told: Mapping[str, Any]) -> None:
    """The first of the planned policy's episodes: how it begins and ends."""
    columns = st.container(key="plan").columns(2, gap="large")
    for (part, words), column in zip(PARTS.items(), columns, strict=True):
        film = Film.of(json.dumps(told[part]))
        if film is not None:
            with column:
                st.markdown(f"**{words}**")
                content.clip(film)


def _command(project: Project, environment: str) -> str:
    words = ["askwell", "plan", project.folder.name]
    if project.settings.environment is None:
        words += ["--env", environment]
    return shlex.join(words)
