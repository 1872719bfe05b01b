"""PageDriver: the app drawn in a page of `serve` instead of a terminal."""

from __future__ import annotations

from textual import messages
from textual.drivers.web_driver import WebDriver


class PageDriver(WebDriver):
    """Textual's driver for pages, which also ends the app when its server is gone.

    The server writes to the app's standard input. When that ends, Textual only stops reading: an
    app whose server was killed would keep running, and nobody would see it.
    """

    def run_input_thread(self) -> None:
        """Read input until the server is gone or the app ends."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.post_message(messages.ExitApp())
