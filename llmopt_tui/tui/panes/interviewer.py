"""The Interviewer pane: the interviewer's findings and suggestions, and the talk with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.links import linked
from llmopt_tui.tui.panes.interview_block import InterviewBlock
from llmopt_tui.tui.panes.talk_doing import TalkDoing
from llmopt_tui.tui.reply_words import reply_words, streamed_words
from llmopt_tui.tui.widgets.leavable_input import LeavableInput
from llmopt_tui.tui.widgets.plain import Plain, StreamingText, plain_text

if TYPE_CHECKING:
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.state.run_state import RunState


class AskInput(LeavableInput):
    """The input for what the person says to the interviewer."""

    DEFAULT_CSS = """
    AskInput { height: 1; padding: 0 1; background: $surface; }
    AskInput:focus { background: $panel; }
    """


class InterviewerPane(Vertical):
    """Draws a session's interviews and the suggestion that waits; lets the person talk back."""

    DEFAULT_CSS = """
    InterviewerPane > #talk-history {
        height: 1fr; padding: 0 1; background: transparent;
        scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $border;
    }
    InterviewerPane #interviews { height: auto; }
    InterviewerPane #talk-stream { padding-left: 2; }
    InterviewerPane > #talk-doing { height: auto; padding: 0 1; }
    InterviewerPane > #talk-waits { height: auto; padding: 0 1; color: $text-accent; }
    """

    BORDER_TITLE = "Interviewer"
    HELP = """\
What the interviewer says about the outputs, what it suggests, and your talk with it, also after the
run. A rule or a prompt that it offers in the talk becomes a suggestion too, or the reason why not
is under the answer."""

    class Asked(Message):
        """The person said something to the interviewer."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(
        self,
        *,
        read_only: bool,
        waiting: Callable[[], str],
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__(id="talk", classes="pane")
        self.read_only = read_only
        self._waiting = waiting
        self._monotonic = monotonic
        self._state: RunState | None = None
        self.keys: Mapping[str, str] = {}
        self._blocks: dict[int, InterviewBlock] = {}
        self._asked = ""
        self._after: int | None = None
        self._empty_text = ""
        self._shown = ""

    def compose(self) -> ComposeResult:
        """The talk, which scrolls, and under it what waits elsewhere, and the input."""
        with VerticalScroll(id="talk-history"):
            yield Plain(id="talk-empty", classes="note")
            yield Vertical(id="interviews")
            yield Plain("", id="talk-asked")
            yield StreamingText(id="talk-stream")
        yield TalkDoing(self._monotonic, read_only=self.read_only)
        if not self.read_only:
            yield Plain("", id="talk-waits")
            yield AskInput(placeholder="ask the interviewer …", id="ask", compact=True)

    def on_mount(self) -> None:
        """Begin with no session."""
        for each in ("#talk-asked", "#talk-stream"):
            self.query_one(each).display = False

    def copyable(self) -> list[tuple[str, str]]:
        """The latest suggestion, its analysis, and the talk."""
        interviews = self._state.record.interviews if self._state else []
        if not interviews:
            return []
        latest = interviews[-1]
        talk = "\n\n".join(f"{m.role}: {reply_words(m.content)}" for m in latest.messages)
        prompts = [
            (f"prompt of idea {p.n}" if latest.raced else "suggested prompt", p.suggestion.prompt)
            for p in latest.proposals
        ]
        return [
            *prompts,
            ("analysis", reply_words(latest.analysis or latest.response)),
            ("the whole talk", talk),
        ]

    def show(self, state: RunState) -> None:
        """Draw this session from now on."""
        self._state = state
        self._blocks.clear()
        self._asked, self._shown = "", ""
        self._after = None
        self.query_one("#interviews").remove_children()
        self.query_one(StreamingText).clear()
        self.draw()

    def draw(self) -> None:
        """Bring everything up to date."""
        if self._state is None or not self.is_mounted:
            return
        record = self._state.record
        self._draw_empty(record)
        unfolded = self._unfolded(record)
        for interview in record.interviews:
            self._block(interview.n).draw(record, interview, interview.n in unfolded)
        self._draw_waits()
        self.write()

    def select(self, iteration: int | None) -> None:
        """Show the interview after an iteration, or else the previous one; None: the latest."""
        self._after = iteration
        self.draw()
        if self._state and iteration is not None:
            for n in self._unfolded(self._state.record)[:1]:
                block = self._blocks[n]
                self.call_after_refresh(block.scroll_visible, top=True, animate=False)

    def _unfolded(self, record: SessionRecord) -> list[int]:
        """The numbers of the interviews that are shown in full until a click folds them."""
        held = record.interviews
        if self._after is None:
            return [interview.n for interview in held[-1:]]
        last = max((i.iteration for i in held if i.iteration <= self._after), default=None)
        return [interview.n for interview in held if interview.iteration == last]

    def write(self) -> None:
        """Update only the text that is being streamed."""
        state = self._state
        if state is None:
            return
        stream, asked = self.query_one(StreamingText), self.query_one("#talk-asked", Plain)
        speaking = state.interviewing or bool(self._asked)
        said = self._said(state) if speaking else ""
        if said != self._shown:
            if said.startswith(self._shown):
                stream.append(said[len(self._shown) :])
            else:
                stream.set_text(said)
            self._shown = said
            self._to_end()
        stream.display = bool(said)
        if asked.display != bool(self._asked):
            asked.display = bool(self._asked)
            self._to_end()
        if self.query_one(TalkDoing).follow(state, talking=bool(self._asked), keys=self.keys):
            self._to_end()

    def _said(self, state: RunState) -> str:
        """What the interviewer has said so far, in words: in a talk only the answer."""
        said = state.said[-1:] if self._asked else state.said
        return "\n".join(words for each in said if (words := streamed_words(each.text)))

    def asked(self, text: str) -> None:
        """Show the question that was just sent, until the answer is in the record."""
        self._asked = text
        words = Content.assemble(("you  ", "bold"), plain_text(text))
        self.query_one("#talk-asked", Plain).update(words)
        self._shown = ""
        self.query_one(StreamingText).clear()
        self.query_one(TalkDoing).begin()
        self.write()

    def answered(self) -> None:
        """The interviewer has answered: let the person ask again."""
        self._asked = ""
        self.draw()

    def give_back(self, text: str) -> None:
        """Put a text that got no answer back into the input, unless something else is there."""
        self._asked = ""
        box = self.query_one(AskInput)
        if text and not box.value:
            box.value = text
        self.draw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send what was typed, one question at a time."""
        event.stop()
        text = event.value.strip()
        if text and not self._asked:
            event.input.clear()
            self.post_message(self.Asked(text))

    def on_leavable_input_left(self, event: AskInput.Left) -> None:
        """Leave the input for the talk above it."""
        event.stop()
        self.screen.set_focus(self.query_one("#talk-history"))

    def on_interview_block_refolded(self, event: InterviewBlock.Refolded) -> None:
        """Draw the block that was clicked."""
        event.stop()
        self.draw()

    def _draw_waits(self) -> None:
        """Say that something waits for the person, while another pane is in its place."""
        if self.read_only:
            return
        waits, strip = self._waiting(), self.query_one("#talk-waits", Plain)
        strip.display = bool(waits)
        if waits:
            key = self.keys.get("decide", "5")
            line = Content.assemble(("● ", "bold"), (waits, "bold"), f"  {key} looks and decides")
            strip.update(linked(line, "screen.pane('decide')"))

    def _block(self, n: int) -> InterviewBlock:
        if n not in self._blocks:
            self._blocks[n] = InterviewBlock(n)
            self.query_one("#interviews").mount(self._blocks[n])
            self._to_end()
        return self._blocks[n]

    def _draw_empty(self, record: SessionRecord) -> None:
        empty = self.query_one("#talk-empty", Plain)
        empty.display = not record.interviews and not self._asked
        if not empty.display:
            return
        if record.finished:
            text = "No interview was needed."
        elif record.started:
            who = one_line(record.started.interviewer_model, 60)
            text = f"{who} reads the outputs when an iteration is done."
        else:
            text = ""
        if text != self._empty_text:
            self._empty_text = text
            empty.update(Content.styled(text, "$text-muted"))

    def _to_end(self) -> None:
        history = self.query_one("#talk-history", VerticalScroll)
        if not history.has_focus or history.is_vertical_scroll_end:
            self.call_after_refresh(history.scroll_end, animate=False)
