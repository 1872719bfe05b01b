"""Answer: the text that is being written now, in a window that grows to the room there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.durations import clock
from llmopt_tui.tui.widgets.plain import Plain, StreamingText

if TYPE_CHECKING:
    from llmopt_tui.state.run_state import LiveRun

_FEWEST_ROWS, _LEAST_ROOM = 6, 3
"""How high the window is at first, and where the log has few rows."""


class Tail(StreamingText):
    """The last rows of a text that is being written.

    Its height is fixed by its owner, so a new row redraws one small widget and never causes a new
    layout of the screen.
    """

    @property
    def row_count(self) -> int:
        """How many rows the text has at the width of the widget."""
        return len(self._rows)

    def set_height(self, rows: int) -> None:
        """Give the widget so many rows. This alone is a new layout of the screen."""
        self.styles.height = rows
        super().refresh(layout=True)

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


@dataclass(frozen=True, slots=True)
class Writing:
    """An answer that is being written: since how many seconds, and how many others are besides.

    `asked` is the beginning of the example's input.
    """

    live: LiveRun
    seconds: float = 0.0
    more: int = 0
    asked: str = ""


def answer_room(height: int) -> int:
    """The most rows that an answer may take in a log of this height.

    Half of it: what is looked for first is the iteration's line above, with its scores.
    """
    return max(_LEAST_ROOM, height // 2)


class Answer(Vertical):
    """The answer that is being written, with its example, and the thoughts before it if wanted.

    Its window grows with the answer, in a few steps: each step is a new layout of the screen.
    """

    DEFAULT_CSS = """
    Answer { height: auto; margin-bottom: 1; }
    Answer > .asked { height: 1; color: $text-muted; }
    Answer > Tail { height: 6; padding-left: 1; border-left: outer $border; }
    Answer > Tail.-thinking { color: $text-muted; text-style: italic; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._title = Plain(classes="section")
        self._said: object = None
        self._asked, self._asked_text = Plain(classes="asked"), ""
        self._tail = Tail()
        self._height = _FEWEST_ROWS
        self._shown: tuple[int | None, str, int, bool] | None = None
        self._seen = 0
        self.display = False

    def compose(self) -> ComposeResult:
        """A title that names the example, the beginning of its input, the window for the answer."""
        yield self._title
        yield self._asked
        yield self._tail

    def hide(self) -> None:
        """Show nothing until the next answer is written."""
        if self.display:
            self.display = False
            self._grow(_FEWEST_ROWS)

    def write(self, writing: Writing, *, thoughts: bool, room: int) -> None:
        """Bring the window up to date, in at most `room` rows.

        The cost depends only on the new text, except where the window has to grow.
        """
        self.display = True
        live = writing.live
        thinking = thoughts and not live.text
        text = live.thinking if thinking else live.text
        shown = (live.proposal, live.example_id, live.repeat, thinking)
        if shown != self._shown or len(text) < self._seen:
            self._shown, self._seen = shown, 0
            self._tail.set_class(thinking, "-thinking")
            self._tail.clear()
        self._tail.append(text[self._seen :])
        self._seen = len(text)
        height = self._height
        while self._tail.row_count > height < room:
            height *= 2
        self._grow(min(height, room))
        self._write_title(writing)

    def _grow(self, height: int) -> None:
        if height != self._height:
            self._height = height
            self._tail.set_height(height)

    def _write_title(self, writing: Writing) -> None:
        """Bring the title up to date, once a second: not with each of many words."""
        live = writing.live
        said = self._shown, int(writing.seconds), bool(live.text), writing.more
        if said != self._said:
            self._said = said
            title = f"answer  {writing_words(writing)}"
            self._title.update(Content.styled(title, "$text-muted"), layout=False)
        if writing.asked != self._asked_text:
            self._asked_text = writing.asked
            self._asked.update(f"input  {writing.asked}", layout=False)


def writing_words(writing: Writing) -> str:
    """What is waited for, since when, and how much of it has come."""
    live = writing.live
    repeat = f" #{live.repeat}" if live.repeat > 1 else ""
    idea = f"idea {live.proposal}  " if live.proposal else ""
    parts = [f"{idea}{one_line(live.example_id, 40)}{repeat}", clock(writing.seconds)]
    if live.thinking:
        doing = "thought" if live.text else "thinking"
        parts.append(f"{doing} {len(live.thinking):,} characters")
    if live.text:
        parts.append(f"{len(live.text):,} characters")
    elif not live.thinking:
        parts.append("nothing yet")
    if writing.more:
        parts.append(f"{writing.more} more {'is' if writing.more == 1 else 'are'} being written")
    return "  ".join(parts)
