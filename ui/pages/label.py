"""The label page: one item, one decision, one key. All of it is painted in the browser."""

from urllib.parse import quote

import streamlit as st

from loop import Project
from loop.people import Claim
from ui.label_card import label_card
from ui.sign_in import LIFETIME, mint
from ui.theme import NO_DIALOG


def show(project: Project, claim: Claim) -> None:
    """Mount the label card; a fragment renews its token long before it runs out."""
    st.html(f"<style>{NO_DIALOG}</style>")

    @st.fragment(run_every=LIFETIME / 4)
    def card() -> None:
        settings = project.settings
        label_card(
            key="label-card",
            data={
                "api": "/api/v1",
                "token": mint(project, claim),
                "scope": f"{project.uid}:{quote(claim.name, safe='')}",
                "project": settings.name,
                "annotator": claim.name,
                "kinds": settings.kinds,
                "layout": settings.layout,
                "highlight": settings.highlight,
                "task": settings.task,
                "classes": [
                    {"name": name, "key": key} for name, key in settings.class_keys.items()
                ],
            },
            on_renew_change=lambda: None,
        )

    card()
