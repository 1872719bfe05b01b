"""InterviewBlock: one interview: its analysis, what is suggested and decided, and the talk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click
from textual.message import Message

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.state.races import winner_of
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.links import linked
from llmopt_tui.tui.panes.variant_change import variant_change
from llmopt_tui.tui.reply_words import reply_words, said_ideas
from llmopt_tui.tui.variant_words import fate_words, idea_title, source_words
from llmopt_tui.tui.widgets.diff import DiffView
from llmopt_tui.tui.widgets.plain import Plain, plain_text

if TYPE_CHECKING:
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.loop.round import InterviewRecord, ProposalRecord


class InterviewBlock(Vertical):
    """One interview: a line when folded; analysis, suggestion, decision and talk when open."""

    DEFAULT_CSS = """
    InterviewBlock { height: auto; }
    InterviewBlock > .interview-line { text-wrap: nowrap; text-overflow: ellipsis; }
    InterviewBlock > .interview-body { height: auto; padding: 0 0 1 2; }
    InterviewBlock .section, InterviewBlock .said, InterviewBlock .reasoning,
    InterviewBlock .decision { margin-top: 1; }
    """

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n
        self._line = Plain(classes="interview-line")
        self._body: Vertical | None = None
        self._drawn: tuple[object, ...] = ()
        self._folded: bool | None = None
        self._latest = True

    def compose(self) -> ComposeResult:
        """The line; the rest is mounted when the block is opened."""
        yield self._line

    def on_mount(self) -> None:
        """Draw the block: the widgets to draw in exist from now on."""
        self.post_message(self.Refolded())

    def draw(self, record: SessionRecord, interview: InterviewRecord, latest: bool) -> None:
        """Bring the block up to date. Cheap if nothing has changed."""
        if not self.is_mounted:
            return
        if latest != self._latest:
            self._latest, self._folded = latest, None
        folded = not latest if self._folded is None else self._folded
        state = (
            folded,
            interview.finished_at,
            *((p.decision, p.outcome, p.suggestion) for p in interview.proposals),
            len(interview.messages),
            len(interview.problems),
            len(interview.refused),
        )
        if state == self._drawn:
            return
        self._drawn = state
        self._line.update(self._headline(interview, folded))
        if self._body is not None:
            self._body.remove()
            self._body = None
        if not folded and interview.finished_at is not None:
            self._body = Vertical(*self._content(record, interview), classes="interview-body")
            self.mount(self._body)

    def toggle(self) -> None:
        """Fold or unfold the block; the next `draw` shows it."""
        self._folded = not (not self._latest if self._folded is None else self._folded)

    def _headline(self, interview: InterviewRecord, folded: bool) -> Content:
        outcome = f"  {_outcome(interview)}" if interview.finished_at is not None else ""
        after = "" if interview.n == interview.iteration else f" after {interview.iteration}"
        return Content.assemble(
            ("▸ " if folded else "▾ ", "$text-muted"),
            (f"Interview {interview.n}", "bold"),
            (f"{after}{outcome}", "$text-muted"),
        )

    def _content(self, record: SessionRecord, interview: InterviewRecord) -> list[Plain | DiffView]:
        parts: list[Plain | DiffView] = []
        if interview.analysis or interview.response:
            parts.append(Plain(reply_words(interview.analysis or interview.response)))
        parts += [Plain(f"› {words}", "$foreground-muted") for words in _said(interview)]
        for problem in interview.problems:
            parts.append(Plain(f"! {problem}", "$text-warning", classes="problem"))
        if interview.refused:
            parts.append(_refused(interview, latest=interview is record.interviews[-1]))
        parts += [
            Plain(
                Content.assemble(
                    ("you  " if message.role == "user" else "interviewer  ", "bold"),
                    plain_text(
                        message.content.strip()
                        if message.role == "user"
                        else reply_words(message.content)
                    ),
                ),
                classes=f"said said-{message.role}",
            )
            for message in interview.messages
            if interview.finished_at is not None and message.at > interview.finished_at
        ]
        if interview.raced:
            parts += [_fate(proposal) for proposal in interview.proposals]
        elif (proposal := interview.shown) and proposal.decision is not None:
            parts += _single(record, interview, proposal)
        return parts

    def on_click(self, event: Click) -> None:
        """Fold or unfold the block on a click on its line."""
        if event.widget is self._line:
            event.stop()
            self.toggle()
            self.post_message(self.Refolded())

    class Refolded(Message):
        """The block was folded or unfolded, and must be drawn again."""


def _outcome(interview: InterviewRecord) -> str:
    """What came of a round, in a few words."""
    if not interview.proposals:
        return "no suggestion"
    if not interview.raced:
        return interview.decision.action if interview.decision else ""
    if won := winner_of(interview):
        return f"idea {won.n} of {len(interview.proposals)} won"
    ideas = f"{len(interview.proposals)} ideas"
    if interview.undecided:
        return ideas
    if not interview.accepted:
        return f"{ideas}, none accepted"
    return f"{ideas}, none won" if interview.lost else ideas


def _refused(interview: InterviewRecord, *, latest: bool) -> Plain:
    """How many drafts were refused; a click opens those of the last round."""
    words = plain_text(f"{fmt.plural(len(interview.refused), 'refused draft')}", "bold")
    if not latest:
        return Plain(words)
    more = ": look at it, mend it, use it" if len(interview.refused) == 1 else ": look at them"
    line = Content.assemble(words, more)
    return Plain(linked(line, "screen.follow_up('drafts')"), classes="refused")


def _said(interview: InterviewRecord) -> list[str]:
    """The ideas that the interviewer wrote, in words, whatever became of them."""
    asked = [m for m in interview.messages if m.role == "assistant"]
    if interview.finished_at is not None:
        asked = [m for m in asked if m.at <= interview.finished_at]
    return list(said_ideas([m.content for m in asked])) if interview.raced else []


def _fate(proposal: ProposalRecord) -> Plain:
    """One idea of a round: its number, name and source, and what became of it."""
    suggestion = proposal.suggestion
    return Plain(
        Content.assemble(
            (f"{proposal.n}. ", "bold"),
            plain_text(f"{idea_title(suggestion)} · {source_words(suggestion)}\n"),
            plain_text(f"   {fate_words(proposal)}", "$foreground-muted"),
        ),
        classes="section",
    )


def _single(
    record: SessionRecord, interview: InterviewRecord, proposal: ProposalRecord
) -> Iterator[Plain | DiffView]:
    """The only idea of a round, with what it changes."""
    suggestion = proposal.suggestion
    kind = one_line(suggestion.kind, 40)
    named = f"suggestion · {kind}" if kind else "suggestion"
    yield Plain(named, "$text-muted", classes="section")
    parent = record.parent_of(interview)
    changed = list(variant_change(parent, suggestion.variant_of(parent)))
    yield from changed or [DiffView(parent.text, suggestion.prompt)]
    if suggestion.reasoning:
        yield Plain(suggestion.reasoning, "$text-muted", classes="reasoning")
    yield Plain(fate_words(proposal), "bold", classes="decision")
