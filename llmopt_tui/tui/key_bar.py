"""KeyBar: the keys that matter now, in the bottom line; each can be clicked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from llmopt_tui.tui.bars import Bar
from llmopt_tui.tui.commands import BY_ID, PAIRS
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.links import linked

Entry = str | tuple[str, str]
"""The id of a command or of a pair in `commands.PAIRS`."""


class KeyBar(Bar):
    """Shows commands by their ids, with the key, name and action that the table gives them.

    Entries that do not fit are left out, the last first; `right` is always shown.
    """

    DEFAULT_CSS = "KeyBar { background: $panel; }"

    def __init__(self, *left: Entry, right: Sequence[str] = ("help", "quit")) -> None:
        super().__init__(id="key-bar")
        self._left, self._right = left, right
        self._names: Mapping[str, str] = {}

    def show(self, *left: Entry, names: Mapping[str, str] | None = None) -> None:
        """Show these at the left, in this order. `names` renames some, by command id."""
        if (left, names or {}) != (self._left, self._names):
            self._left, self._names = left, names or {}
            self._draw()

    def on_resize(self) -> None:
        """Lay the two sides out again."""
        self._draw()

    def _draw(self) -> None:
        right = self._line(self._right) + Content(" ")
        room = self.size.width - right.cell_length - 2
        shown = self._left
        while shown and self._line(shown).cell_length > room:
            shown = shown[:-1]
        self.put(Content(" ") + self._line(shown), right)

    def _line(self, entries: Sequence[Entry]) -> Content:
        return Content("  ").join(map(self._entry, entries))

    def _entry(self, entry: Entry) -> Content:
        """One command or pair as a link. A click on a pair does its second command: forward."""
        pair = (entry,) if isinstance(entry, str) else entry
        command = BY_ID[pair[-1]]
        name = command.short if isinstance(entry, str) else PAIRS[entry]
        keymap = getattr(self.app, "keymap", {})
        text = Content.assemble(
            ("".join(key_of(each, keymap) for each in pair), "bold"),
            " ",
            (self._names.get(command.id, name), "$foreground-muted"),
        )
        place = "app" if command.scope == "app" else "screen"
        return linked(text, f"{place}.{command.action}")
