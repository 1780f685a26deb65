"""The play card: a Streamlit component without a build step, with what it shares of the label card.

No text of the user's goes into its HTML: names and reasons are written as text nodes.
"""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_LABEL_CARD = _HERE.parent / "label_card"
_SCRIPTS = (  # joined, in this order, to one module
    _LABEL_CARD / "outbox.js",
    _LABEL_CARD / "paint.js",
    _HERE / "scene.js",
    _HERE / "motion.js",
    _HERE / "words.js",
    _HERE / "curve.js",
    _HERE / "stream.js",
    _HERE / "play.js",
)
_STYLES = (_LABEL_CARD / "card.css", _HERE / "play.css")


def _joined(files: tuple[Path, ...]) -> str:
    return "\n".join(file.read_text("utf-8") for file in files)


play_card = st.components.v2.component(
    "askwell_play_card",
    html=(_HERE / "play.html").read_text("utf-8"),
    css=_joined(_STYLES),
    js=_joined(_SCRIPTS),
)
