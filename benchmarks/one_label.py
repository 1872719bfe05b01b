"""The smallest Textual app: what a first frame costs at least."""

from textual.app import App, ComposeResult
from textual.widgets import Label


class OneLabel(App[None]):
    """One label."""

    def compose(self) -> ComposeResult:
        """The label."""
        yield Label("one label")


if __name__ == "__main__":
    OneLabel().run()
