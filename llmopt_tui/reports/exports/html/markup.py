"""HTML that is built from elements, so that text is escaped in one place and cannot be forgotten.

A template library would be one more dependency for one page. Here a `str` is text and is escaped;
only what is `Html` already is taken as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from llmopt_tui.core.text.plain import visible
from llmopt_tui.reports.exports.escaping import escaped

_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Html:
    """Finished HTML. Only this package makes it: of elements, of prose and of plots."""

    code: str


Child = Html | str
"""What an element holds: HTML, or text that becomes HTML by being escaped."""


def element(name: str, *children: Child, **attributes: str) -> Html:
    """An element. `class_` is the attribute `class`; one that is "" is written as a bare name."""
    given = "".join(
        f' {key.rstrip("_")}="{escaped(visible(value))}"' if value else f" {key.rstrip('_')}"
        for key, value in attributes.items()
    )
    return Html(f"<{name}{given}>{together(children).code}</{name}>")


def together(children: Iterable[Child]) -> Html:
    """Elements and texts, one after the other."""
    return Html("".join(c.code if isinstance(c, Html) else escaped(visible(c)) for c in children))


def section(name: str, title: str, *children: Child, level: int = 2) -> Html:
    """A part of the page with its heading; empty where it has no children."""
    if not any(child.code if isinstance(child, Html) else child for child in children):
        return Html("")
    return element("section", element(f"h{level}", title), *children, class_=name)


def folded(summary: Child, *children: Child, class_: str = "more") -> Html:
    """Parts that are shown when the reader opens them."""
    return element("details", element("summary", summary), *children, class_=class_)


def preformatted(text: str, *, class_: str = "text", limit: int | None = _LONGEST) -> Html:
    """A text with its line ends. Beyond `limit` characters it is cut, which is said below it."""
    shown = text if limit is None else text[:limit]
    # A reader of HTML drops one line end after the tag.
    block = element("pre", Html("\n"), shown, class_=class_)
    rest = len(text) - len(shown)
    note = f"({rest} more characters are not shown.)"
    return together([block, element("p", note, class_="note")]) if rest else block


def table(header: Sequence[str], rows: Iterable[Sequence[Child]]) -> Html:
    """A table that scrolls where it is too wide; a header that ends in ":" is right-aligned."""
    sides = ["number" if name.endswith(":") else "words" for name in header]
    names = [
        element("th", name.removesuffix(":"), class_=side, scope="col")
        for name, side in zip(header, sides, strict=True)
    ]
    lines = [
        element("tr", *(element("td", c, class_=s) for c, s in zip(row, sides, strict=True)))
        for row in rows
    ]
    whole = element("table", element("thead", element("tr", *names)), element("tbody", *lines))
    return element("div", whole, class_="wide")


def bullets(lines: Iterable[Child]) -> Html:
    """A list; empty where there are no lines."""
    items = [element("li", line) for line in lines]
    return element("ul", *items) if items else Html("")
