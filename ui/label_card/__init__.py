"""The label card: a Streamlit component without a build step, from the files beside this one.

No text of the user's goes into its HTML: items arrive as data and are written as text nodes.
"""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_SCRIPTS = (  # joined, in this order, to one module
    "../play_card/scene.js",
    "outbox.js",
    "paint.js",
    "zoom.js",
    "item.js",
    "clips.js",
    "outputs.js",
    "differences.js",
    "editor.js",
    "choose.js",
    "ways.js",
    "past.js",
    "drawer.js",
    "card.js",
)

label_card = st.components.v2.component(
    "askwell_label_card",
    html=(_HERE / "card.html").read_text("utf-8"),
    css="".join((_HERE / name).read_text("utf-8") for name in ("card.css", "ways.css")),
    js="\n".join((_HERE / name).read_text("utf-8") for name in _SCRIPTS),
)
