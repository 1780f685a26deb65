"""What an item holds, on a page: texts as they were written, pictures, sounds, videos, clips."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from loop import Project, sides
from loop.settings import Settings
from loop.store.items import Item
from ui.filmstrip import Film
from ui.pages.plain import plain

TABLE = "table"
MOST_ACROSS = 3  # outputs in one row
PLAYERS: dict[str, Callable[[str], object]] = {
    "image": st.image,
    "audio": st.audio,
    "video": st.video,
}


def fields(project: Project, item: Item, longest: int | None = None) -> None:
    """Draw what is judged, column by column; of texts up to *longest* characters.

    Outputs that people choose among stand side by side, each with what made it where one knows.
    """
    kinds, outputs = project.settings.kinds, sides.outputs(project.settings)
    cells = [
        f"{name}: {_words(cell)}" for name, cell in item.fields.items() if kinds[name] == TABLE
    ]
    if cells:
        st.text("\n".join(cells))
    drawn = [name for name in item.fields if kinds[name] != TABLE]
    for name in [name for name in drawn if name not in outputs]:
        _field(project, item, name, longest)
    beside = [name for name in drawn if name in outputs]
    across = len(beside) if len(beside) <= MOST_ACROSS else 2
    for start in range(0, len(beside), max(across, 1)):
        for name, column in zip(beside[start : start + across], st.columns(across), strict=False):
            with column:
                _field(project, item, name, longest)


def _field(project: Project, item: Item, name: str, longest: int | None) -> None:
    made_by = project.settings.systems.get(name)
    st.caption(plain(f"{name}, by {_words(item.meta.get(made_by))}" if made_by else name))
    kind, cell = project.settings.kinds[name], item.fields[name]
    if kind in PLAYERS:
        PLAYERS[kind](str(project.media.path(cell)))
    elif film := _film(project.settings, name, cell):
        clip(film)
    else:
        st.text(cell if longest is None or len(cell) <= longest else f"{cell[:longest]}…")


def clip(film: Film) -> None:
    """Draw a clip of play."""
    st.html(film.picture(dark=st.context.theme.type == "dark"))
    st.caption(film.words)


def brief(settings: Settings, fields: Mapping[str, Any]) -> str:
    """Cells of an item in one line, as lists of items have them; of a clip how long it is."""
    told = (
        f"clip, {film.words}" if (film := _film(settings, name, cell)) else _words(cell)
        for name, cell in fields.items()
    )
    return " ".join(" · ".join(told).split())


def _film(settings: Settings, name: str, cell: object) -> Film | None:
    return Film.of(cell) if name in settings.clips else None


def _words(cell: object) -> str:
    return "–" if cell is None else str(cell)
