"""How a page mounts one of the cards, each painted in the browser from the data it is given."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import streamlit as st

from loop import Project
from loop.people import Claim
from loop.settings import Settings
from ui.sign_in import LIFETIME, mint
from ui.theme import NO_DIALOG


def mount(
    card: Callable[..., Any],
    project: Project,
    claim: Claim,
    more: Callable[[Settings], dict[str, Any]],
    within: str = "",
) -> None:
    """Mount `card` for this person; a fragment renews its token long before it runs out.

    `more` is what this card needs beside the classes. What the browser keeps lies under *within*:
    two cards of one person share nothing there.
    """
    st.html(f"<style>{NO_DIALOG}</style>")

    @st.fragment(run_every=LIFETIME / 4)
    def mounted() -> None:
        settings = project.settings
        shown = {
            "api": "/api/v1",
            "token": mint(project, claim),
            "scope": f"{within}{project.uid}:{quote(claim.name, safe='')}",
            "annotator": claim.name,
            "kinds": settings.kinds | dict.fromkeys(settings.clips, "clip"),
            "task": settings.task,
            "classes": [{"name": name, "key": key} for name, key in settings.class_keys.items()],
            **more(settings),
        }
        # In a list: whether a value of a mapping is a table, Streamlit asks pandas, which takes
        # almost half a second of the first page to come.
        card(key=f"{within}card", data=[shown], on_renew_change=lambda: None)

    mounted()
