"""Links to files that are made when they are asked for: see `ui.downloads`."""

from collections.abc import Mapping

import streamlit as st

_STYLE = """<style>
.files { display: flex; flex-wrap: wrap; gap: .75rem }
.files a { border: 1px solid color-mix(in srgb, currentColor 25%, transparent);
  border-radius: .5rem; color: inherit; padding: .4rem .75rem; text-decoration: none }
.files a:hover, .files a:focus-visible { border-color: currentColor }
</style>"""


def offer(files: Mapping[str, str]) -> None:
    """A link for each name, to its address of ours; the page stays while a file comes."""
    links = "".join(
        f'<a href="{at}" download target="_self">{name}</a>' for name, at in files.items()
    )
    st.html(f'{_STYLE}<div class="files">{links}</div>')
