"""StartPanel: what to do when there is nothing to run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Input

from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.score import score_bar

if TYPE_CHECKING:
    from llmopt_tui.llm.fetch_progress import FetchProgress

_BAR = 30
_STAGES = {
    "fetching": "Downloading the embedded model",
    "unpacking": "Unpacking the embedded model",
    "checking": "Checking the embedded model",
    "loading": "Starting the embedded engine",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer: its id, the label of its button, and what it means."""

    id: str
    label: str
    meaning: str


EMBEDDED = Offer("embedded", "Try the embedded model", "downloads 93 MB once, runs offline then")
HOST = Offer("host", "Use another host ...", "or set OLLAMA_HOST")
BROWSE = Offer("browse", "Browse past sessions", "works without a server")
OWN_CASE = Offer("own case", "Make a case ...", "of your own file (CSV, JSON, ...) or from scratch")
STARTER = Offer("starter", "Make the starter cases", "two small tasks, to look around with")
RESUME = Offer("resume", "Resume", "what is finished is kept")
AGAIN = Offer("again", "Look again", "once it is started")


def progress_text(stage: str, done: int, total: int) -> str:
    """How far a download or a check is: a title, and below it a bar."""
    what = _STAGES.get(stage, stage.capitalize())
    if not total:
        return f"{what} …"
    part = "".join(score_bar(done / total, _BAR))
    return f"{what}\n{part} {fmt.size(done).strip()} of {fmt.size(total).strip()}"


class StartPanel(Vertical):
    """A text about what is missing, and buttons to fix it; progress while one of them works."""

    DEFAULT_CSS = """
    StartPanel { height: auto; max-height: 1fr; padding: 1 2; overflow-y: auto; }
    StartPanel > #start-offers { height: auto; margin-top: 1; }
    StartPanel .offer-row { height: auto; margin-bottom: 1; }
    StartPanel .offer { width: 26; background: $panel; color: $foreground; }
    StartPanel .offer:focus { background: $foreground; color: $background; }
    StartPanel .offer-meaning { width: 1fr; padding-left: 2; }
    """

    class Chosen(Message):
        """The person chose an offer. `host` is set for the offer "host"."""

        def __init__(self, offer: str, host: str = "") -> None:
            super().__init__()
            self.offer = offer
            self.host = host

    def __init__(self) -> None:
        super().__init__(id="start")

    def compose(self) -> ComposeResult:
        """The text, and a place for the buttons."""
        yield Plain("", id="start-text")
        yield Vertical(id="start-offers")

    def say(self, text: str, offers: Iterable[Offer] = ()) -> None:
        """Show this text and these offers."""
        self.query_one("#start-text", Plain).update(text)
        self.query(Input).remove()
        rows = [
            Horizontal(
                Button(f" {offer.label} ", name=offer.id, compact=True, classes="offer"),
                Plain(offer.meaning, "$text-muted", classes="offer-meaning"),
                classes="offer-row",
            )
            for offer in offers
        ]
        area = self.query_one("#start-offers")
        area.remove_children()
        if rows:
            area.mount_all(rows)

    def progress(self, progress: FetchProgress) -> None:
        """Show how far the download or start of the embedded model is."""
        text = progress_text(progress.stage, progress.done_bytes, progress.total_bytes)
        self.query_one("#start-text", Plain).update(text)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Choose an offer; for "host", ask for the host first."""
        event.stop()
        if event.button.name == HOST.id:
            self._ask_host()
        elif event.button.name:
            self.post_message(self.Chosen(event.button.name))

    def _ask_host(self) -> None:
        lines = self.query(Input)
        line = lines.first() if lines else Input(placeholder="host or host:port", compact=True)
        if not lines:
            self.mount(line)
        self.call_after_refresh(line.focus)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Choose the offer "host" with the host that was typed."""
        event.stop()
        if event.value.strip():
            self.post_message(self.Chosen(HOST.id, event.value.strip()))
