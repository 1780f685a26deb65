"""A file for a new project: uploaded, or by its path on this machine."""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from ui import making
from ui.pages.data_import import ENDINGS
from ui.pages.plain import plain

LONGEST = 60  # characters of an upload's name that are kept


@dataclass(frozen=True)
class Chosen:
    """A file or folder that a person chose."""

    path: Path  #: where it lies
    shown: str  #: as the person would write it
    stamp: str  #: tells it from another, and from itself before a change
    is_upload: bool


def choose(slot: str, what: str, *, folders: bool, uploads: bool = True) -> Chosen | None:
    """Ask for a file; says on the page why one cannot be read."""
    uploaded = st.file_uploader(what, type=ENDINGS, key=f"{slot}-upload") if uploads else None
    if uploaded is not None:
        return _kept(slot, uploaded)
    wanted = "file or folder" if folders else "file"
    other = f"… or a {wanted} on this machine" if uploads else f"{what}: a file on this machine"
    typed = st.text_input(other, placeholder="path/to/data", key=f"{slot}-path").strip()
    if not typed:
        return None
    try:
        path = Path(typed).expanduser()
        changed = path.stat().st_mtime_ns
    except (OSError, RuntimeError, ValueError) as why:  # not there, not ours, or no path
        st.error(plain(f"{typed} cannot be read: {why}"))
        return None
    return Chosen(path, str(path), str(changed), is_upload=False)


def _kept(slot: str, uploaded: Any) -> Chosen:
    """The upload as a file of ours, written once; it goes when another one comes, or at the end."""
    key = f"{slot}-kept"
    id_, path = st.session_state.get(key, (None, None))
    if id_ != uploaded.file_id:
        if path is not None:
            shutil.rmtree(path.parent, ignore_errors=True)
        path = Path(tempfile.mkdtemp(dir=making.now().uploads.name)) / file_name(uploaded.name)
        path.write_bytes(uploaded.getbuffer())
        st.session_state[key] = (uploaded.file_id, path)
    return Chosen(path, uploaded.name, uploaded.file_id, is_upload=True)


def file_name(given: str) -> str:
    """A name for a file of ours, like the one that a browser *gave*, and leading nowhere."""
    return re.sub(r"[^\w.-]+", "_", given)[-LONGEST:].lstrip(".-") or "upload"
