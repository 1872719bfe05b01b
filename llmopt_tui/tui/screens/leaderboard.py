"""LeaderboardScreen: compares models over the cases of a suite: which won, by how much, how surely.

It follows the run by the controller's messages, as every screen does. It needs no server.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import DescendantFocus
from textual.screen import Screen
from textual.timer import Timer
from textual.worker import Worker

from llmopt_tui.state.leaderboard import Leaderboard
from llmopt_tui.tui import commands
from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.board_words import nothing_yet, suite_words, waiting_words
from llmopt_tui.tui.error_words import failure_words
from llmopt_tui.tui.key_bar import Entry, KeyBar
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.opening import open_cell, pick_cell
from llmopt_tui.tui.panes.board import Board
from llmopt_tui.tui.panes.matrix import Matrix
from llmopt_tui.tui.panes.suite_line import SuiteLine
from llmopt_tui.tui.run_actions import RunActions, how_it_runs, key_names
from llmopt_tui.tui.shown_suite import ShownSuite
from llmopt_tui.tui.suite_files import list_suites
from llmopt_tui.tui.widgets.plain import Plain, notify_plain
from llmopt_tui.tui.widgets.row_table import RowTable

if TYPE_CHECKING:
    from llmopt_tui.tui import news
    from llmopt_tui.tui.app import LlmoptApp
    from llmopt_tui.tui.controller import RunController

_LAG_SECONDS = 0.5
"""Seconds by which the board may lag behind the sessions, and the time left behind the clock."""

_KEYS: tuple[Entry, ...] = (
    "board_open",
    ("view_before", "view_after"),
    "suites",
    "copy",
    "workbench",
)


class LeaderboardScreen(RunActions, Screen[None]):
    """Shows the chosen suite, or else the one that runs, or else the newest.

    `controller` is None where nothing can run.
    """

    TITLE = "Leaderboard"
    DEFAULT_CSS = """
    LeaderboardScreen #board-empty {
        height: 1fr; padding: 1 2; color: $text-muted; display: none;
    }
    LeaderboardScreen.-empty #board-empty { display: block; }
    LeaderboardScreen.-empty Board { display: none; }
    """
    HORIZONTAL_BREAKPOINTS: ClassVar = [  # type: ignore[misc]
        (0, "-narrow"),
        (110, "-columns"),
        (160, "-spacious"),
    ]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-short"), (54, "-tall")]  # type: ignore[misc]
    AUTO_FOCUS = "#ranking-table"
    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings("run"),
        *commands.bindings("leaderboard"),
    ]
    HELP = """\
Models compared over a suite. The two sentences at the top say who won and by what evidence.
Left and right turn to another case, enter opens a session, o shows another suite. While a suite
runs, you can pause it, stop it and switch between manual and auto here as in the Workbench."""

    app: LlmoptApp

    def __init__(self, results: Path, controller: RunController | None = None) -> None:
        super().__init__()
        self.controller = controller
        self._results = results
        self._suite = ShownSuite(results, controller)
        self._looking: Worker[None] | None = None
        self._look_soon: Timer | None = None
        self._clock: Timer | None = None

    @property
    def board(self) -> Leaderboard:
        """The leaderboard that is shown."""
        return self._board.suite

    @property
    def _board(self) -> Board:
        return self.query_one(Board)

    def compose(self) -> ComposeResult:
        """The bars, the board, and a text for when there is no suite."""
        yield TopBar("leaderboard")
        yield SuiteLine(id="suite-line")
        yield Plain("Reading the results folder ...", id="board-empty")
        yield Board()
        yield KeyBar(*_KEYS)

    def on_mount(self) -> None:
        """Show the text until a suite has been read, and start the clock."""
        self.add_class("-empty")
        self._clock = self.set_interval(_LAG_SECONDS, self._tick, pause=True)

    def on_screen_resume(self) -> None:
        """Read the suite again each time the screen is shown."""
        self.on_run_changed()
        self._looking = self._look()

    # What the run tells

    def on_session_changed(self, message: news.SessionChanged) -> None:
        """Draw the board soon: a session of the run has advanced."""
        if not message.streamed:
            self._look_again()

    def on_run_changed(self) -> None:
        """The run began, paused, resumed, got a question or ended: update the keys."""
        run, entries = self.controller, _KEYS
        if run and run.running:
            asked = ("next_suggestion", "inbox") if run.waiting else ()
            entries = (*asked, "pause", "stop", "mode", *entries)
        names = {**key_names(run), "next_suggestion": "suggestion"} if run else {}
        self.query_one(KeyBar).show(*entries, names=names)
        self._draw_line(self.board)
        self._look_again()

    def _tick(self) -> None:
        """Update the time left. If another process runs the suite, read its document again: it is
        the only source then.
        """
        if self._suite.under_way and self.is_current:
            self._draw_line(self.board)
        elif self._suite.runs_elsewhere:
            self._look_now()

    def _look_again(self) -> None:
        """Read and draw soon, once for all changes until then."""
        if self.is_current and self._look_soon is None:
            self._look_soon = self.set_timer(_LAG_SECONDS, self._look_now)

    def _look_now(self) -> None:
        self._look_soon = None
        if self._looking and not self._looking.is_finished:
            self._look_again()  # a look that the next one cancels never gets here
        elif self.is_current:
            self._looking = self._look(self._suite.file)

    @work(group="look", exclusive=True, exit_on_error=False)
    async def _look(self, known: Path | None = None) -> None:
        """Read the document if it has changed, and draw. Without a `known` file: the newest."""
        await self._suite.read(known)
        self._draw()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show an unexpected failure; the screen keeps working."""
        if said := failure_words(event):
            notify_plain(self, said, severity="error")

    def _draw(self) -> None:
        suite = self._suite.board()
        self._draw_line(suite)
        if suite == self.board and not self.has_class("-empty"):
            return
        self.set_class(not suite.cells, "-empty")
        self._board.show(suite, self._suite.target)
        if not suite.cells:
            keymap = getattr(self.app, "keymap", {})
            words = nothing_yet(self._results, self._suite.problem, keymap)
            self.query_one("#board-empty", Plain).update(words)

    def _draw_line(self, board: Leaderboard) -> None:
        run, suite, estimate, left = self.controller, self._suite.live, None, None
        note = waiting = ""
        if self._clock:
            moves = self._suite.under_way or self._suite.runs_elsewhere
            (self._clock.resume if moves else self._clock.pause)()
        if run and run.running:
            keymap = getattr(self.app, "keymap", {})
            if suite:
                estimate, left = run.time_left.of(suite), run.time_left.seconds(suite)
                note = how_it_runs(run, key_of("pause", keymap))
            waiting = waiting_words(len(run.waiting), key_of("next_suggestion", keymap))
        self.query_one(SuiteLine).show(board, estimate, left, note=note, waiting=waiting)

    def action_show_next(self) -> None:
        """In the Workbench, go to the suggestion that waits, or to the session that is at work."""
        if run := self.controller:
            if run.shown not in run.waiting:
                run.show_next()
            self.app.action_workbench()

    # Which case and pane are shown

    def action_view(self, by: int) -> None:
        """Show the case `by` places further on; after the last comes the first."""
        self._board.step(by)

    def action_view_at(self, place: int) -> None:
        """Show the case at this place."""
        self._board.view_at(place)

    def action_pane(self, name: str) -> None:
        """Go to the pane with this name."""
        self._board.go(name)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """In a narrow terminal, show the pane that has the focus."""
        self._board.show_focus(event.widget)

    # Other suites, and sessions of this one

    @work(group="choose", exclusive=True, exit_on_error=False)
    async def action_suites(self) -> None:
        """Ask which suite of the results folder to show."""
        from llmopt_tui.tui.screens.dialogs import Choose

        suites = await asyncio.to_thread(list_suites, self._results)
        if not suites:
            notify_plain(self, "There is no suite in the results folder yet.")
            return
        offers = [(str(s.folder), suite_words(s)) for s in suites]
        if self._suite.under_way:
            offers.insert(0, ("", "the suite that runs"))
        chosen = await self.app.push_screen_wait(Choose("Show a suite", offers))
        if chosen is not None:
            self.choose(Path(chosen) if chosen else None)

    def choose(self, file: Path | None) -> None:
        """Show the suite of this document; None: the one that runs, or the newest."""
        self._suite.choose(file)
        if self.is_mounted:  # otherwise it is read once it is mounted
            self._looking = self._look()

    @on(Matrix.Chosen)
    def _matrix_chosen(self, event: Matrix.Chosen) -> None:
        event.stop()
        self.action_open()

    @on(RowTable.Chosen)
    def _row_chosen(self, event: RowTable.Chosen) -> None:
        event.stop()
        self.action_open()

    @work(group="open", exclusive=True, exit_on_error=False)
    async def action_open(self) -> None:
        """Open the session under the cursor; over all cases, ask for the case."""
        cells, trial = self._board.cells()
        if cell := await pick_cell(self.app, cells):
            member = self._suite.member(cell)
            await open_cell(self, self._results, cell, self.controller, member)
        elif trial and not cells:
            notify_plain(self, "There is nothing to open: this prompt was not tried there.")

    def copyable(self) -> list[tuple[str, str]]:
        """The recommendation, the tables, and the best prompt of the selected model."""
        return self._board.copyable()
