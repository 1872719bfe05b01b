"""KeyHints: the keys that matter on a screen, in one line, each of which can be clicked."""

from __future__ import annotations

from textual.content import Content

from llmopt_tui.tui.bars import Bar
from llmopt_tui.tui.links import link

Hint = tuple[str, str, str]
"""The key as written, what it does in a word, and the action."""


class KeyHints(Bar):
    """Hints at the left, and at the right those that are the same everywhere."""

    def __init__(self, *left: Hint, right: tuple[Hint, ...] = ()) -> None:
        super().__init__(id="key-bar")
        self._left, self._right = left, right

    def on_resize(self) -> None:
        """Lay the two sides out again."""
        self.put(Content(" ") + _line(self._left), _line(self._right) + Content(" "))


def _line(hints: tuple[Hint, ...]) -> Content:
    return Content("  ").join(_hint(*hint) for hint in hints)


def _hint(key: str, name: str, action: str) -> Content:
    text = Content.assemble((key, "bold"), " ", (name, "$foreground-muted"))
    return text.stylize(link("x", action).spans[0].style)
