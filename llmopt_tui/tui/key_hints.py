"""KeyHints: the keys that matter on a screen, in one line, each of which can be clicked."""

from __future__ import annotations

from textual.content import Content

from llmopt_tui.tui.bars import Bar
from llmopt_tui.tui.commands import BY_ID, key_of
from llmopt_tui.tui.links import link

Hint = tuple[str, str, str]
"""The ids of the commands whose keys they are, with spaces between them, or the key as written;
what it does in a word; and the action."""


class KeyHints(Bar):
    """Hints at the left, and at the right those that are the same everywhere."""

    DEFAULT_CSS = "KeyHints { background: $panel; }"

    def __init__(self, *left: Hint, right: tuple[Hint, ...] = ()) -> None:
        super().__init__(id="key-bar")
        self._left, self._right = left, right

    def show(self, *left: Hint) -> None:
        """Show other hints at the left."""
        if left != self._left:
            self._left = left
            self._draw()

    def on_resize(self) -> None:
        """Lay the two sides out again."""
        self._draw()

    def _draw(self) -> None:
        right = self._line(self._right) + Content(" ")
        room = self.size.width - right.cell_length - 2
        shown = self._left
        # What does not fit is left out whole, the last first.
        while shown and self._line(shown).cell_length > room:
            shown = shown[:-1]
        self.put(Content(" ") + self._line(shown), right)

    def _line(self, hints: tuple[Hint, ...]) -> Content:
        keymap = getattr(self.app, "keymap", {})
        return Content("  ").join(
            _hint("".join(key_of(k, keymap) if k in BY_ID else k for k in keys.split()), *rest)
            for keys, *rest in hints
        )


def _hint(key: str, name: str, action: str) -> Content:
    text = Content.assemble((key, "bold"), " ", (name, "$foreground-muted"))
    return text.stylize(link("x", action).spans[0].style)
