"""SessionPreview: a short view of one recorded session: gain, iterations, best prompt."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.timer import Timer

from llmopt_tui.core.endings import ending_clause
from llmopt_tui.core.loop.marks import by_hand, marks_in
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui import past
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.session_table import (
    date_text,
    held_out_text,
    model_text,
    readable,
    scores_text,
)
from llmopt_tui.tui.variant_words import shown_words
from llmopt_tui.tui.widgets.diff import DiffView
from llmopt_tui.tui.widgets.plain import Plain, plain_text
from llmopt_tui.tui.widgets.trend import ScoreTrend

if TYPE_CHECKING:
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.store.sessions import LoadedSession, SessionSummary

_QUIET = "$foreground-muted"
_SUITE = "A suite of sessions; the scores are the means over them."


_DELAY = 0.08
"""Seconds a row must stay selected before its session is read: moving past rows is fast."""

_TYPING_DELAY = 0.3
"""The same, while a filter is being typed."""


def _no_excerpt(summary: SessionSummary, query: str) -> str:
    """The excerpt where no texts can be searched: always ""."""
    return ""


class SessionPreview(VerticalScroll):
    """Shows the summary at once, and the rest once the session has been read."""

    DEFAULT_CSS = """
    SessionPreview {
        padding: 0 1; border: round $border; border-title-color: $foreground;
        scrollbar-size-vertical: 1;
    }
    SessionPreview:focus { border: heavy $foreground 70%; border-title-style: bold; }
    SessionPreview > * { margin-bottom: 1; }
    SessionPreview > #preview-found { border-left: outer $border; padding: 0 1; }
    SessionPreview > #preview-problem { color: $text-warning; }
    SessionPreview > #preview-heading { color: $text-muted; margin: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self, excerpt: Callable[[SessionSummary, str], str] = _no_excerpt, *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.border_title = "Preview"
        self._excerpt = excerpt
        self._wanted: tuple[SessionSummary, str] | None = None
        self._loaded: LoadedSession | None = None
        self._delay: Timer | None = None

    def compose(self) -> ComposeResult:
        """The parts of the preview, still empty."""
        yield Plain(id="preview-facts")
        yield Plain(id="preview-found")
        yield Plain(id="preview-problem")
        yield ScoreTrend(id="preview-trend", rows=3)
        yield Plain(id="preview-verdict")
        yield Plain(id="preview-heading")
        yield DiffView(whole=True, id="preview-prompt")

    def on_mount(self) -> None:
        """Begin with nothing shown."""
        self.clear()

    def preview(self, summary: SessionSummary, query: str, *, hurried: bool) -> None:
        """Show a session: the summary at once, the rest once it has been read.

        `query` is the filter that its texts match. `hurried` says that the person is typing: the
        next key must not wait until this session is read.
        """
        if (summary, query) == self._wanted:
            return
        if self._wanted is None or self._wanted[0] != summary:
            self._loaded = None
            self.begin(summary)
        self._wanted = (summary, query)
        if self._delay:
            self._delay.stop()
        self._delay = self.set_timer(_TYPING_DELAY if hurried else _DELAY, self._read)

    @work(exclusive=True, group="preview", exit_on_error=False)
    async def _read(self) -> None:
        if self._wanted is None:
            return
        summary, query = wanted = self._wanted
        place = await asyncio.to_thread(self._excerpt, summary, query) if query else ""
        if wanted == self._wanted:
            self.show_place(place)
        if self._loaded or summary.kind == "suite" or not readable(summary):
            return
        with contextlib.suppress(OSError):  # the summary's note says already that it cannot be read
            loaded = await asyncio.to_thread(past.load, summary.folder)
            if self._wanted and self._wanted[0].folder == loaded.folder:
                self._loaded = loaded
                self.show(loaded)

    def copyable(self) -> list[tuple[str, str]]:
        """The best prompt, its outputs and the report, once the session has been read."""
        if self._loaded is None:
            return []
        from llmopt_tui.reports.session_report import session_report

        record, best = self._loaded.record, self._loaded.record.best
        offers = []
        if best:
            outputs = "\n\n".join(f"# {run.example_id}\n{run.output}" for run in best.runs)
            offers = [
                (f"best prompt (iteration {best.n})", best.prompt),
                (f"outputs of iteration {best.n}", outputs),
            ]
        report = session_report(record, status=self._loaded.status)
        return [*offers, ("report as Markdown", report)]

    def clear(self) -> None:
        """Show nothing, and cancel what is being read."""
        self._wanted = self._loaded = None
        self._hide()

    def _hide(self) -> None:
        for part in self.children:
            part.display = False

    def begin(self, summary: SessionSummary) -> None:
        """Show the summary of a session; `show` adds the rest."""
        self._hide()
        self._put("preview-facts", _facts(summary))
        self._put("preview-problem", plain_text(summary.note))
        if summary.kind == "suite" and readable(summary):
            keymap = getattr(self.app, "keymap", {})
            read, board = key_of("read", keymap), key_of("leaderboard", keymap)
            ways = f"{read} opens it to its sessions, {board} shows it on the Leaderboard."
            self._put("preview-verdict", plain_text(f"{_SUITE} {ways}"))
        self.scroll_home(animate=False)

    def show_place(self, excerpt: str) -> None:
        """Show the place in the session's text that matches the search."""
        self._put("preview-found", plain_text(excerpt and f"in its text: {excerpt}"))

    def show(self, loaded: LoadedSession) -> None:
        """Show how the session went, and its best prompt."""
        record = loaded.record
        if loaded.notes:
            self._put("preview-problem", plain_text("\n".join(loaded.notes)))
        if record.scored:
            trend = self.query_one(ScoreTrend)
            target = record.started.settings.target if record.started else None
            trend.update([iteration.score for iteration in record.scored], target)
            trend.display = True
        self._put("preview-verdict", plain_text(f"{verdict(record)}{_marked(record)}"))
        if record.best:
            heading = "The original prompt" if record.best.n == 1 else "The best prompt"
            shown = shown_words(record.best.variant)
            with_them = f", with {shown}" if shown else ""
            self._put(
                "preview-heading", Content(f"{heading}, iteration {record.best.n}{with_them}")
            )
            prompt = self.query_one(DiffView)
            prompt.update("", record.best.prompt)
            prompt.display = True

    def _put(self, part: str, content: Content) -> None:
        widget = self.query_one(f"#{part}", Plain)
        widget.display = bool(content)
        widget.update(content)


def _facts(summary: SessionSummary) -> Content:
    if not readable(summary):
        return plain_text(f"cannot be read\n{_name(summary.folder.name)}", _QUIET)
    gain = "" if summary.gain is None else f"   {fmt.gain(summary.gain).strip()}"
    names = f"{_name(model_text(summary))} × {_name(summary.case_id)}"
    tags = "".join(f" #{one_line(tag, 40)}" for tag in summary.tags)
    held_out = (
        plain_text(f"{held_out_text(summary)} on held-out examples: {summary.verdict}\n", "bold")
        if summary.verdict
        else Content("not measured on held-out examples\n")
    )
    return Content.assemble(
        held_out,
        f"{scores_text(summary)} on train{gain}\n",
        plain_text(f"{names}{tags}\n{date_text(summary)}   {summary.session_id}", _QUIET),
    )


def _name(text: str) -> str:
    return one_line(text, 120)


def _marked(record: SessionRecord) -> str:
    """How many answers to the best prompt a person marked, as a line of its own; "" for none."""
    runs = record.best.runs if record.best else []
    words = by_hand(marks_in(runs), len(runs))
    return words and f"\n{words}"


def verdict(record: SessionRecord) -> str:
    """The session's outcome, in two sentences."""
    best = record.best
    if best is None:
        outcome = "No iteration was finished."
    elif best.n == 1:
        count = len(record.scored) - 1
        tried = f" {fmt.plural(count, 'other')} did no better." if count else ""
        outcome = f"The original prompt stayed the best.{tried}"
    else:
        outcome = f"Iteration {best.n} of {len(record.scored)} was the best."
    if lost := sum(idea.outcome is not None for idea in record.trials):
        outcome += f" {fmt.plural(lost, 'idea')} lost {'its race' if lost == 1 else 'their races'}."
    if record.finished is None or record.started is None:
        return f"{outcome} The session was interrupted."
    reason = ending_clause(record.finished.stop_reason, record.started.settings)
    ended = f"It ended because {reason}."
    error = record.finished.error_message
    return f"{outcome} {ended}" + (f"\n{error}" if error else "")
