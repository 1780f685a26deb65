"""The script that Streamlit runs for every visitor: who it is, and which page."""

import streamlit as st

from loop.project import OWNER
from ui import serving
from ui.pages import label, progress
from ui.sign_in import COOKIE

project = serving.now().project
st.set_page_config(page_title=f"{project.settings.name} · askwell", page_icon="✳", layout="wide")
invited = project.bearer(st.context.cookies.get(COOKIE, ""))
annotator = invited or OWNER  # only this machine can reach the server: see `server.NotLoopback`


def label_page() -> None:
    """Judge items."""
    label.show(project, annotator)


def progress_page() -> None:
    """See what the labels bought."""
    progress.show(project)


st.navigation(
    [
        st.Page(label_page, title="Label", url_path="label", default=True),
        st.Page(progress_page, title="Progress", url_path="progress"),
    ],
    position="hidden",
).run()
