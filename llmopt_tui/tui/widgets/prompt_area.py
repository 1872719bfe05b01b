"""PromptArea: an editor of a prompt, in which placeholders are seen."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from rich.text import Text
from textual.widgets import TextArea

from llmopt_tui.core.filling import PLACEHOLDER


class PromptArea(TextArea):
    """A text with its placeholders marked: those that have an input, and those that have none.

    `placeholder` is our own text; it is read as markup.
    """

    DEFAULT_CSS = """
    PromptArea, PromptArea:focus {
        border: none; padding: 0 1; background: transparent; scrollbar-size-vertical: 1;
        scrollbar-background: $background; scrollbar-color: $border;
    }
    PromptArea .text-area--cursor-line { background: transparent; }
    PromptArea > .prompt-area--known { color: $text-accent; text-style: bold; }
    PromptArea > .prompt-area--unknown { color: $text-error; text-style: bold underline; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"prompt-area--known", "prompt-area--unknown"}

    def __init__(self, text: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(
            text, placeholder=placeholder, id=id, compact=True, highlight_cursor_line=False
        )
        self._known: Collection[str] | None = None

    def know(self, inputs: Collection[str] | None) -> None:
        """Mark placeholders that are not among these inputs; with None, all of them are known."""
        if inputs != self._known:
            self._known = inputs
            self._line_cache.clear()
            self.refresh()

    def put(self, text: str) -> None:
        """Replace the text in a way that the person can undo."""
        if text != self.text:
            self.replace(text, (0, 0), self.document.end)
            self.move_cursor((0, 0))

    def get_line(self, line_index: int) -> Text:
        """A line with its placeholders styled."""
        line = super().get_line(line_index)
        for match in PLACEHOLDER.finditer(line.plain):
            known = self._known is None or match.group(1) in self._known
            kind = "prompt-area--known" if known else "prompt-area--unknown"
            style = self.get_component_rich_style(kind, partial=True)
            line.stylize(style, match.start(), match.end())
        return line
