"""The script that Streamlit runs for every visitor: who it is, and which page."""

import streamlit as st

from loop.project import OWNER, OWNER_ROLE
from ui import serving
from ui.pages import data, label, progress, settings
from ui.sign_in import cookie_of

project = serving.now().project
st.set_page_config(page_title=f"{project.settings.name} · askwell", page_icon="✳", layout="wide")
invitation = st.context.cookies.get(cookie_of(project))
# Without one it is who sits here: nobody else can reach the server, see `server.NotLoopback`.
known = OWNER if invitation is None else project.bearer(invitation)
if known is None:
    st.error("This invitation is not valid any more. Ask the project's owner for a new one.")
    st.html('<a href="/leave" target="_self">Go on without it</a>')
    st.stop()
annotator: str = known


def label_page() -> None:
    """Judge items."""
    label.show(project, annotator)


def progress_page() -> None:
    """See what the labels bought."""
    progress.show(project, may_export=project.role(annotator) == OWNER_ROLE)


def settings_page() -> None:
    """Decide how it is asked."""
    settings.show(project, annotator)


def data_page() -> None:
    """See what is in here, and bring more."""
    data.show(project, annotator)


pages = [
    st.Page(label_page, title="Label", url_path="label", default=True),
    st.Page(progress_page, title="Progress", url_path="progress"),
]
if project.role(annotator) == OWNER_ROLE:
    pages.append(st.Page(settings_page, title="Settings", url_path="settings"))
    pages.append(st.Page(data_page, title="Data", url_path="data"))
st.navigation(pages, position="hidden").run()
