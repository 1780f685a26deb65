"""What an item holds, on a page: texts as they were written, pictures, sounds, videos."""

from collections.abc import Callable

import streamlit as st

from loop import Project
from loop.store.items import Item
from ui.pages.plain import plain

PLAYERS: dict[str, Callable[[str], object]] = {
    "image": st.image,
    "audio": st.audio,
    "video": st.video,
}


def fields(project: Project, item: Item, longest: int | None = None) -> None:
    """Draw what is judged, column by column; texts of up to *longest* characters."""
    kinds = project.settings.kinds
    for name, cell in item.fields.items():
        st.caption(plain(name))
        if kinds.get(name, "text") in PLAYERS:
            PLAYERS[kinds[name]](str(project.media.path(cell)))
        else:
            words = "–" if cell is None else str(cell)
            st.text(words if longest is None or len(words) <= longest else f"{words[:longest]}…")
