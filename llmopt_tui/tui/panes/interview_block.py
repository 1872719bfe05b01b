"""InterviewBlock: one interview: its analysis, its suggestion, the decision, and the talk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click
from textual.message import Message

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.widgets.diff import DiffView
from llmopt_tui.tui.widgets.plain import Plain, plain_text

if TYPE_CHECKING:
    from llmopt_tui.core.decisions import Decision
    from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import InterviewRecord


def decision_text(decision: Decision | None) -> str:
    """The decision about a suggestion, in words."""
    if decision is None:
        return "waiting for a decision"
    if decision.action == "none":
        return "no decision"
    by = "by you" if decision.by == "person" else "automatically"
    note = f": {decision.note}" if decision.note else ""
    return f"{decision.action} {by}{note}"


def parent_prompt(record: SessionRecord, interview: InterviewRecord) -> str:
    """The prompt that an interview was about: the best one that had been tested by then."""
    tested = [i for i in record.scored if i.n <= interview.iteration]
    best = max(tested, key=lambda i: (i.score or 0.0, -i.n), default=None)
    return best.prompt if best else ""


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
            interview.decision,
            len(interview.messages),
            interview.suggestion,
            len(interview.problems),
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
        outcome = ""
        if interview.decision is not None:
            outcome = f"  {interview.decision.action}"
        elif interview.finished_at is not None and interview.suggestion is None:
            outcome = "  no suggestion"
        after = "" if interview.n == interview.iteration else f" after {interview.iteration}"
        return Content.assemble(
            ("▸ " if folded else "▾ ", "$text-muted"),
            (f"Interview {interview.n}", "bold"),
            (f"{after}{outcome}", "$text-muted"),
        )

    def _content(self, record: SessionRecord, interview: InterviewRecord) -> list[Plain | DiffView]:
        parts: list[Plain | DiffView] = []
        if interview.analysis or interview.response:
            parts.append(Plain((interview.analysis or interview.response).strip()))
        for problem in interview.problems:
            parts.append(Plain(f"! {problem}", "$text-warning", classes="problem"))
        parts += [
            Plain(
                Content.assemble(
                    ("you  " if message.role == "user" else "interviewer  ", "bold"),
                    plain_text(message.content.strip()),
                ),
                classes=f"said said-{message.role}",
            )
            for message in interview.messages
            if interview.finished_at is not None and message.at > interview.finished_at
        ]
        if interview.suggestion and interview.decision is not None:
            kind = one_line(interview.suggestion.kind, 40)
            named = f"suggestion · {kind}" if kind else "suggestion"
            parts.append(Plain(named, "$text-muted", classes="section"))
            parts.append(DiffView(parent_prompt(record, interview), interview.suggestion.prompt))
            if interview.suggestion.reasoning:
                parts.append(
                    Plain(interview.suggestion.reasoning, "$text-muted", classes="reasoning")
                )
            decided = decision_text(interview.decision)
            parts.append(Plain(decided, "bold", classes="decision"))
        return parts

    def on_click(self, event: Click) -> None:
        """Fold or unfold the block on a click on its line."""
        if event.widget is self._line:
            event.stop()
            self.toggle()
            self.post_message(self.Refolded())

    class Refolded(Message):
        """The block was folded or unfolded, and must be drawn again."""
