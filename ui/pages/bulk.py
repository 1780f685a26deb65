"""The bulk page: many items, one decision, one key. All of it is painted in the browser."""

from urllib.parse import quote

import streamlit as st

from loop import Project
from loop.people import Claim
from ui.bulk_card import bulk_card
from ui.sign_in import LIFETIME, mint
from ui.theme import NO_DIALOG


def show(project: Project, claim: Claim) -> None:
    """Mount the bulk card; a fragment renews its token long before it runs out."""
    wide = ".stMainBlockContainer { padding-bottom: 0; max-width: 84rem }"
    st.html(f"<style>{wide}{NO_DIALOG}</style>")

    @st.fragment(run_every=LIFETIME / 4)
    def card() -> None:
        settings = project.settings
        bulk_card(
            key="bulk-card",
            data={
                "api": "/api/v1",
                "token": mint(project, claim),
                "scope": f"bulk:{project.uid}:{quote(claim.name, safe='')}",
                "kinds": settings.kinds,
                "task": settings.task,
                "classes": [
                    {"name": name, "key": key} for name, key in settings.class_keys.items()
                ],
                "no_rounds": settings.no_rounds,
            },
            on_renew_change=lambda: None,
        )

    card()
