"""The bulk page: many items, one decision, one key. All of it is painted in the browser."""

from typing import Any
from urllib.parse import urlencode

import streamlit as st
from pydantic import ValidationError

from loop import Project, bulk, bulk_choice, slices
from loop.people import Claim
from loop.settings import Settings
from ui import cards
from ui.bulk_card import bulk_card
from ui.bulk_schema import Choice
from ui.pages.plain import plain

ROLE = "reviewer"  # whom the page is for
PATH = "bulk"
IN_FORM = {"words", "says", "least", "cluster", "second"}
IN_CHIP = {"by", "column", "value", "low", "high"}


def show(project: Project, claim: Claim) -> None:
    """Mount the bulk card; its address may say which items are wanted."""
    if why := bulk.refusal(project.settings):
        st.info(f"{why}.")
        return
    st.html("<style>.stMainBlockContainer { padding-bottom: 0; max-width: 84rem }</style>")
    wanted = _wanted()

    def more(settings: Settings) -> dict[str, Any]:
        return {
            "no_rounds": settings.no_rounds,
            "wanted": wanted.model_dump(include=IN_FORM, exclude_defaults=True),
            "part": wanted.model_dump(include=IN_CHIP, exclude_none=True),
            "part_words": slices.in_words(wanted.part) if wanted.part else "",
        }

    cards.mount(bulk_card, project, claim, more, within="bulk:")


def address(choice: bulk_choice.Choice) -> str:
    """Where the page opens with the items of a choice."""
    told = Choice.of(choice).model_dump(exclude_defaults=True)
    return f"/{PATH}?{urlencode(told)}"


def _wanted() -> Choice:
    try:
        return Choice.model_validate(st.query_params.to_dict())
    except ValidationError as why:
        st.warning(
            "The address of this page names a choice of items that there is not, so all are shown: "
            + plain("; ".join(one["msg"].removeprefix("Value error, ") for one in why.errors()))
        )
        return Choice()
