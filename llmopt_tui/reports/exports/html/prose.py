"""Sections of the Markdown reports as HTML, so that both forms say the same in the same words.

The Markdown is our own and its texts from outside are escaped in it. Should one act all the same,
it gets no further than a list or bold type: HTML in it is text, and addresses are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llmopt_tui.reports.exports.escaping import escaped, storable
from llmopt_tui.reports.exports.html.markup import Html

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


def prose(parts: Iterable[str], *, deeper: int = 0) -> Html:
    """Parts of a Markdown report; their headings are `deeper` levels below what they are there."""
    parser = _parser()
    tokens = parser.parse(storable("\n\n".join(part for part in parts if part)))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + deeper)}"
    return Html(parser.renderer.render(tokens, parser.options, {}))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    for name, rule in _RULES.items():
        parser.add_render_rule(name, rule)
    return parser


def _nothing(_renderer: Any, _tokens: Sequence[Token], _at: int, *_rest: Any) -> str:
    return ""


def _its_words(_renderer: Any, tokens: Sequence[Token], at: int, *_rest: Any) -> str:
    return escaped(tokens[at].content)


def _wide(_renderer: Any, tokens: Sequence[Token], at: int, *_rest: Any) -> str:
    return '<div class="wide"><table>' if tokens[at].nesting == 1 else "</table></div>"


_RULES = {
    "link_open": _nothing,
    "link_close": _nothing,
    "image": _its_words,
    "table_open": _wide,
    "table_close": _wide,
}
"""What is written otherwise than markdown-it writes it, by the kind of token."""
