"""LeaderboardScreen: models and cases compared: who won, by how much, and whether to believe it.

Every suite is read from its document, one that runs too; over that are drawn the sessions that are
under way. Needs no server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.leaderboard_words import (
    VERDICTS,
    headline,
    recommendation_text,
    state_word,
    table_markdown,
)
from llmopt_tui.reports.transfer_words import transfer_markdown
from llmopt_tui.state.leaderboard import OVERALL, Cell, Key, Leaderboard, TrialKey
from llmopt_tui.tui import commands
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.bars import Bar, TopBar
from llmopt_tui.tui.key_hints import Hint, KeyHints
from llmopt_tui.tui.links import link
from llmopt_tui.tui.panes.advice import AdvicePane, InsightsPane
from llmopt_tui.tui.panes.matrix import Matrix, MatrixPane
from llmopt_tui.tui.panes.plots import PlotsPane
from llmopt_tui.tui.panes.ranking import RankingPane
from llmopt_tui.tui.panes.suite_line import SuiteLine, ViewLine
from llmopt_tui.tui.panes.transfer import TransferPane
from llmopt_tui.tui.run_actions import RunActions, key_names
from llmopt_tui.tui.suite_files import Found, list_suites, look
from llmopt_tui.tui.widgets.plain import Plain, notify_plain, plain_text
from llmopt_tui.tui.widgets.row_table import RowTable

if TYPE_CHECKING:
    from llmopt_tui.app.suite_run import KeptMember, SuiteRun
    from llmopt_tui.state.documents.suite import SuiteDocument
    from llmopt_tui.state.run_state import RunState
    from llmopt_tui.store.sessions import SessionSummary
    from llmopt_tui.tui.app import LlmoptApp
    from llmopt_tui.tui.controller import RunController

_TICK_SECONDS = 0.5
TABS = {
    "ranking": "1 Ranking",
    "matrix": "2 Matrix",
    "plots": "3 Plots",
    "insights": "4 Insights",
    "advice": "5 Advice",
    "transfer": "6 Transfer",
}
_STOPS = {
    "ranking": "#ranking-table",
    "matrix": "#matrix-grid",
    "plots": "#plots",
    "insights": "#insights-list",
    "advice": "#advice",
    "transfer": "#transfer-grid",
}
_LEFT = ("ranking", "matrix", "advice", "transfer")
_HINTS: tuple[Hint, ...] = (
    ("board_open", "open", "screen.open"),
    ("view_before view_after", "case", "screen.view(1)"),
    ("suites", "other suite", "screen.suites"),
    ("copy", "copy", "app.copy"),
    ("workbench", "workbench", "app.workbench"),
)


class LeaderboardScreen(RunActions, Screen[None]):
    """The suite that runs, else the newest one, or another that was chosen.

    `controller` gives the one that runs suites, once there is one.
    """

    TITLE = "Leaderboard"
    DEFAULT_CSS = """
    LeaderboardScreen #headline { height: auto; max-height: 5; padding: 0 1; }
    LeaderboardScreen #board-tabs { display: none; }
    LeaderboardScreen.-narrow #board-tabs { display: block; }
    LeaderboardScreen #board-empty {
        height: 1fr; padding: 1 2; color: $text-muted; display: none;
    }
    LeaderboardScreen.-empty #board-empty { display: block; }
    LeaderboardScreen.-empty #board, LeaderboardScreen.-empty #headline,
    LeaderboardScreen.-empty #board-tabs, LeaderboardScreen.-empty #view-line { display: none; }
    LeaderboardScreen.-single #view-line { display: none; }
    LeaderboardScreen.-sessions TransferPane { display: none; }
    LeaderboardScreen.-transfer MatrixPane { display: none; }
    LeaderboardScreen.-spacious.-tall.-trials MatrixPane,
    LeaderboardScreen.-spacious.-tall.-trials TransferPane { display: block; }
    LeaderboardScreen.-columns.-trials.-transfer #ranking-more { max-height: 4; }
    LeaderboardScreen.-columns #transfer-more { height: 2; }
    LeaderboardScreen #board-left { width: 76; height: 1fr; }
    LeaderboardScreen #board-right { width: 1fr; height: 1fr; }
    LeaderboardScreen.-spacious #board-left { width: 3fr; }
    LeaderboardScreen.-spacious #board-right { width: 2fr; }
    LeaderboardScreen #plots { height: 2fr; }
    LeaderboardScreen.-spacious #plots { height: 4fr; }
    LeaderboardScreen.-narrow #board-left, LeaderboardScreen.-narrow #board-right { width: 1fr; }
    LeaderboardScreen.-narrow MatrixPane, LeaderboardScreen.-narrow TransferPane {
        max-height: 100%;
    }
    LeaderboardScreen.-narrow #ranking-more { height: 1fr; }
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
Models compared over a suite. The two sentences at the top say who won and what stands behind it.
Left and right turn to another case, enter opens a session, o shows another suite. While a suite
runs, it is paused, stopped and switched between manual and auto from here as from the Workbench."""

    app: LlmoptApp

    def __init__(
        self, results: Path, controller: Callable[[], RunController | None] = lambda: None
    ) -> None:
        super().__init__()
        self._results, self._controller = results, controller
        self._chosen: Path | None = None
        self._chosen_beside: SuiteRun | None = None
        self._found = Found()
        self._board = Leaderboard()
        self._view, self._turned = OVERALL, False
        self._tab = "ranking"
        self._looking: Worker[None] | None = None

    @property
    def board(self) -> Leaderboard:
        """What is shown."""
        return self._board

    @property
    def controller(self) -> RunController | None:
        """The one that runs suites, once there is one."""
        return self._controller()

    def compose(self) -> ComposeResult:
        """The verdict first, then what it rests on."""
        yield TopBar("leaderboard")
        yield SuiteLine(id="suite-line")
        yield Plain(id="headline")
        yield ViewLine(id="view-line")
        yield Bar(id="board-tabs")
        yield Plain("Reading the results folder ...", id="board-empty")
        with Horizontal(id="board", classes="row"):
            with Vertical(id="board-left"):
                yield RankingPane()
                yield MatrixPane()
                yield TransferPane()
                yield AdvicePane()
            with Vertical(id="board-right"):
                yield PlotsPane()
                yield InsightsPane()
        yield KeyHints(*_HINTS, right=(("help", "help", "app.help"), ("quit", "quit", "app.quit")))

    def on_mount(self) -> None:
        """Nothing is known yet."""
        self.add_class("-empty", "-sessions")
        self._select_tab("ranking")
        self.set_interval(_TICK_SECONDS, self._tick)

    def on_screen_resume(self) -> None:
        """Look again each time the screen is shown."""
        self.on_run_changed()
        self._looking = self._look()

    def _tick(self) -> None:
        """Has the document changed, how far are its sessions? Not while a look is still under way:
        it would never come to its end."""
        if self.is_current:
            self.on_run_changed()
        if self.is_current and self._looking and self._looking.is_finished:
            file = self._found.stamp[0] if self._found.stamp else None
            if file or self._under_way:
                self._looking = self._look(file)

    @property
    def _under_way(self) -> SuiteRun | None:
        """The suite that runs now."""
        controller = self.controller
        return controller.suite if controller and controller.running else None

    @property
    def _live(self) -> SuiteRun | None:
        """The suite of this app's last run, if it is the one that is shown."""
        suite = self.controller.suite if self.controller else None
        return suite if suite and suite.plan.suite_id == self._found.suite_id else None

    @work(group="look", exclusive=True, exit_on_error=False)
    async def _look(self, known: Path | None = None) -> None:
        """Read the document if it has changed, and draw. Without a `known` file, the newest."""
        suite = self._under_way
        file = suite.file if suite and suite.plan.suite_id else None
        if file and suite is not self._chosen_beside:
            self._chosen = None  # what was chosen before this run began gives way to it
        wanted = self._chosen or file or known
        ours = wanted is not None and wanted == file
        self._found = await asyncio.to_thread(
            look, self._results, wanted, self._found, running=ours
        )
        self._draw()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What failed against all expectation is said, and the screen goes on."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            notify_plain(self, f"{type(error).__name__}: {error}", severity="error")

    def _draw(self) -> None:
        suite = self._live
        board = _board_of(self._found.document, suite)
        self._draw_line(board, suite)
        if board == self._board and not self.has_class("-empty"):
            return
        other = board.suite_id != self._board.suite_id or self._view not in board.views
        if other and not board.transfer:
            self._give_place("matrix")
        self._turned = self._turned and not other
        if not self._turned:
            self._view = _first_view(board)
        self._board = board
        self.set_class(not board.cells, "-empty")
        self.set_class(len(board.views) < 2, "-single")
        self.set_class(bool(board.trials), "-trials")
        if not board.cells:
            self.query_one("#board-empty", Plain).update(self._nothing())
            return
        self.query_one(MatrixPane).show(board)
        self.query_one(InsightsPane).show(board)
        self._draw_view()

    def _draw_line(self, board: Leaderboard, suite: SuiteRun | None) -> None:
        controller, estimate, left = self.controller, None, None
        note = waiting = ""
        if controller and controller.running:
            if suite:
                estimate = controller.time_left.of(suite)
                left = controller.time_left.seconds(suite)
                note = self._note(controller)
            waiting = self._waiting(controller)
        self.query_one(SuiteLine).show(board, estimate, left, note=note, waiting=waiting)

    def on_run_changed(self) -> None:
        """How the run stands: what keys do, who decides."""
        controller, hints = self.controller, _HINTS
        if controller:
            self.query_one(TopBar).show((), "", controller.mode)
        if controller and controller.running:
            names = key_names(controller)
            more = [("pause", names["pause"]), ("stop", "stop"), ("mode", names["mode"])]
            run = [(name, short, f"screen.{name}") for name, short in more]
            if controller.waiting:
                run.insert(0, ("next_suggestion", "suggestion", "screen.show_next"))
                run.insert(1, ("inbox", "inbox", "screen.inbox"))
            hints = (*run, *_HINTS)
            self._draw_line(self._board, self._live)
        self.query_one(KeyHints).show(*hints)

    def _note(self, controller: RunController) -> str:
        """How the run stands where it does not just go on."""
        key = commands.key_of("pause", getattr(self.app, "keymap", {}))
        if controller.stopping:
            return "stopping"
        if controller.held_up:
            return f"waiting for the server, {key} tries now"
        return f"paused, {key} goes on" if controller.paused else ""

    def _waiting(self, controller: RunController) -> str:
        """What waits for the person, and the key that leads to it."""
        count = len(controller.waiting)
        key = commands.key_of("next_suggestion", getattr(self.app, "keymap", {}))
        what = "a suggestion waits" if count == 1 else f"{count} suggestions wait"
        return f"{what}: {key}" if count else ""

    def action_show_next(self) -> None:
        """Go to the suggestion that waits, in the Workbench, or to the session that is at work."""
        if controller := self.controller:
            if controller.shown not in controller.waiting:
                controller.show_next()
            self.app.action_workbench()

    def _draw_view(self) -> None:
        board, view = self._board, self._view
        found = headline(board, view)
        self.query_one("#headline", Plain).update(
            Content.assemble(
                plain_text(found.claim, "bold"), "\n", _with_verdict(found.evidence, found.verdict)
            )
        )
        self.query_one(ViewLine).show(board.views, view)
        self.query_one(RankingPane).show(board, view)
        self.query_one(PlotsPane).show(board, view, self._found.target)
        self.query_one(AdvicePane).show(board, view)
        self.query_one(TransferPane).show(board, view)
        if view != OVERALL:
            self.query_one(Matrix).select(column=view)

    def _nothing(self) -> str:
        if self._found.problem:
            return f"{self._found.problem}\n\nPress o for another suite, b for past sessions."
        keys = self.app.keymap if hasattr(self.app, "keymap") else {}
        return (
            "No suite yet.\n\n"
            f"Press {commands.key_of('workbench', keys)} for the Workbench, pick models and cases "
            f"with {commands.key_of('pick', keys)}, and run them with "
            f"{commands.key_of('run', keys)}.\nThis screen fills while they run, and shows past "
            f"suites without a server.\n\nLooked in {self._results}"
        )

    # What is looked at

    def action_view(self, by: int) -> None:
        """Turn to another case; past the last comes the first."""
        views = self._board.views
        if len(views) > 1:
            self.action_view_at((views.index(self._view) + by) % len(views))

    def action_view_at(self, place: int) -> None:
        """Look at the case at this place."""
        if place < len(self._board.views):
            self._turn_to(self._board.views[place])

    def _turn_to(self, view: str) -> None:
        self._view, self._turned = view, True
        self._draw_view()

    @on(Matrix.Moved)
    def _moved(self, event: Matrix.Moved) -> None:
        event.stop()
        grid = self.query_one(Matrix)
        if grid.column and grid.column != self._view:
            self._turn_to(grid.column)
        self.query_one(RankingPane).select(grid.model)

    def action_pane(self, name: str) -> None:
        """Go to a part of the leaderboard."""
        self._select_tab(name)
        self.query_one(_STOPS[name]).focus()

    def on_descendant_focus(self) -> None:
        """In a narrow terminal, what has the focus is to be seen."""
        for name, stop in _STOPS.items():
            if self.focused is self.query_one(stop) and name != self._tab:
                self._select_tab(name)

    def _select_tab(self, name: str) -> None:
        self._tab = name
        self._give_place(name)
        for pane in TABS:
            self.query_one(f"#{pane}").set_class(pane != name, "-away")
        self.query_one("#board-left").set_class(name not in _LEFT, "-away")
        self.query_one("#board-right").set_class(name in _LEFT, "-away")
        parts: list[str | Content] = [" "]
        for pane, title in TABS.items():
            style = "bold reverse" if pane == name else ""
            parts += [link(f" {title} ", f"screen.pane('{pane}')", style), " "]
        self.query_one("#board-tabs", Bar).put(Content.assemble(*parts))

    def _give_place(self, name: str) -> None:
        """Sessions and trials of prompts have one place: it is the one's that was asked for."""
        if name in ("matrix", "transfer"):
            self.set_class(name == "transfer", "-transfer")
            self.set_class(name == "matrix", "-sessions")

    # Other suites

    @work(group="choose", exclusive=True, exit_on_error=False)
    async def action_suites(self) -> None:
        """Choose among the suites of the results folder."""
        from llmopt_tui.tui.screens.dialogs import Choose

        suites = await asyncio.to_thread(list_suites, self._results)
        if not suites:
            notify_plain(self, "There is no suite in the results folder yet.")
            return
        running = self._under_way
        offers = [(str(s.folder), _suite_words(s)) for s in suites]
        if running:
            offers.insert(0, ("", "the suite that runs"))
        chosen = await self.app.push_screen_wait(Choose("Show a suite", offers))
        if chosen is not None:
            self.choose(Path(chosen) if chosen else None)

    def choose(self, file: Path | None) -> None:
        """Show a suite by its document; None for the one that runs, or the newest."""
        self._chosen, self._chosen_beside = file, self._under_way
        if self.is_mounted:  # else it looks as soon as it is
            self._looking = self._look()

    # Opening a session

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
        """Open the session under the cursor; over all cases, ask of which case."""
        matrix, trials = self.query_one(Matrix), self.query_one(TransferPane).grid
        model, case = self.query_one(RankingPane).model, self._view
        origin = model
        if self.focused is matrix:
            origin, model, case = matrix.model, matrix.model, matrix.column
        elif self.focused is trials:
            origin, model = trials.model, trials.column
        cells = self._board.of_pair(origin, model, case)
        if len(cells) > 1:
            from llmopt_tui.tui.screens.dialogs import Choose

            offers = [(cell.case, f"{cell.case}   {state_word(cell)}") for cell in cells]
            title = f"Open a session of {one_line(model, 40)}"
            chosen = await self.app.push_screen_wait(Choose(title, offers))
            cells = self._board.of_pair(origin, model, chosen) if chosen else []
        elif not cells and model != origin:
            notify_plain(self, "There is nothing to open: this prompt was not tried there.")
        if cells:
            await self._open(cells[0])

    async def _open(self, cell: Cell) -> None:
        controller, member = self.controller, self._member(cell)
        if controller and member and member.state and not member.ended:
            controller.show(member)
            self.app.action_workbench()
            return
        summary = await asyncio.to_thread(_summary, self._results, cell.folder)
        if summary is None:
            why = cell.problem or "it has not begun"
            notify_plain(self, f"There is nothing to open: {one_line(why, 300)}.")
            return
        from llmopt_tui.tui.screens.recorded import RecordedScreen

        self.app.push_screen(RecordedScreen(summary))

    def _member(self, cell: Cell) -> KeptMember | None:
        suite = self._live if self._under_way else None
        begun = [m for m in suite.everyone if m.folder] if suite else []
        return next((m for m in begun if m.folder and m.folder.name == cell.folder), None)

    def copyable(self) -> list[tuple[str, str]]:
        """The recommendation, the tables, the best prompt of the selected model."""
        board, view = self._board, self._view
        model = self.query_one(RankingPane).model
        case = view or self.query_one(Matrix).column
        prompt = board.prompts.get((model, case), "")
        names = f"{one_line(model, 40)} on {one_line(case, 40)}"
        return [
            ("recommendation", recommendation_text(board)),
            ("table as Markdown", table_markdown(board, view)),
            (f"best prompt of {names}", prompt),
            ("prompts on other models as Markdown", transfer_markdown(board, view)),
        ]


def _first_view(board: Leaderboard) -> str:
    """All cases together where they have been ranked, else the first case that has a score."""
    ranked = any(s.rank for s in board.standings.get(OVERALL, ()))
    scored = (case for case in board.cases if any(c.scores for c in board.of_case(case)))
    return OVERALL if ranked and len(board.views) > 1 else next(scored, (*board.cases, OVERALL)[0])


def _board_of(document: SuiteDocument | None, suite: SuiteRun | None) -> Leaderboard:
    if document is None:
        return Leaderboard()
    from llmopt_tui.state.suite_reading import leaderboard

    return leaderboard(document, _states(suite), _trying(suite))


def _states(suite: SuiteRun | None) -> Mapping[Key, RunState]:
    members = suite.members if suite else ()
    return {(m.model, m.case.id): m.state for m in members if m.state and not m.error}


def _trying(suite: SuiteRun | None) -> Mapping[TrialKey, RunState]:
    """The sessions that try prompts on other models."""
    return {
        (t.origin.model, t.target.model, t.origin.case.id): t.trial.state
        for t in (suite.transfers if suite else ())
        if t.trial.state and not t.trial.error
    }


def _with_verdict(text: str, verdict: str) -> Content:
    """The evidence, its verdict standing out."""
    content = plain_text(text)
    start = text.find(verdict) if verdict in VERDICTS else -1
    if start < 0:
        return content
    style = "bold $text-success" if verdict == "REAL" else "bold $text-warning"
    return content.stylize(style, start, start + len(verdict))


def _suite_words(summary: SessionSummary) -> str:
    began = summary.started_at.strftime("%Y-%m-%d %H:%M") if summary.started_at else "no date"
    models = ", ".join(map(fmt.short_model, summary.model.split(", "))) or summary.note
    return f"{began}  {summary.status:<11}  {one_line(summary.case_id, 30)}: {one_line(models, 60)}"


def _summary(results: Path, folder: str) -> SessionSummary | None:
    """The session in a folder of the results."""
    from llmopt_tui.store.sessions import read_summary, session_folder

    path = session_folder(results, folder)
    summary = read_summary(path) if path else None
    return summary if summary and summary.started_at else None
