"""PageDriver: the app drawn in a page of `serve` instead of a terminal."""

from __future__ import annotations

from textual import messages
from textual.drivers.web_driver import WebDriver


class PageDriver(WebDriver):
    """Textual's driver for pages; with it the app also ends where its server is gone.

    The server is at the other end of standard input. Textual reads to its end and no further: an
    app whose server was killed would run on, with nobody to see it.
    """

    def run_input_thread(self) -> None:
        """Read until the server is gone or the app ends."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.post_message(messages.ExitApp())
