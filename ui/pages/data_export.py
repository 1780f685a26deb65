"""The tab Export of the data page: a format, a button, a file."""

import shutil

import streamlit as st

from loop import LoopError, Project, exports
from loop.exports import FORMATS, Wishes
from loop.exports.choice import splits

NOT_HERE = (
    "Large ones are better made by `askwell export PROJECT --format … --out FOLDER`, which also "
    "chooses by kind, person, date or share; `askwell verify FOLDER` checks them."
)


def show(project: Project) -> None:
    """Draw it; what is made is kept until another is."""
    form = st.selectbox(
        "Format", list(FORMATS), format_func=lambda name: f"{name} – {FORMATS[name].what}"
    )
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    parts = left.text_input(
        "Split", placeholder="none, or train=0.8,test=0.2", help="By content: no item on two sides."
    )
    names = right.checkbox("Real names", help="Else people are pseudonyms.")
    wanted = (form, parts, names)
    if st.button("Make the export"):
        with st.spinner("Writing …", show_time=True):
            _make(project, wanted)
    made = st.session_state.get("export")
    if made and made[0] == wanted:
        st.download_button(
            "Download (ZIP)", data=made[1], file_name=f"{form}.zip", mime="application/zip"
        )
    st.caption(NOT_HERE)


def _make(project: Project, wanted: tuple[str, str, bool]) -> None:
    form, parts, names = wanted
    try:
        path = exports.archive(project, form, Wishes(splits=splits(parts or None), names=names))
    except LoopError as why:
        st.error(str(why))
        return
    try:
        st.session_state["export"] = (wanted, path.read_bytes())
    finally:
        shutil.rmtree(path.parent)
