"""The bulk page: many items, one decision, one key. All of it is painted in the browser."""

from typing import Any

import streamlit as st

from loop import Project
from loop.people import Claim
from loop.settings import Settings
from ui import cards
from ui.bulk_card import bulk_card


def show(project: Project, claim: Claim) -> None:
    """Mount the bulk card."""
    st.html("<style>.stMainBlockContainer { padding-bottom: 0; max-width: 84rem }</style>")
    cards.mount(bulk_card, project, claim, _more, within="bulk:")


def _more(settings: Settings) -> dict[str, Any]:
    return {"no_rounds": settings.no_rounds}
