"""What an item holds, on a page: texts as they were written, pictures, sounds, videos."""

from collections.abc import Callable

import streamlit as st

from loop import Project
from loop.store.items import Item
from ui.pages.plain import plain

TABLE = "table"
PLAYERS: dict[str, Callable[[str], object]] = {
    "image": st.image,
    "audio": st.audio,
    "video": st.video,
}


def fields(project: Project, item: Item, longest: int | None = None) -> None:
    """Draw what is judged, column by column; of texts up to *longest* characters."""
    kinds = project.settings.kinds
    cells = [
        f"{name}: {_words(cell)}" for name, cell in item.fields.items() if kinds[name] == TABLE
    ]
    if cells:
        st.text("\n".join(cells))
    for name, cell in item.fields.items():
        if kinds[name] == TABLE:
            continue
        st.caption(plain(name))
        if kinds[name] in PLAYERS:
            PLAYERS[kinds[name]](str(project.media.path(cell)))
        else:
            st.text(cell if longest is None or len(cell) <= longest else f"{cell[:longest]}…")


def _words(cell: object) -> str:
    return "–" if cell is None else str(cell)
