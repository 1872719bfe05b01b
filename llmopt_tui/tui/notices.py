"""Notices: what went wrong, in place, until it is dismissed."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button

from llmopt_tui.tui.widgets.plain import Plain


class Notice(Horizontal):
    """One message with a button that takes it away."""

    DEFAULT_CSS = """
    Notice { height: auto; padding: 0 1; background: $surface; border-left: outer $error; }
    Notice > .notice-mark { width: 3; color: $text-error; }
    Notice > .notice-text { width: 1fr; height: auto; max-height: 5; background: transparent; }
    Notice > .notice-dismiss { width: 11; background: $panel; color: $foreground; }
    """

    def __init__(self, text: str, about: str) -> None:
        super().__init__()
        self.text = text
        self.about = about

    def compose(self) -> ComposeResult:
        """A sign that needs no colour, the words, the button."""
        yield Plain("!", "bold", classes="notice-mark")
        with VerticalScroll(can_focus=False, classes="notice-text"):
            yield Plain(self.text)
        yield Button("Dismiss", compact=True, classes="notice-dismiss")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Remove the message."""
        event.stop()
        self.remove()


class Notices(Vertical):
    """The messages that are not dismissed yet, newest last. No text is shown twice."""

    DEFAULT_CSS = """
    Notices { height: auto; max-height: 12; }
    """

    _MOST = 3

    def __init__(self) -> None:
        super().__init__(id="notices")

    def add(self, text: str, about: str = "") -> None:
        """Show a message. Beyond three, the oldest goes. `about` is for `clear`."""
        standing = list(self.query(Notice))
        if any(notice.text == text for notice in standing):
            return
        # All that are too many: what was removed a moment ago may still be there.
        for notice in standing[: len(standing) - self._MOST + 1]:
            notice.remove()
        self.mount(Notice(text, about))

    def clear(self, about: str) -> None:
        """Remove the messages about something that matters no more."""
        for notice in self.query(Notice):
            if notice.about == about:
                notice.remove()

    def dismiss(self) -> bool:
        """Take the newest message away. Says whether there was one."""
        standing = list(self.query(Notice))
        if standing:
            standing[-1].remove()
        return bool(standing)
