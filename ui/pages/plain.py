"""Words of users in places where Streamlit reads Markdown."""

import re


def plain(words: str) -> str:
    """*words* escaped, so that they look as they were written."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!:$|<>~^&])", r"\\\1", words)
