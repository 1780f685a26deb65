"""Markdown that an owner wrote, as HTML that is safe to show: none of their own tags gets in."""

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

# Without `html` every tag in the text is shown as text, and links with javascript: are no links.
# An image from elsewhere would tell whoever keeps it who reads this, and when.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_MARKDOWN.disable("image")


def _in_another_tab(
    self: RendererHTML, tokens: list[Token], at: int, options: OptionsDict, env: EnvType
) -> str:
    tokens[at].attrs |= {"target": "_blank", "rel": "noopener noreferrer"}
    return self.renderToken(tokens, at, options, env)


_MARKDOWN.add_render_rule("link_open", _in_another_tab)


def to_html(text: str) -> str:
    """Render *text* (CommonMark with tables)."""
    return _MARKDOWN.render(text)
