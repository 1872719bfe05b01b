"""Answer: the text that is being written now, in a window of fixed height."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.widgets.plain import Plain, StreamingText

if TYPE_CHECKING:
    from llmopt_tui.state.run_state import LiveRun


class Tail(StreamingText):
    """The last rows of a text that is being written.

    The style sheet fixes its height, so a new row redraws one small widget and never causes a new
    layout of the screen.
    """

    def on_resize(self, event: Resize) -> None:
        """Wrap the text again for the new width."""
        if event.size.width != self._row_width:
            self._row_width = self.content_size.width
            self._wrap_all()
            self.refresh()

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Redraw the widget without a new layout."""
        return super().refresh(*regions, repaint=repaint, recompose=recompose)

    def render_line(self, y: int) -> Strip:
        """One row; when there are more rows than fit, they are counted from the end."""
        return super().render_line(y + max(0, len(self._rows) - self.content_size.height))


class Answer(Vertical):
    """The answer that is being written, with its example, and the thoughts before it if wanted."""

    DEFAULT_CSS = """
    Answer { height: auto; margin-bottom: 1; }
    Answer > Tail { height: 6; padding-left: 1; border-left: outer $border; }
    Answer > Tail.-thinking { color: $text-muted; text-style: italic; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._title = Plain(classes="section")
        self._title_text = ""
        self._tail = Tail()
        self._shown: tuple[int | None, str, int, bool] | None = None
        self._seen = 0
        self.display = False

    def compose(self) -> ComposeResult:
        """A title that names the example, and the window for the answer."""
        yield self._title
        yield self._tail

    def write(self, live: LiveRun, *, thoughts: bool, more: int = 0) -> None:
        """Bring the window up to date. The cost depends only on the new text.

        `more` is how many other answers are being written at the same time.
        """
        self.display = True
        thinking = thoughts and not live.text
        text = live.thinking if thinking else live.text
        shown = (live.proposal, live.example_id, live.repeat, thinking)
        if shown != self._shown or len(text) < self._seen:
            self._shown, self._seen = shown, 0
            self._tail.set_class(thinking, "-thinking")
            self._tail.clear()
        self._tail.append(text[self._seen :])
        self._seen = len(text)
        self._write_title(live, more)

    def _write_title(self, live: LiveRun, more: int) -> None:
        repeat = f" #{live.repeat}" if live.repeat > 1 else ""
        idea = f"idea {live.proposal}  " if live.proposal else ""
        title = f"output  {idea}{one_line(live.example_id, 40)}{repeat}"
        if more:
            title += f"  {more} more {'is' if more == 1 else 'are'} being written"
        if live.thinking:
            doing = "thought" if live.text else "thinking"
            title += f"  {doing} {len(live.thinking):,} characters"
        if title != self._title_text:
            self._title_text = title
            self._title.update(Content.styled(title, "$text-muted"), layout=False)
