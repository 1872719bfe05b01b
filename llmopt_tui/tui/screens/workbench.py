"""The Workbench: models and cases to pick, the run, the interviewer.

The panes post what the person asks for. This screen passes it on to the module that does it, and
draws what the controllers report. deciding.py has what concerns the suggestion and the interviewer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.events import DescendantFocus
from textual.worker import Worker

from llmopt_tui.tui import commands
from llmopt_tui.tui.arranging import Arranging
from llmopt_tui.tui.bars import StatusLine, TopBar
from llmopt_tui.tui.deciding import DECIDING_KEYS, Deciding
from llmopt_tui.tui.ending import Ending
from llmopt_tui.tui.error_words import failure_words
from llmopt_tui.tui.finding import Finding
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.marking import Marking
from llmopt_tui.tui.notices import Notices
from llmopt_tui.tui.pane_actions import PaneActions
from llmopt_tui.tui.panes.cases import CasesPane
from llmopt_tui.tui.panes.decision import DecisionPane
from llmopt_tui.tui.panes.interviewer import InterviewerPane
from llmopt_tui.tui.panes.models import ModelsPane
from llmopt_tui.tui.panes.picklist import PickList
from llmopt_tui.tui.panes.plan_line import PlanLine
from llmopt_tui.tui.panes.pull_panel import PullPanel
from llmopt_tui.tui.panes.start_panel import StartPanel
from llmopt_tui.tui.run_actions import RunActions
from llmopt_tui.tui.screens import first_frame
from llmopt_tui.tui.screens.breakpoints import size_classes
from llmopt_tui.tui.session_view import SessionActions, SessionView
from llmopt_tui.tui.starting import Starting
from llmopt_tui.tui.surroundings import Surroundings
from llmopt_tui.tui.widgets.pane_tabs import PaneTabs

if TYPE_CHECKING:
    from pathlib import Path

    from llmopt_tui.core.case import Case
    from llmopt_tui.tui import news
    from llmopt_tui.tui.app import LlmoptApp
    from llmopt_tui.tui.controller import RunController
    from llmopt_tui.tui.pulling import PullController

TABS = {
    "models": "1 Models",
    "cases": "2 Cases",
    "log": "3 Log",
    "talk": "4 Interviewer",
    "decide": "5 Decide",
}
_STOPS = (
    ("models", "#models-list"),
    ("cases", "#cases-list, #cases .make"),
    ("log", "StartPanel Button, StartPanel Input"),
    ("log", "EndPanel"),
    ("log", "Cards"),
    ("decide", "#suggestion-text, ChangeRow, DecisionPane Button"),
    ("decide", "DecisionPane LeavableInput"),
    ("talk", "#talk-history"),
    ("talk", "AskInput"),
)


class Workbench(PaneActions, RunActions, SessionActions, Deciding, Marking, Ending):
    """The main screen: bars above and below, four panes between them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings("run"),
        *commands.bindings("workbench"),
        *commands.bindings("panes"),
        *commands.bindings("session", everywhere=True),
    ]
    HORIZONTAL_BREAKPOINTS = first_frame.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [  # type: ignore[misc]
        (0, "-short"),
        (32, "-tall"),
    ]
    AUTO_FOCUS = "#models-list"

    app: LlmoptApp

    def __init__(self, controller: RunController, pulls: PullController) -> None:
        super().__init__()
        self.controller, self.pulls = controller, pulls
        self.tabs = PaneTabs(TABS, ("left", "session"), _STOPS, marks=True)
        self.finding = Finding(self, self._refresh)
        self.arranging = Arranging(self)
        self._starting = Starting(self)
        self._around = Surroundings(self)

    def compose(self) -> ComposeResult:
        """The bars, the panes, and what is shown between them and the bars when needed."""
        # Set before the panes have styles, which a later change would have worked out once more.
        self.add_class(*size_classes(self), update=False)
        yield TopBar("workbench")
        yield self.tabs
        with Horizontal(classes="row"):
            with Vertical(id="left", classes="column"):
                yield ModelsPane(id="models", classes="pane")
                yield CasesPane(id="cases", classes="pane -away")
            yield SessionView(
                waiting=lambda: self.controller.waits,
                put_aside=lambda: self.put_aside,
                trying=lambda: self.controller.trying,
                show_log=self.show_log,
                monotonic=self.app.clock.monotonic,
                id="session",
            )
        yield Notices()
        yield PullPanel(self.pulls, self.app.clock)
        yield PlanLine(self.app.workspace.results, self.controller.time_left)
        yield StatusLine(self._around.facts)
        yield KeyBar(right=("help", "palette", "quit"))

    def on_mount(self) -> None:
        """Show the empty panes first, and ask for their contents afterwards."""
        self._name_keys()
        self.arranging.begin()
        self.finding.begin()
        self.call_after_refresh(self.finding.look)

    def _name_keys(self) -> None:
        keymap = self.app.keymap
        named = {each: key_of(each, keymap) for each in DECIDING_KEYS}
        self.query_one(InterviewerPane).keys = self.query_one(DecisionPane).keys = named

    def _refresh(self) -> None:
        """Draw what is around the panes."""
        # `Finding` calls this from its workers, which end only after the panes have been removed.
        if self.is_running:
            self.open_decision()
            self._around.draw()
            self.draw_ending()
            self.call_after_refresh(self.arranging.apply)

    # What is picked, found and downloaded

    def action_reload(self) -> None:
        """Ask the endpoints and read the cases."""
        self.finding.look()

    def on_cases_changed(self) -> None:
        """Show the cases as their files are now."""
        self.finding.look_at_cases()

    def on_start_panel_chosen(self, event: StartPanel.Chosen) -> None:
        """Carry out the offer that was chosen."""
        self.finding.take(event.offer, event.host)

    def on_cases_pane_starter_wanted(self) -> None:
        """Create the starter prompts and cases."""
        self.finding.make_starter()

    def on_cases_pane_own_wanted(self) -> None:
        """Go to the cases, to make one there."""
        self.app.new_case()

    def on_pick_list_picked(self, event: PickList.Picked) -> None:
        """Update the notices and the plan: what is picked has changed."""
        event.stop()
        self._starting.picked()
        self._refresh()

    def action_pick(self) -> None:
        """Pick the highlighted row of the focused list, or else of the models."""
        focused = self.focused
        rows = focused if isinstance(focused, PickList) else self.query_one(ModelsPane).rows
        rows.action_pick()

    def action_start_run(self) -> None:
        """Run what is picked, or say what is missing."""
        self._starting.run()

    def start_session(self, model: str, case: Case) -> None:
        """Run a model on a case as it is given, with whatever prompt it begins."""
        self._starting.run_given(model, case)

    def action_transfer(self) -> None:
        """Switch whether the next run tries best prompts on other models."""
        self._starting.toggle_transfer()
        self._refresh()

    def action_pull(self) -> None:
        """Download the picked models, or else the highlighted one. Try a failed download again."""
        self._starting.pull()

    def action_cancel_pull(self) -> None:
        """Cancel the downloads, and the run that waits for them."""
        self.query_one(PullPanel).cancel()

    def on_pulls_changed(self) -> None:
        """Draw the panel: a download began, failed or ended."""
        self.query_one(PullPanel).draw()
        self._refresh()

    def on_pull_advanced(self) -> None:
        """Draw the progress of the download."""
        self.query_one(PullPanel).advance()

    def on_pulled(self, message: news.Pulled) -> None:
        """Pick the newly installed models, and start the run that waited for them."""
        self.run_worker(self._starting.take_in(message), group="pulled", exit_on_error=False)

    # The run

    @property
    def marked_folder(self) -> Path | None:
        """The folder of the session that is shown."""
        return self.controller.shown.folder if self.controller.shown else None

    def marked(self) -> None:
        """Draw the end of the session again: its verdict counts the mark."""
        self._refresh()

    def on_session_shown(self, message: news.SessionShown) -> None:
        """Draw the session that is at work, or that asks something."""
        self.finding.session_shown()
        self.query_one(SessionView).show(message.state)
        away = self.focused is None or isinstance(self.focused, PickList)  # None: its tab is hidden
        if away and "log" not in self.arranging.hidden:
            self.call_after_refresh(self.tabs.go, "log")
        self._refresh()

    def on_session_changed(self, message: news.SessionChanged) -> None:
        """Draw what happened in the session that is shown."""
        if message.member is self.controller.shown:
            self.query_one(SessionView).draw(streamed=message.streamed)
            if not message.streamed:
                self._refresh()
        elif not message.streamed:
            self._around.draw_top()  # it may wait for its server

    def on_run_changed(self) -> None:
        """Draw the surroundings: the run began, paused, resumed or ended."""
        self.app.preferences.catch_up()
        self._refresh()
        if not self.controller.chatting:
            self.query_one(InterviewerPane).answered()

    def on_settings_changed(self, message: news.SettingsChanged) -> None:
        """Use the new keys, and mark the baseline and the interviewer that now hold."""
        self._name_keys()
        if message.servers:
            self.finding.look()
        elif self.finding.surveys:
            self.finding.show_models()
        self._refresh()

    def on_run_problem(self, message: news.RunProblem) -> None:
        """Show the problem until it is dismissed."""
        self.query_one(Notices).add(message.text)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show the error of a worker of this screen that failed."""
        if event.worker.node is self and (said := failure_words(event)):
            self.query_one(Notices).add(said)

    def action_show_next(self) -> None:
        """Show the next idea of the round that waits, else the next session where one does."""
        if not self.controller.turn_to():
            self.controller.show_next()

    def action_dismiss_notice(self) -> None:
        """Remove the newest message, or else the error of a download."""
        if not self.query_one(Notices).dismiss():
            self.pulls.dismiss()

    # Where the focus goes

    def action_next_stop(self, by: int) -> None:
        """Focus the next widget that takes keys, changing the tab in a narrow terminal."""
        if not self.tabs.go_on(by):
            self.focus_next() if by > 0 else self.focus_previous()
        self.draw_sight()

    def action_pane(self, name: str) -> None:
        """Go to the pane with this name; show it again where it is hidden."""
        self.arranging.show(name)
        self.tabs.go(name)
        self.draw_sight()
        self.query_one(SessionView).draw()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Show the pane that has the focus."""
        if event.widget is self.focused:  # it may have moved on before this was read
            self.tabs.show_focus(event.widget)
        self.draw_sight()
        self.tabs.show_digits(not self.query_one(DecisionPane).counts_ideas)
