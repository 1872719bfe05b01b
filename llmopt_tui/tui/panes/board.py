"""Board: a suite in panes: who won, the models on each case, plots, insights and advice."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.leaderboard_markdown import table_markdown
from llmopt_tui.reports.leaderboard_words import headline, recommendation_text
from llmopt_tui.reports.transfer_words import transfer_markdown
from llmopt_tui.state.leaderboard import OVERALL, Cell, Leaderboard
from llmopt_tui.tui.board_words import with_verdict
from llmopt_tui.tui.panes.advice import AdvicePane, InsightsPane
from llmopt_tui.tui.panes.matrix import Matrix, MatrixPane
from llmopt_tui.tui.panes.plots import PlotsPane
from llmopt_tui.tui.panes.ranking import RankingPane
from llmopt_tui.tui.panes.suite_line import ViewLine
from llmopt_tui.tui.panes.transfer import TransferPane
from llmopt_tui.tui.widgets.pane_tabs import PaneTabs
from llmopt_tui.tui.widgets.plain import Plain, plain_text

TABS = {
    "ranking": "1 Ranking",
    "matrix": "2 Matrix",
    "plots": "3 Plots",
    "insights": "4 Insights",
    "advice": "5 Advice",
    "transfer": "6 Transfer",
}
_STOPS = (
    ("ranking", "#ranking-table"),
    ("matrix", "#matrix-grid"),
    ("plots", "#plots"),
    ("insights", "#insights-list"),
    ("advice", "#advice"),
    ("transfer", "#transfer-grid"),
)


class Board(Vertical):
    """Draws a suite, all cases together or one of them.

    The sessions and the trials of prompts on other models share one place, unless there is room for
    both. The class "-single" says that there is only one case, "-trials" that there are trials.
    """

    SCOPED_CSS = False  # the classes that say how much room there is are the screen's
    DEFAULT_CSS = """
    Board { height: 1fr; }
    Board #headline { height: auto; max-height: 5; padding: 0 1; }
    Board.-single #view-line { display: none; }
    Board.-sessions TransferPane { display: none; }
    Board.-transfer MatrixPane { display: none; }
    .-spacious.-tall Board.-trials MatrixPane,
    .-spacious.-tall Board.-trials TransferPane { display: block; }
    .-columns Board.-trials.-transfer #ranking-more { max-height: 4; }
    .-columns Board #transfer-more { height: 2; }
    Board #board-left { width: 76; height: 1fr; }
    Board #board-right { width: 1fr; height: 1fr; }
    .-spacious Board #board-left { width: 3fr; }
    .-spacious Board #board-right { width: 2fr; }
    Board #plots { height: 2fr; }
    .-spacious Board #plots { height: 4fr; }
    .-narrow Board #board-left, .-narrow Board #board-right { width: 1fr; }
    .-narrow Board MatrixPane, .-narrow Board TransferPane { max-height: 100%; }
    .-narrow Board #ranking-more { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__(id="board")
        self.tabs = PaneTabs(TABS, ("board-left", "board-right"), _STOPS)
        self.suite = Leaderboard()
        self._view, self._turned = OVERALL, False
        self._target: float | None = None

    def compose(self) -> ComposeResult:
        """The verdict first, then the evidence for it."""
        yield Plain(id="headline")
        yield ViewLine(id="view-line")
        yield self.tabs
        with Horizontal(classes="row"):
            with Vertical(id="board-left"):
                yield RankingPane()
                yield MatrixPane()
                yield TransferPane()
                yield AdvicePane()
            with Vertical(id="board-right"):
                yield PlotsPane()
                yield InsightsPane()

    def on_mount(self) -> None:
        """Begin with the ranking, and show the sessions in the place they share with the trials."""
        self._give_place("matrix")
        self.tabs.select("ranking")

    def show(self, suite: Leaderboard, target: float | None) -> None:
        """Draw a new state of the suite. `target` is the score at which sessions stop."""
        other = suite.suite_id != self.suite.suite_id or self._view not in suite.views
        if other and not suite.transfer:
            self._give_place("matrix")
        self._turned = self._turned and not other
        if not self._turned:
            self._view = _first_view(suite)
        self.suite, self._target = suite, target
        self.set_class(len(suite.views) < 2, "-single")
        self.set_class(bool(suite.trials), "-trials")
        if suite.cells:
            self.query_one(MatrixPane).show(suite)
            self.query_one(InsightsPane).show(suite)
            self._draw_view()

    def _draw_view(self) -> None:
        board, view = self.suite, self._view
        found = headline(board, view)
        self.query_one("#headline", Plain).update(
            Content.assemble(
                plain_text(found.claim.replace(":latest", ""), "bold"),
                "\n",
                with_verdict(found.evidence, found.verdict),
            )
        )
        self.query_one(ViewLine).show(board.views, view)
        self.query_one(RankingPane).show(board, view)
        self.query_one(PlotsPane).show(board, view, self._target)
        self.query_one(AdvicePane).show(board, view)
        self.query_one(TransferPane).show(board, view)
        if view != OVERALL:
            self.query_one(Matrix).select(column=view)

    def step(self, by: int) -> None:
        """Show the case `by` places further on; after the last comes the first."""
        views = self.suite.views
        if len(views) > 1:
            self.view_at((views.index(self._view) + by) % len(views))

    def view_at(self, place: int) -> None:
        """Show the case at this place."""
        if place < len(self.suite.views):
            self._turn_to(self.suite.views[place])

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

    def go(self, name: str) -> None:
        """Go to a pane."""
        self._give_place(name)
        self.tabs.go(name)

    def show_focus(self, focused: Widget) -> None:
        """In a narrow terminal, show the pane that has the focus."""
        before = self.tabs.chosen
        self.tabs.show_focus(focused)
        if self.tabs.chosen != before:
            self._give_place(self.tabs.chosen)

    def _give_place(self, name: str) -> None:
        """Sessions and trials of prompts share one place: show the one that was asked for."""
        if name in ("matrix", "transfer"):
            self.set_class(name == "transfer", "-transfer")
            self.set_class(name == "matrix", "-sessions")

    def cells(self) -> tuple[list[Cell], bool]:
        """The sessions under the cursor: several if all cases are shown together.

        The second value says whether they are trials of one model's prompt on another model.
        """
        matrix, trials = self.query_one(Matrix), self.query_one(TransferPane).grid
        model, case = self.query_one(RankingPane).model, self._view
        origin = model
        if self.screen.focused is matrix:
            origin, model, case = matrix.model, matrix.model, matrix.column
        elif self.screen.focused is trials:
            origin, model = trials.model, trials.column
        return self.suite.of_pair(origin, model, case), origin != model

    def copyable(self) -> list[tuple[str, str]]:
        """The recommendation, the tables, and the best prompt of the selected model."""
        board, view = self.suite, self._view
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
    """All cases together if they have been ranked, else the first case that has a score."""
    ranked = any(s.rank for s in board.standings.get(OVERALL, ()))
    scored = (case for case in board.cases if any(c.scores for c in board.of_case(case)))
    return OVERALL if ranked and len(board.views) > 1 else next(scored, (*board.cases, OVERALL)[0])
