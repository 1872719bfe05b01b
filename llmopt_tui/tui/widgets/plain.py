"""Text from outside on the screen: its markup is never read, its control characters never obeyed.

Everything that a model, a file or a server wrote is shown through this module.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from rich.text import Text
from textual.app import App
from textual.content import Content
from textual.notifications import SeverityLevel
from textual.visual import VisualType
from textual.widget import Widget
from textual.widgets import Static

from llmopt_tui.core.text.plain import one_line, visible
from llmopt_tui.tui.widgets.lines import Line, WrappedLines

_TAB = " " * 4


def plain_text(text: str, style: str = "") -> Content:
    """The text for labels, titles, options and tooltips. `style` is our own.

    For muted text use "$foreground-muted": "$text-muted" is an automatic colour, which only style
    sheets can mix; here it would be white.
    """
    shown = visible(text)
    return Content.styled(shown, style) if style and shown else Content(shown)


def plain_cell(
    text: str, style: str = "", *, justify: Literal["left", "right"] = "left", width: int = 200
) -> Text:
    """The text as one line of a table cell. `style` is a Rich style, e.g. "bold"."""
    return Text(one_line(text, width), style=style, justify=justify, no_wrap=True)


def notify_plain(
    source: App[Any] | Widget,
    message: str,
    *,
    title: str = "",
    severity: SeverityLevel = "information",
    timeout: float | None = None,
) -> None:
    """Show a notification whose text may come from outside."""
    source.notify(
        visible(message),
        title=one_line(title),
        severity=severity,
        timeout=timeout,
        markup=False,
    )


class Plain(Static):
    """A label for text from outside. Strings are shown without markup, `Content` as built."""

    def __init__(
        self,
        text: VisualType = "",
        style: str = "",
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        shown = plain_text(text, style) if isinstance(text, str) else text
        super().__init__(shown, markup=False, id=id, classes=classes)

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Replace the text of the label."""
        shown = plain_text(content) if isinstance(content, str) else content
        super().update(shown, layout=layout)


class StreamingText(WrappedLines):
    """Text that is being written. The cost of an append depends only on the new text.

    Of a long text, only the first `HEAD` and about the last `TAIL` characters are kept; a line
    between them says how many are not shown.
    """

    HEAD: ClassVar[int] = 4_000
    TAIL: ClassVar[int] = 12_000

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None):
        super().__init__(id=id, classes=classes)
        self._held = self._hidden = self._note_at = 0
        self._held_back = self._before = ""
        if text:
            self.append(text)

    @property
    def hidden(self) -> int:
        """How many characters in the middle are not shown."""
        return self._hidden

    def append(self, text: str) -> None:
        """Append text at the end."""
        text, self._held_back = self._held_back + text, ""
        # Maybe half of a line end, or of an emoji: only the next piece tells whether to show it.
        if text.endswith(("\r", "\u200d")):
            text, self._held_back = text[:-1], text[-1]
        shown = visible(text, self._before).replace("\t", _TAB)
        self._before = text[-1:] or self._before
        self._held += len(shown)
        if self._held <= self.HEAD + self.TAIL * 5 // 4:
            self.extend(shown)
        else:
            self._prune(shown)

    def set_text(self, text: str) -> None:
        """Show this text instead of the previous one."""
        self._held = self._hidden = self._note_at = 0
        self._held_back = self._before = ""
        self.set_lines([])
        self.append(text)

    def clear(self) -> None:
        """Remove all text, so that nothing is shown."""
        self.set_text("")

    def _prune(self, added: str) -> None:
        lines = [line.text for line in self._lines]
        if self._hidden:
            head = lines[: self._note_at]
            tail = "\n".join(lines[self._note_at + 1 :]) + added
        else:
            text = "\n".join(lines) + added
            head, tail = text[: self.HEAD].split("\n"), text[self.HEAD :]
        cut = max(0, len(tail) - self.TAIL)
        self._hidden += cut
        self._held -= cut
        self._note_at = len(head)
        note = Line(f"… {self._hidden:,} characters not shown …", "lines--note")
        kept = tail[cut:].split("\n")
        self.set_lines([*(Line(text) for text in head), note, *(Line(text) for text in kept)])
