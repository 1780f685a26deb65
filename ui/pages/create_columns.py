"""What a new project's file holds, and which of its columns mean what."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st

from loop import media
from loop.preview import Look
from ui.making import Draft
from ui.pages.create_source import Chosen
from ui.pages.data_import import BY_CONTENT, NONE, WIDEST
from ui.pages.plain import plain
from ui.task_options import usual_columns

KINDS = {
    "text": "Text",
    "table": "Row of a table",
    "image": "Image",
    "audio": "Sound",
    "video": "Video",
}
UPLOADED = ("text", "table")  # the files that another column names do not come with an upload


def rows(look: Look) -> None:
    """Show the first rows of a file."""
    cells = [{name: _cell(row.get(name)) for name in look.columns} for row in look.rows]
    st.dataframe(cells, hide_index=True)
    st.caption(f"The first {len(cells)} rows." if len(cells) > 1 else "The first row.")


def _cell(cell: object) -> str:
    words = "" if cell is None else str(cell)[:WIDEST]
    return words.encode(errors="replace").decode()  # JSON may hold half a character


def files(folder: Path, look: Look, kind: str) -> None:
    """Show the first files of a folder."""
    names = [str(row[kind]) for row in look.rows]
    if kind == "image":
        with st.container(key="pictures", horizontal=True):
            for name in names:
                _picture(folder, name)
    else:
        st.text("\n".join(names))
    st.caption("The first of the folder; each file is an item.")


def _picture(folder: Path, name: str) -> None:
    try:
        content, _ = media.checked(folder / name, "image")
    except ValueError as why:
        st.warning(plain(str(why)), width=240)
    else:
        st.image(content, plain(name), width=120)


def kind_of(data: Chosen, look: Look) -> str:
    """Ask what is judged."""
    kinds = list(UPLOADED if data.is_upload else KINDS)
    likely = next((kind for kind in look.media.values() if kind in kinds), "text")
    kind: str = st.radio(
        "Each item is",
        kinds,
        index=kinds.index(likely),
        format_func=KINDS.__getitem__,
        horizontal=True,
        help="Images, sounds and videos lie beside the file that names them, which an upload "
        "leaves behind: give the path of the file instead."
        if data.is_upload
        else None,
    )
    return kind


def judged(
    kind: str, look: Look, taken: Collection[str | None], task: str
) -> Mapping[str, Sequence[str]]:
    """Ask for the columns that people judge; they come by the option that names them.

    Those that are *taken* have another use.
    """
    columns = list(look.columns)
    if kind == "text":
        usual = list(usual_columns(task, columns)) or [look.text]
        key = f"read for {task}"  # another task, other columns
        return {"text": st.multiselect("Columns to read", columns, default=usual, key=key)}
    if kind == "table":
        usual = [name for name in columns if name not in taken]
        return {"features": st.multiselect("Columns to judge by", columns, default=usual)}
    likely = next((at for at, name in enumerate(columns) if look.media.get(name) == kind), 0)
    left, right = st.columns(2)
    file = left.selectbox(f"Column with the path of the {KINDS[kind].lower()}", columns, likely)
    texts = right.multiselect("Texts to read with it", columns)
    return {"text": texts, kind: [file]} if texts else {kind: [file]}


def marked(draft: Draft, look: Look) -> Draft:
    """Ask which columns have another use."""
    known, ids, meta = st.columns(3)
    choices = [None, *look.columns]

    def usual(name: str) -> int:
        return choices.index(name) if name in choices else 0

    return replace(
        draft,
        label=known.selectbox(
            "Known labels",
            choices,
            usual("label"),
            format_func=lambda name: NONE if name is None else name,
            help="Where not blank, they are trained on.",
        ),
        id=ids.selectbox(
            "Ids",
            choices,
            usual("id"),
            format_func=lambda name: BY_CONTENT if name is None else name,
        ),
        meta=meta.multiselect(
            "Metadata",
            look.columns,
            help="Shown folded beneath an item; no model reads it.",
        ),
    )
