"""Notices: messages about what went wrong, shown on the screen until dismissed."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button

from llmopt_tui.tui.widgets.plain import Plain


class Notice(Horizontal):
    """One message, with a button that removes it."""

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
        """A mark that needs no colour, the text, and the button."""
        yield Plain("!", "bold", classes="notice-mark")
        with VerticalScroll(can_focus=False, classes="notice-text"):
            yield Plain(self.text)
        yield Button("Dismiss", compact=True, classes="notice-dismiss")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Remove the message when its button is pressed."""
        event.stop()
        self.remove()


class Notices(Vertical):
    """The messages that have not been dismissed, newest last. No text is shown twice."""

    DEFAULT_CSS = """
    Notices { height: auto; max-height: 12; }
    """

    _MOST = 3

    def __init__(self) -> None:
        super().__init__(id="notices")

    def add(self, text: str, about: str = "") -> None:
        """Show a message; of more than three, remove the oldest. `clear` takes the same `about`."""
        notices = list(self.query(Notice))
        if any(notice.text == text for notice in notices):
            return
        # Not only the oldest: one that was removed a moment ago may still be in the tree.
        for notice in notices[: len(notices) - self._MOST + 1]:
            notice.remove()
        self.mount(Notice(text, about))

    def clear(self, about: str) -> None:
        """Remove the messages about this subject."""
        for notice in self.query(Notice):
            if notice.about == about:
                notice.remove()

    def dismiss(self) -> bool:
        """Remove the newest message. Returns whether there was one."""
        notices = list(self.query(Notice))
        if notices:
            notices[-1].remove()
        return bool(notices)
