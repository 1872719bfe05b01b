"""HTML read back: a page as the elements and texts that a browser would make of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

ELEMENTS = set(
    "html head meta link style title body main footer section h1 h2 h3 h4 h5 h6 p br hr ul ol li a "
    "div span strong em small pre code blockquote table thead tbody tr th td details summary "
    "figure svg text line circle path polyline".split()
)
DRAWN = set(
    "xmlns viewbox width height role font-family font-size x y x1 x2 y1 y2 cx cy r d points fill "
    "stroke stroke-width stroke-opacity stroke-dasharray text-anchor xml:space".split()
)
PLAIN = {"class", "id", "lang", "scope", "start", "style", "href"}
CLASSES = set(
    "note verdict tiles changes parts prompt lost curves examples contents sessions wide words "
    "number answer text copy more example language-text language-diff".split()
)
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
VOID = {"meta", "link", "br", "hr", "line", "circle", "path", "polyline"}


@dataclass
class Node:
    """An element with its attributes, and what is in it: elements and texts."""

    name: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it."""
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    def all(self, name: str = "", class_: str = "") -> list[Node]:
        """The elements in it of this name and class, at any depth, in their order."""
        return [
            node
            for node in self
            if name in ("", node.name)
            and (not class_ or class_ in (node.attributes.get("class") or "").split())
        ]

    def __iter__(self) -> Iterator[Node]:
        for child in self.children:
            if isinstance(child, Node):
                yield child
                yield from child


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("document")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), attrs
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().name == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data!r}")


def read_page(html: str) -> Node:
    """The page. Fails where a tag is not closed in its turn, or something is no element."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    (document,) = reader.open
    return document


def headings(page: Node, level: int = 2) -> list[str]:
    return [node.text for node in page.all(f"h{level}")]


def part(page: Node, class_: str) -> Node:
    (found,) = page.all("section", class_)
    return found


def assert_nothing_acts(page: Node) -> None:
    """Every element and attribute is one that the page itself has, and no address leads away."""
    for node in page:
        assert node.name in ELEMENTS, node
        if node.name in ("meta", "link"):
            continue
        inside_picture = set(node.attributes) & DRAWN and node.name not in ("td", "th")
        assert set(node.attributes) <= (DRAWN if inside_picture else PLAIN), node
        assert set((node.attributes.get("class") or "").split()) <= CLASSES, node
        assert re.fullmatch(r"(#session-\d+)?", node.attributes.get("href") or ""), node
        assert node.attributes.get("style") in (None, "text-align:right"), node
    heads = [node.attributes for node in page if node.name in ("meta", "link")]
    assert [h["href"] for h in heads if "href" in h] == ["data:,"]
    assert [h["content"] for h in heads if "http-equiv" in h] == [POLICY]
    (style,) = page.all("style")
    assert "url(" not in style.text
    assert "@import" not in style.text
