"""The Workbench: models and cases to pick, the run, the interviewer.

The panes post what is asked for; this screen hands it to the controller and says what changed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import DescendantFocus
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from llmopt_tui.core.text.names import find_name, same_model
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import commands
from llmopt_tui.tui.bars import Bar, KeyBar, RunFacts, StatusLine, TopBar, step_key
from llmopt_tui.tui.controller import Job, RunController, RunProblem, SessionShown
from llmopt_tui.tui.links import link
from llmopt_tui.tui.notices import Notices
from llmopt_tui.tui.panes import start_panel
from llmopt_tui.tui.panes.cases import CasesPane
from llmopt_tui.tui.panes.interviewer import AskInput, InterviewerPane
from llmopt_tui.tui.panes.live_log import Cards
from llmopt_tui.tui.panes.models import ModelsPane
from llmopt_tui.tui.panes.picklist import PickList
from llmopt_tui.tui.panes.plan_line import PlanLine
from llmopt_tui.tui.panes.pull_panel import PullPanel
from llmopt_tui.tui.panes.start_panel import StartPanel
from llmopt_tui.tui.panes.suggestion_card import CHOICES, Choice, SuggestionCard
from llmopt_tui.tui.pulling import (
    Lack,
    PullController,
    Pulled,
    RunRequest,
    ask_before,
    ask_to_pull,
    lack_of,
    missing_models,
)
from llmopt_tui.tui.run_actions import RunActions, key_names
from llmopt_tui.tui.screens import first_frame
from llmopt_tui.tui.session_view import FLUSH_SECONDS, SessionView

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmopt_tui.app.endpoints import EndpointSurvey
    from llmopt_tui.app.workspace import LoadedCases
    from llmopt_tui.core.events import Event, Signal
    from llmopt_tui.state.run_state import RunState
    from llmopt_tui.tui.app import LlmoptApp

TABS = {"models": "1 Models", "cases": "2 Cases", "log": "3 Log", "talk": "4 Interviewer"}
_MISSING = "missing"
_TABBED = {"left", "models", "cases", "session", "log", "talk"}


class Workbench(RunActions, Screen[None]):
    """The main screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings("run"),
        *commands.bindings("workbench"),
        *commands.bindings("session", everywhere=True),
        Binding("tab", "next_stop(1)", "Next pane", show=False),
        Binding("shift+tab", "next_stop(-1)", "Previous pane", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = first_frame.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [  # type: ignore[misc]
        (0, "-short"),
        (32, "-tall"),
    ]
    AUTO_FOCUS = "#models-list"

    app: LlmoptApp

    def __init__(
        self,
        controller: Callable[[Workbench], RunController],
        pulls: Callable[[Workbench], PullController],
    ) -> None:
        super().__init__()
        self._unsubscribe: Callable[[], None] = lambda: None
        self.controller = controller(self)
        self.pulls = pulls(self)
        self.surveys: list[EndpointSurvey] = []
        self.loaded: LoadedCases | None = None
        self._tab = "models"
        self._waiting_for = ""
        self._refreshing: Timer | None = None
        self._step: object = None
        self._step_at = 0.0
        self._rung_for: object = None

    def compose(self) -> ComposeResult:
        """Bars above and below, panes between."""
        yield TopBar("workbench")
        yield Bar(id="tabs")
        with Horizontal(classes="row"):
            with Vertical(id="left", classes="column"):
                yield ModelsPane(id="models", classes="pane")
                yield CasesPane(id="cases", classes="pane -away")
            yield SessionView(monotonic=self.app.clock.monotonic, id="session")
        yield Notices()
        yield PullPanel(self.pulls, self.app.clock)
        yield PlanLine(self.app.workspace.results, self.controller.time_left)
        yield StatusLine(self._run_facts)
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the empty panes first; what they hold is asked for afterwards."""
        keymap = self.app.keymap
        self.query_one(InterviewerPane).keys = {
            choice: commands.key_of(choice, keymap) for choice in CHOICES
        }
        self._start("Looking for models and cases …")
        self._refresh_chrome()
        self.call_after_refresh(self.action_reload)

    # Data, after the first frame

    def action_reload(self) -> None:
        """Ask the endpoints and read the cases."""
        self.run_worker(self._read_cases(), group="cases", exclusive=True, exit_on_error=False)
        self.run_worker(self._ask_endpoints(), group="models", exclusive=True, exit_on_error=False)

    async def _read_cases(self) -> None:
        workspace = self.app.workspace
        self.loaded = await asyncio.to_thread(workspace.load_cases)
        self.query_one(CasesPane).show(self.loaded, one_line(str(workspace.cases), 200))
        self._hint()
        self._refresh_chrome()

    async def _ask_endpoints(self) -> None:
        from llmopt_tui.core.ports import ModelError

        endpoints = self.app.endpoints
        try:
            if endpoints.embedded:
                self._getting_embedded()
                await endpoints.start(self.query_one(StartPanel).progress)
            self._waiting_for = "asking what models there are"
            self.surveys = await endpoints.survey()
        except ModelError as error:
            self._start(
                f"The embedded model could not be started.\n{error}",
                start_panel.AGAIN,
                start_panel.HOST,
                start_panel.BROWSE,
                needed=True,
            )
        else:
            self.query_one(ModelsPane).show(
                self.surveys,
                endpoints.settings.baseline,
                missing_models(self.surveys, endpoints),
                endpoints.interviewer,
            )
            self._hint()
        finally:
            self._waiting_for = ""
            self._refresh_chrome()

    async def _use_embedded(self) -> None:
        from llmopt_tui.core.ports import ModelError

        self._getting_embedded()
        try:
            await self.app.endpoints.use_embedded(self.query_one(StartPanel).progress)
        except ModelError as error:
            self.query_one(Notices).add(str(error))
        await self._ask_endpoints()

    def _getting_embedded(self) -> None:
        # Needed: a download must be seen to progress on a narrow screen too.
        self._start("Getting the embedded model …", needed=True)
        self._waiting_for = "getting the embedded model"

    async def _use_host(self, host: str) -> None:
        from llmopt_tui.app.endpoints import WrongRequest

        try:
            await self.app.endpoints.use_host(host)
        except WrongRequest as error:
            self.query_one(Notices).add(str(error))
            return
        self._start(f"Asking {host} …")
        await self._ask_endpoints()

    def _hint(self) -> None:
        """Say in the Live log what is missing, or how to begin."""
        if not self.surveys:
            return
        alive = [survey for survey in self.surveys if survey.error is None]
        if not alive:
            tried = "\n".join(f"{one_line(s.url, 200)}: {s.error}" for s in self.surveys)
            self._start(
                tried,
                start_panel.EMBEDDED,
                start_panel.HOST,
                start_panel.BROWSE,
                start_panel.AGAIN,
                needed=True,
            )
        elif not any(survey.models for survey in alive):
            where = ", ".join(one_line(survey.url, 200) for survey in alive)
            key, keymap = commands.key_of, self.app.keymap
            can_pull = any(survey.can_pull for survey in alive)
            self._start(
                f"{where} has no models yet."
                + f" Pick some in Models with {key('pick', keymap)}, then "
                f"{key('pull', keymap)} pulls them." * can_pull,
                start_panel.EMBEDDED,
                start_panel.HOST,
                start_panel.AGAIN,
                needed=True,
            )
        elif self.loaded is not None and not self.loaded.cases:
            self._start("There is no case to run yet: see Cases.")
        else:
            key = commands.key_of
            keymap = self.app.keymap
            self._start(
                f"Pick a model and a case with {key('pick', keymap)}, "
                f"then {key('run', keymap)} runs them."
            )

    def _start(self, text: str, *offers: start_panel.Offer, needed: bool = False) -> None:
        self.query_one(StartPanel).say(text, offers)
        self.set_class(needed, "-start-needed")
        self._select_tab(self._tab)

    def on_start_panel_chosen(self, event: StartPanel.Chosen) -> None:
        """A way out was chosen."""
        match event.offer:
            case start_panel.EMBEDDED.id:
                work = self._use_embedded()
            case start_panel.HOST.id:
                work = self._use_host(event.host)
            case start_panel.BROWSE.id:
                self.app.action_sessions()
                return
            case _:
                self._start("Looking again …")
                work = self._ask_endpoints()
        self.run_worker(work, group="models", exclusive=True, exit_on_error=False)

    def on_cases_pane_starter_wanted(self) -> None:
        """Make the starter workspace, then read it."""
        self.run_worker(self._make_starter(), group="cases", exclusive=True, exit_on_error=False)

    async def _make_starter(self) -> None:
        from llmopt_tui.app.workspace import WorkspaceError, init_workspace

        try:
            await asyncio.to_thread(init_workspace, self.app.workspace.root)
        except WorkspaceError as error:
            self.query_one(Notices).add(str(error))
        await self._read_cases()

    # The run

    def action_start_run(self) -> None:
        """Run what is picked, or say what is missing."""
        if self.controller.running:
            self.app.say("A run is under way. Stop it before starting another.")
            return
        models, cases = self.query_one(ModelsPane), self.query_one(CasesPane)
        if not models.picked or not cases.picked:
            self._say_missing(models, cases)
            return
        self.query_one(Notices).clear(_MISSING)
        request = RunRequest(tuple(models.picked), tuple(cases.picked))
        lack = lack_of(request, self.app.endpoints, models.missing, models.installed)
        if lack:
            self.run_worker(
                self._ask_then_run(request, lack), group="ask", exclusive=True, exit_on_error=False
            )
        else:
            self._run(request)

    async def _ask_then_run(self, request: RunRequest, lack: Lack) -> None:
        answer = await ask_before(self.app, request, lack)
        if answer is None:
            return
        if answer.playbook:
            self.app.endpoints.use_playbook()
        if answer.pull:
            self.pulls.start(answer.pull, answer.run)
        else:
            self._run(answer.run)

    def _run(self, request: RunRequest) -> None:
        known = {case.id: case for case in self.loaded.cases} if self.loaded else {}
        if self.controller.running:
            self.app.say("A run is under way. What was pulled for the next one is there.")
            return
        self.controller.start(
            Job(model, known[case])
            for model in request.models
            for case in request.cases
            if case in known
        )
        self._select_tab("log")

    # Downloads

    def action_pull(self) -> None:
        """Download what is picked, or else highlighted; what failed is tried again."""
        if self.pulls.problem:
            self.pulls.retry()
            return
        wanted = self.query_one(ModelsPane).to_pull
        if names := [name for name in wanted if name not in self.pulls.queue]:
            self.run_worker(
                self._ask_then_pull(names), group="ask", exclusive=True, exit_on_error=False
            )
        elif not self.pulls.running:
            self.app.say("There is nothing to pull: pick a model that is marked so in Models.")

    async def _ask_then_pull(self, names: list[str]) -> None:
        if await ask_to_pull(self.app, names):
            self.pulls.start(names)

    def action_cancel_pull(self) -> None:
        """Stop downloading."""
        if self.pulls.cancel():
            self.app.say("Cancelled. What has come is kept: pulling again goes on from there.")

    def on_pull_panel_chosen(self, message: PullPanel.Chosen) -> None:
        """A button of the download was pressed."""
        match message.what:
            case "again":
                self.pulls.retry()
            case "dismiss":
                self.pulls.dismiss()
            case _:
                self.action_cancel_pull()

    def on_pulls_changed(self) -> None:
        """A download began, failed or ended."""
        self.query_one(PullPanel).draw()
        self._refresh_chrome()

    def on_pulled(self, message: Pulled) -> None:
        """Pick what is installed now, and start the run that waited for it."""
        self.run_worker(self._take_in(message), group="pulled", exit_on_error=False)

    async def _take_in(self, message: Pulled) -> None:
        pane = self.query_one(ModelsPane)
        picked = pane.picked
        await self._ask_endpoints()
        for name in message.models:
            if name in picked or not same_model(name, self.app.endpoints.interviewer):
                pane.rows.pick(find_name(name, pane.installed) or name)
        if message.run:
            self._run(message.run.as_installed(pane.installed))

    def _say_missing(self, models: ModelsPane, cases: CasesPane) -> None:
        key = commands.key_of("pick", self.app.keymap)
        sentences = ["Nothing to run yet."]
        for what, pane in (("model", models), ("case", cases)):
            if not pane.rows.option_count:
                sentences.append(f"There is no {what}.")
            elif not pane.picked:
                sentences.append(f"Pick a {what} in {pane.BORDER_TITLE} with {key}.")
        notices = self.query_one(Notices)
        notices.clear(_MISSING)
        notices.add(" ".join(sentences), _MISSING)
        self.action_pane("cases" if models.picked else "models")

    def on_pick_list_picked(self, event: PickList.Picked) -> None:
        """What was missing may be there now."""
        event.stop()
        self.query_one(Notices).clear(_MISSING)
        self._refresh_chrome()

    def action_pick(self) -> None:
        """Pick with the mouse what the keyboard has highlighted."""
        focused = self.focused
        (
            focused if isinstance(focused, PickList) else self.query_one(ModelsPane).rows
        ).action_pick()

    def action_transfer(self) -> None:
        """Have the next run try best prompts on other models, or not. The plan says so; where
        there is none, a passing word does."""
        run = self.controller
        run.transfer = not run.transfer
        self._refresh_chrome()
        if not self.query_one(PlanLine).display:
            self.app.say(
                "The next run ends by trying each model's best prompt on the others."
                if run.transfer
                else "The next run tries no prompts on other models."
            )

    def action_accept(self) -> None:
        """Accept the suggestion that waits."""
        self._choose("accept")

    def action_edit(self) -> None:
        """Edit the suggestion that waits."""
        self._choose("edit")

    def action_reject(self) -> None:
        """Reject the suggestion that waits."""
        self._choose("reject")

    def _choose(self, choice: Choice) -> None:
        if card := self.query_one(InterviewerPane).card:
            card.choose(choice)

    def action_ask(self) -> None:
        """Go to the interviewer's input."""
        self._select_tab("talk")
        self.query_one(AskInput).focus()

    def action_show_next(self) -> None:
        """Show the next session whose suggestion waits."""
        self.controller.show_next()

    def action_follow(self) -> None:
        """Follow the log from wherever the focus is."""
        self.query_one(SessionView).action_follow()

    def action_prompt(self) -> None:
        """Prompts as differences or whole."""
        self.query_one(SessionView).action_prompt()

    def action_outputs(self) -> None:
        """Show or fold the answers."""
        self.query_one(SessionView).action_outputs()

    def action_thoughts(self) -> None:
        """Show or fold the thoughts."""
        self.query_one(SessionView).action_thoughts()

    def action_dismiss_notice(self) -> None:
        """Take the newest message away."""
        if not self.query_one(Notices).dismiss():
            self.pulls.dismiss()

    def on_session_shown(self, message: SessionShown) -> None:
        """Draw the session that is at work, or that asks something."""
        state = message.state
        self.remove_class("-start-needed")
        self.query_one(SessionView).show(state)
        self._unsubscribe()
        self._unsubscribe = state.subscribe(self._noticed)
        if self.focused is None or isinstance(self.focused, PickList):  # None: its tab is hidden
            self.call_after_refresh(self.action_pane, "log")
        self._refresh_chrome()

    def on_run_changed(self) -> None:
        """The run began, paused, went on or ended."""
        self._refresh_chrome()
        if not self.controller.chatting:
            self.query_one(InterviewerPane).answered()

    def on_run_problem(self, message: RunProblem) -> None:
        """Say it, until it is dismissed."""
        self.query_one(Notices).add(message.text)

    def on_suggestion_card_decided(self, message: SuggestionCard.Decided) -> None:
        """Hand the decision on."""
        message.stop()
        if message.choice == "accept":
            self.controller.accept()
        else:
            self.controller.reject(message.note)

    def on_suggestion_card_edit_wanted(self, message: SuggestionCard.EditWanted) -> None:
        """Open the editor on the suggestion."""
        message.stop()
        from llmopt_tui.tui.screens.editor import PromptEditor

        self.app.push_screen(PromptEditor(message.text, message.parent), self._edited)

    def _edited(self, text: str | None) -> None:
        if text is not None and not self.controller.edit(text):
            self.app.say("The suggestion had been decided already; the edit was not used.")

    def on_interviewer_pane_asked(self, message: InterviewerPane.Asked) -> None:
        """Put the question to the interviewer."""
        message.stop()
        if self.controller.chat(message.text):
            self.query_one(InterviewerPane).asked(message.text)
        else:
            self.app.say("There is something to talk about once an interview has been held.")

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker of this screen that failed is said, not swallowed."""
        if event.state is WorkerState.ERROR and event.worker.node is self:
            error = event.worker.error
            self.query_one(Notices).add(f"{type(error).__name__}: {error}")

    def _noticed(self, event: Event | Signal) -> None:
        from llmopt_tui.core.events import InterviewStreamed, RunStreamed

        if not isinstance(event, RunStreamed | InterviewStreamed):
            self._refresh_soon()

    def _refresh_soon(self) -> None:
        """Several events in a row are one change to the eye."""
        if self._refreshing is None:
            self._refreshing = self.set_timer(FLUSH_SECONDS, self._refresh_chrome)

    # What is around the panes

    def _run_facts(self) -> tuple[RunState | None, RunFacts]:
        run, now = self.controller, self.app.clock.monotonic()
        step = step_key(run.state) if run.running else self._waiting_for
        if step != self._step:
            self._step, self._step_at = step, now
        return run.state, RunFacts(
            running=run.running,
            waiting_for=self._waiting_for,
            can_run=bool(self.loaded and self.loaded.cases and any(s.models for s in self.surveys)),
            stopping=run.stopping,
            pausing=run.paused,
            position=run.position,
            total=run.total,
            waiting=len(run.waiting),
            elapsed=run.elapsed,
            doing_for=now - self._step_at,
            now=self.app.clock.now(),
            pause_key=commands.key_of("pause", self.app.keymap),
            left=run.time_left.words(run.suite) if run.running and run.suite else "",
        )

    @property
    def deciding(self) -> bool:
        """Whether a suggestion waits for the person."""
        state = self.controller.state
        return bool(state and state.proposal and not state.proposal.pending.resolved)

    def _refresh_chrome(self) -> None:
        if not self.is_attached:
            return
        self._refreshing = None
        run = self.controller
        alive = [(survey.name, survey.error is None) for survey in self.surveys]
        self.query_one(TopBar).show(alive, self.app.endpoints.interviewer, run.mode)
        self.query_one(StatusLine).draw()
        self._draw_plan()
        self._draw_keys()
        self._select_tab(self._tab)
        self._call_for_attention()

    def _draw_plan(self) -> None:
        """What the picked models and cases are going to take, while nothing runs."""
        models, cases = self.query_one(ModelsPane).picked, self.query_one(CasesPane).picked
        known = {case.id: case for case in self.loaded.cases} if self.loaded else {}
        picked = [] if self.controller.running else [known[c] for c in cases if c in known]
        settings = self.app.endpoints.settings.loop()
        self.query_one(PlanLine).show(models, picked, settings, transfer=self.controller.transfer)

    def _draw_keys(self) -> None:
        run = self.controller
        names = key_names(run)
        if self.deciding:
            more = ["next_suggestion", "inbox"] if len(run.waiting) > 1 else []
            ids = ["accept", "edit", "reject", *more, "interviewer", "pause", "stop", "mode"]
        elif run.running:
            ids = ["pause", "stop", "mode", "interviewer", "follow", "outputs"]
        elif self.query_one(ModelsPane).missing:
            ids = ["pick", "run", "pull", "mode", "sessions", "copy", "transfer"]
        else:
            ids = ["pick", "run", "mode", "sessions", "copy", "transfer"]
        if self.pulls.problem:
            names["pull"] = "try again"
            ids = ["pull", *(name for name in ids if name != "pull")]
        elif self.pulls.running:
            ids.insert(0, "cancel_pull")
        self.query_one(KeyBar).show([*ids, "help", "palette", "quit"], self.app.keymap, names)

    def _draw_tabs(self) -> None:
        parts: list[str | Content] = [" "]
        wanting = {
            "talk": self.deciding,
            "models": self.has_class("-start-needed"),
        }
        for name, title in TABS.items():
            mark = " ●" if wanting.get(name) else "  "
            style = "bold reverse" if name == self._tab else ""
            parts += [link(f" {title}{mark}", f"screen.pane('{name}')", style), " "]
        self.query_one("#tabs", Bar).put(Content.assemble(*parts))

    def _call_for_attention(self) -> None:
        state = self.controller.state
        proposal = state.proposal if state and self.deciding else None
        pending = proposal.pending if proposal else None
        if pending is not self._rung_for:
            self._rung_for = pending
            self.app.call_for_attention(
                f"suggestion {proposal.interview} waits" if proposal else ""
            )

    # Where the focus goes

    def _stops(self) -> list[tuple[str, Widget]]:
        """What tab goes through, each with its pane: all that could have the focus, were its tab
        chosen."""
        narrow = self.has_class("-narrow")
        starts = "models" if narrow and self.has_class("-start-needed") else "log"
        found: list[tuple[str, Widget]] = [
            *(("models", w) for w in self.query("#models-list")),
            *(("cases", w) for w in self.query("#cases-list, #make-starter")),
            *((starts, w) for w in self.query("StartPanel Button, StartPanel Input")),
            *(("log", w) for w in self.query(Cards)),
            *(("talk", w) for w in self.query("#talk-history, #suggestion-buttons Button")),
            *(("talk", w) for w in self.query("NoteInput, AskInput")),
        ]
        return [(pane, stop) for pane, stop in found if self._reachable(stop)]

    def _reachable(self, stop: Widget) -> bool:
        """Whether nothing but the choice of a tab hides it."""
        return not stop.disabled and all(
            node.display or node.has_class("-away") or node.id in _TABBED
            for node in stop.ancestors_with_self
            if isinstance(node, Widget)
        )

    def action_next_stop(self, by: int) -> None:
        """Go on to the next thing that takes keys, turning the tabs of a narrow terminal."""
        stops = self._stops()
        widgets = [stop for _, stop in stops]
        if self.focused not in widgets:
            self.focus_next() if by > 0 else self.focus_previous()
            return
        pane, stop = stops[(widgets.index(self.focused) + by) % len(stops)]
        self._select_tab(pane)
        self.set_focus(stop)

    def action_pane(self, name: str) -> None:
        """Go to a pane."""
        self._select_tab(name)
        for pane, stop in self._stops():
            if pane == name:
                self.set_focus(stop)
                return

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """What has the focus is to be seen."""
        for pane, stop in self._stops():
            if stop is event.widget and pane != self._tab:
                self._select_tab(pane)

    def _select_tab(self, name: str) -> None:
        """In a narrow terminal, show one pane, and of the others what must be answered."""
        self._tab = name
        left = name in ("models", "cases")
        start = name == "models" and self.has_class("-start-needed")
        card = name != "talk" and self.deciding
        shown = {name} | ({"log"} if start else set()) | ({"talk"} if card else set())
        part = ({"models", "left"} if start else set()) | ({"talk"} if card else set())
        if left and not start:
            part.add("session")
        shown |= {"left"} if left else set()
        shown |= {"session"} if shown & {"log", "talk"} else set()
        for pane in _TABBED:
            widget = self.query_one(f"#{pane}")
            widget.set_class(pane not in shown, "-away")
            widget.set_class(pane in part, "-part")
        self._draw_tabs()
