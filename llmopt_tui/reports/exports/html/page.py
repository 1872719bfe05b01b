"""The frame of the page: its head, which forbids everything that comes from elsewhere, and body."""

from __future__ import annotations

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.exports.html.markup import Html, element, together
from llmopt_tui.reports.exports.html.style import STYLE

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
# The icon is an empty one: a browser asks for /favicon.ico where none is named.
_HEAD = Html(
    '<meta charset="utf-8">'
    f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark">'
    '<meta name="referrer" content="no-referrer">'
    '<link rel="icon" href="data:,">'
    f"<style>{STYLE}</style>"
)


def page(title: str, *parts: Html) -> str:
    """A whole document."""
    head = element("head", _HEAD, element("title", one_line(title, 200)))
    made = element("footer", "Made by llmopt-tui. Scores are from 0 to 1, times in seconds.")
    body = element("body", element("main", *parts), made)
    whole = together([Html("<!DOCTYPE html>\n"), element("html", head, body, lang="en")])
    return whole.code + "\n"
