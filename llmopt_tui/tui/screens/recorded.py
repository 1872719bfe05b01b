"""RecordedScreen: one recorded session, whole or as a replay, in the panes of a live run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import Worker

from llmopt_tui.reports.durations import clock
from llmopt_tui.tui import commands
from llmopt_tui.tui.bars import Bar, TopBar
from llmopt_tui.tui.error_words import failure_words
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.marking import Marking
from llmopt_tui.tui.session_table import date_text, scores_text, stop_text
from llmopt_tui.tui.session_view import SessionActions, SessionView
from llmopt_tui.tui.suite_files import suite_of
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.score import score_bar

if TYPE_CHECKING:
    from pathlib import Path

    from llmopt_tui.state.replay import Replay
    from llmopt_tui.store.sessions import LoadedSession, SessionSummary
    from llmopt_tui.tui.app import LlmoptApp

_TICK_SECONDS = 0.1
_BAR_WIDTH = 12


class ReplayLine(Bar):
    """Where a replay is, its speed, and the last event."""

    def show(self, replay: Replay, *, playing: bool) -> None:
        """Show the state of this replay."""
        from llmopt_tui.state.replay import happened

        record = replay.state.record
        iteration = f"  iteration {record.iterations[-1].n}" if record.iterations else ""
        time = f"{clock(replay.seconds)} of {clock(replay.duration)}"
        share = replay.seconds / replay.duration if replay.duration else 1.0
        filled, empty = score_bar(share, _BAR_WIDTH)
        mark = "▶" if playing else "■" if replay.whole else "‖"
        self.put(
            Content.assemble(
                f" {mark} ",
                filled,
                (empty, "$foreground-disabled"),
                f"  event {replay.position}/{replay.total}{iteration}  {time}  {replay.speed}x  ",
                (happened(replay.last), "$foreground-muted"),
            )
        )


class RecordedScreen(SessionActions, Marking):
    """The log and the interviewer of a past session, under a banner that says it is recorded."""

    DEFAULT_CSS = """
    RecordedScreen #recorded-banner {
        height: auto; padding: 0 1; background: $surface; border-left: outer $border;
    }
    RecordedScreen #recorded-notes {
        height: auto; padding: 0 1; color: $text-warning; display: none;
    }
    RecordedScreen.-narrow InterviewerPane { display: none; }
    RecordedScreen.-narrow.-talk InterviewerPane { display: block; }
    RecordedScreen.-narrow.-talk LiveLog { display: none; }
    """
    HORIZONTAL_BREAKPOINTS: ClassVar = [  # type: ignore[misc]
        (0, "-narrow"),
        (110, "-columns"),
        (160, "-spacious"),
    ]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-short"), (32, "-tall")]  # type: ignore[misc]
    AUTO_FOCUS = "#cards"
    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings("page"),
        *commands.bindings("past"),
        *commands.bindings("recorded"),
    ]
    HELP = """\
A session as it was recorded. Left and right step through its iterations, each with the interview
that followed it; enter opens and closes one. Space replays the session at its original
pace, without the times in which nothing worked; the line above the keys says where the replay is.
M gives an answer a score of your own, K keeps it as the ideal answer of its example; nothing else
here changes what is kept. Escape goes back to the list."""

    app: LlmoptApp

    def __init__(self, summary: SessionSummary) -> None:
        super().__init__()
        self._summary = summary
        self._replay: Replay | None = None
        self._playing: Timer | None = None
        self._played_at = 0.0

    @property
    def suite(self) -> Path | None:
        """The document of the session's suite; None if it belongs to none."""
        return suite_of(self._summary)

    def compose(self) -> ComposeResult:
        """The banner at once, the session once it has been read."""
        summary = self._summary
        yield TopBar("sessions")
        yield Plain(
            f"recorded {date_text(summary)}, read only   {summary.session_id}   "
            f"{scores_text(summary)}   {stop_text(summary)}",
            id="recorded-banner",
        )
        yield Plain("", id="recorded-notes")
        with Horizontal():
            yield SessionView(read_only=True, id="session")
        yield ReplayLine(id="replay-line")
        yield KeyBar(
            "back",
            ("older", "newer"),
            "replay",
            ("slower", "faster"),
            ("event_back", "event_on"),
            "talk_or_log",
            "outputs",
            "mark_answer",
            "against",
            "branch",
            "run_longer",
            "report",
            "copy",
            "open",
            "prompt",
            "thoughts",
            "whole",
        )

    @property
    def marked_folder(self) -> Path:
        """The session's folder."""
        return self._summary.folder

    def marked(self) -> None:
        """Read the session again: it has a mark more, or one less."""
        self._read()

    def on_mount(self) -> None:
        """Read the session from its folder."""
        self._read()

    @work(exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        try:
            loaded, replay = await asyncio.to_thread(_read, self._summary)
        except OSError as error:
            self._note(f"The session cannot be read: {error.strerror or error}.")
            return
        if loaded.notes:
            self._note("\n".join(loaded.notes))
        self._replay = replay
        self.query_one(SessionView).show(replay.state)
        self._draw_line()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show an unexpected failure in the notes."""
        if said := failure_words(event):
            self._note(f"The session cannot be shown: {said}")

    def _note(self, text: str) -> None:
        notes = self.query_one("#recorded-notes", Plain)
        notes.display = True
        notes.update(text)

    def action_replay(self) -> None:
        """Begin, pause or resume the replay."""
        if self._replay is None:
            return
        if self._playing:
            self._hold()
            return
        if self._replay.whole:
            self._seek(1)
        self.query_one(SessionView).action_follow()
        self._played_at = self.app.clock.monotonic()
        self._playing = self.set_interval(_TICK_SECONDS, self._play)
        self._draw_line()

    def action_faster(self, by: int = 1) -> None:
        """Replay at the next higher speed, or `by` steps higher."""
        if self._replay:
            self._play()
            self._replay.faster(by)
            self._draw_line()

    def action_slower(self) -> None:
        """Replay at the next lower speed."""
        self.action_faster(-1)

    def action_event_on(self, by: int = 1) -> None:
        """Pause the replay, and show `by` more events, or undo them if negative."""
        if self._replay:
            self._hold()
            self._seek(self._replay.position + by)

    def action_event_back(self) -> None:
        """Pause the replay, and undo the last event."""
        self.action_event_on(-1)

    def action_whole(self) -> None:
        """End the replay and show the whole session."""
        if self._replay:
            self._hold()
            self._seek(self._replay.total)

    def on_screen_suspend(self) -> None:
        """Pause the replay while the screen is hidden."""
        self._hold()
        # Free the drawn content: Textual keeps that of removed widgets, megabytes per session.
        for widget in self.walk_children(Widget):
            widget.refresh()

    def _play(self) -> None:
        """Advance the replay by the time that has passed."""
        if self._replay is None or self._playing is None:
            return
        now = self.app.clock.monotonic()
        before = self._replay.position
        self._replay.advance(now - self._played_at)
        if self._replay.position != before:
            self.query_one(SessionView).draw()
        self._played_at = now
        if self._replay.whole:
            self._hold()
        self._draw_line()

    def _hold(self) -> None:
        if self._playing:
            self._playing.stop()
            self._playing = None
            self._draw_line()

    def _seek(self, position: int) -> None:
        assert self._replay
        view, before = self.query_one(SessionView), self._replay.state
        self._replay.seek(position)
        if self._replay.state is not before:
            view.show(self._replay.state)
        view.action_follow()
        self._draw_line()

    def _draw_line(self) -> None:
        if self._replay:
            self.query_one(ReplayLine).show(self._replay, playing=self._playing is not None)

    def action_report(self) -> None:
        """Open the session's report."""
        from llmopt_tui.tui.screens.report import ReportScreen

        self.app.push_screen(ReportScreen(self._summary))

    def action_other_pane(self) -> None:
        """Go from the log to the interviewer or back; narrow terminals show one at a time."""
        view = self.query_one(SessionView)
        talking = view.talk_pane.has_pseudo_class("focus-within")
        self.set_class(not talking, "-talk")
        pane = view.log_pane if talking else view.talk_pane
        target = next((child for child in pane.query("*") if child.can_focus), None)
        # A pane that was hidden can take the focus only after it is laid out.
        if target:
            self.call_after_refresh(target.focus)

    def action_back(self) -> None:
        """Go back to the list of sessions."""
        self.dismiss(None)


def _read(summary: SessionSummary) -> tuple[LoadedSession, Replay]:
    from llmopt_tui.state.replay import Replay
    from llmopt_tui.tui import past

    loaded = past.load(summary.folder)
    return loaded, Replay(loaded.events, loaded.record)
