"""The Interviewer pane: the interviewer's findings and suggestions, and the talk with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.panes.interview_block import InterviewBlock
from llmopt_tui.tui.panes.next_card import NextCard
from llmopt_tui.tui.panes.suggestion_card import CHOICES, SuggestionCard
from llmopt_tui.tui.reply_words import reply_words
from llmopt_tui.tui.widgets.plain import Plain, StreamingText, plain_text

if TYPE_CHECKING:
    from llmopt_tui.core.events import NothingSuggested, SuggestionProposed
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.state.run_state import RunState


class AskInput(Input):
    """The input for what the person says to the interviewer. Escape leaves it."""

    DEFAULT_CSS = """
    AskInput { height: 1; padding: 0 1; background: $surface; }
    AskInput:focus { background: $panel; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave the input", show=False)
    ]

    class Left(Message):
        """The person left the input."""

    def action_leave(self) -> None:
        """Leave the input and go back to the pane."""
        self.post_message(self.Left())


class InterviewerPane(Vertical):
    """Draws a session's interviews and the suggestion that waits; lets the person talk back."""

    DEFAULT_CSS = """
    InterviewerPane > #talk-history {
        height: 1fr; padding: 0 1; background: transparent;
        scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $border;
    }
    InterviewerPane #interviews { height: auto; }
    InterviewerPane #talk-stream { padding-left: 2; }
    """

    BORDER_TITLE = "Interviewer"
    HELP = """\
What the interviewer says about the outputs, what it suggests, and your talk with it. A better
prompt that it offers in the talk becomes a suggestion too."""

    class Asked(Message):
        """The person said something to the interviewer."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(
        self,
        *,
        read_only: bool,
        waiting: Callable[[], SuggestionProposed | None],
        asking: Callable[[], NothingSuggested | None],
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__(id="talk", classes="pane")
        self.read_only = read_only
        self._waiting = waiting
        self._asking = asking
        self._monotonic = monotonic
        self._state: RunState | None = None
        self.keys: Mapping[str, str] = {choice: choice[0] for choice in CHOICES}
        self.card: SuggestionCard | None = None
        self.next_card: NextCard | None = None
        self._blocks: dict[int, InterviewBlock] = {}
        self._asked = ""
        self._after: int | None = None
        self._empty_text = ""
        self._doing_shown = Content("")
        self._streamed = 0
        self._stream_from = 0

    def compose(self) -> ComposeResult:
        """The talk, which scrolls, and under it the suggestion's card and the input."""
        with VerticalScroll(id="talk-history"):
            yield Plain(id="talk-empty", classes="note")
            yield Vertical(id="interviews")
            yield Plain("", id="talk-doing")
            yield StreamingText(id="talk-stream")
        if not self.read_only:
            yield AskInput(placeholder="ask the interviewer …", id="ask", compact=True)

    def on_mount(self) -> None:
        """Begin with no session."""
        self.query_one("#talk-doing").display = False
        self.query_one("#talk-stream").display = False

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
        self._asked, self._streamed, self._stream_from = "", 0, 0
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
        if not self.read_only:
            self._draw_card(self._state)
            self._draw_question()
        self.write()

    def select(self, iteration: int | None) -> None:
        """Show the interview after an iteration, or else the one before it; None: the latest."""
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
        text = state.interview_text
        self._stream_from = min(self._stream_from, len(text))
        speaking = state.interviewing or bool(self._asked)
        stream, doing = self.query_one(StreamingText), self.query_one("#talk-doing", Plain)
        if not speaking:
            if stream.display or doing.display:
                stream.display = doing.display = False
                stream.clear()
                self._to_end()
            self._stream_from, self._streamed = len(text), 0
            return
        said = text[self._stream_from :]
        if len(said) < self._streamed:
            stream.clear()
            self._streamed = 0
        if len(said) > self._streamed or not stream.display:
            stream.append(said[self._streamed :])
            self._streamed = len(said)
            stream.display = doing.display = True
            self._to_end()
        if not (now := self._doing()).is_same(self._doing_shown):
            self._doing_shown = now
            doing.update(now)

    def asked(self, text: str) -> None:
        """Show the question that was just sent, until the answer is in the record."""
        self._asked = text
        self._stream_from = len(self._state.interview_text) if self._state else 0
        self._streamed = 0
        self.query_one(StreamingText).clear()
        self.query_one(StreamingText).display = False
        self.write()

    def answered(self) -> None:
        """The interviewer has answered: let the person ask again."""
        self._asked = ""
        self.draw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send what was typed, one question at a time."""
        event.stop()
        text = event.value.strip()
        if text and not self._asked:
            event.input.clear()
            self.post_message(self.Asked(text))

    def on_ask_input_left(self, event: AskInput.Left) -> None:
        """Leave the input for the talk above it."""
        event.stop()
        self.screen.set_focus(self.query_one("#talk-history"))

    def on_suggestion_card_released(self, event: SuggestionCard.Released) -> None:
        """Take the focus back from the card."""
        event.stop()
        self.screen.set_focus(self.query_one("#talk-history"))

    def on_interview_block_refolded(self, event: InterviewBlock.Refolded) -> None:
        """Draw the block that was clicked."""
        event.stop()
        self.draw()

    def _draw_card(self, state: RunState) -> None:
        proposal = self._waiting()
        if self.card is not None:
            if proposal is not None and proposal.pending is self.card.proposal.pending:
                return
            # Otherwise the input would get the focus, and keys meant as commands with it.
            if self.card.has_pseudo_class("focus-within"):
                self.screen.set_focus(self.query_one("#talk-history"))
            self.card.remove()
            self.card = None
        if proposal is not None:
            interview = state.record.interview(proposal.interview)
            parent = state.record.parent_of(interview) if interview else state.record.original
            self.card = SuggestionCard(proposal, parent, self.keys, self._monotonic)
            self.mount(self.card, before="#ask")

    def _draw_question(self) -> None:
        """Ask what to do where no source has an idea left."""
        asking = self._asking()
        if self.next_card is not None:
            if asking is not None and asking.pending is self.next_card.asking.pending:
                return
            if self.next_card.has_pseudo_class("focus-within"):
                self.screen.set_focus(self.query_one("#talk-history"))
            self.next_card.remove()
            self.next_card = None
        if asking is not None:
            self.next_card = NextCard(asking, self.keys, self._monotonic)
            self.mount(self.next_card, before="#ask")

    def _block(self, n: int) -> InterviewBlock:
        if n not in self._blocks:
            self._blocks[n] = InterviewBlock(n)
            self.query_one("#interviews").mount(self._blocks[n])
            self._to_end()
        return self._blocks[n]

    def _doing(self) -> Content:
        if self._asked:
            return Content.assemble(("you  ", "bold"), plain_text(self._asked))
        interviews = self._state.record.interviews if self._state else []
        answers = len(interviews[-1].answers) if interviews else 0
        if answers:
            doing = "is writing its ideas …"
        else:
            analysing = self._state is not None and self._state.interview_text
            doing = "is analysing the outputs …" if analysing else "is reading the outputs …"
        return Content.styled(doing, "$text-muted")

    def _draw_empty(self, record: SessionRecord) -> None:
        empty = self.query_one("#talk-empty", Plain)
        empty.display = not record.interviews and not self._asked
        if not empty.display:
            return
        if record.finished:
            text = "No interview was needed."
        elif record.started:
            who = one_line(record.started.interviewer_model, 60)
            text = f"{who} reads the outputs when the iteration is done."
        else:
            text = ""
        if text != self._empty_text:
            self._empty_text = text
            empty.update(Content.styled(text, "$text-muted"))

    def _to_end(self) -> None:
        history = self.query_one("#talk-history", VerticalScroll)
        if not history.has_focus or history.is_vertical_scroll_end:
            self.call_after_refresh(history.scroll_end, animate=False)
