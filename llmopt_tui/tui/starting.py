"""Starting: begins a run of what is picked, says what is missing, and asks what to pull first."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from llmopt_tui.core.text.names import find_name, same_model
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.news import RunRequest
from llmopt_tui.tui.notices import Notices
from llmopt_tui.tui.panes.cases import CasesPane
from llmopt_tui.tui.panes.models import ModelsPane
from llmopt_tui.tui.panes.plan_line import PlanLine
from llmopt_tui.tui.pulling import Lack, ask_before, ask_to_pull, lack_of

if TYPE_CHECKING:
    from llmopt_tui.core.case import Case
    from llmopt_tui.tui.news import Pulled
    from llmopt_tui.tui.screens.workbench import Workbench

_MISSING = "missing"
"""The subject of notices about an incomplete choice."""


class Starting:
    """Begins runs and downloads of what is picked. It asks the person in the screen's workers."""

    def __init__(self, screen: Workbench) -> None:
        self._screen = screen

    def run(self) -> None:
        """Run what is picked, or say what is missing."""
        screen = self._screen
        if screen.controller.running:
            screen.app.say("A run is under way. Stop it before starting another.")
            return
        models, cases = screen.query_one(ModelsPane), screen.query_one(CasesPane)
        if not models.picked or not cases.picked:
            self._say_missing(models, cases)
            return
        self.picked()
        self._begin_or_ask(RunRequest(tuple(models.picked), tuple(cases.picked)))

    def run_given(self, model: str, case: Case) -> None:
        """Run a model on a case as it is given, whatever the file of its id holds."""
        if self._screen.controller.running:
            self._screen.app.say("A run is under way. Stop it before starting another.")
        else:
            self._begin_or_ask(RunRequest((model,), (case.id,), (case,)))

    def _begin_or_ask(self, request: RunRequest) -> None:
        """Begin a run, after asking about what it lacks."""
        screen, models = self._screen, self._screen.query_one(ModelsPane)
        lack = lack_of(request, screen.app.endpoints, models.missing, models.installed)
        if lack:
            self._ask(self._ask_then_run(request, lack))
        else:
            self._begin(request)

    def picked(self) -> None:
        """Remove the notice about an incomplete choice, since the choice has changed."""
        self._screen.query_one(Notices).clear(_MISSING)

    def toggle_transfer(self) -> None:
        """Switch whether the next run tries best prompts on other models.

        The plan shows it; if no plan is shown, a notification does.
        """
        run = self._screen.controller
        run.transfer = not run.transfer
        if not self._screen.query_one(PlanLine).display:
            self._screen.app.say(
                "The next run ends by trying each model's best prompt on the others."
                if run.transfer
                else "The next run tries no prompts on other models."
            )

    def _say_missing(self, models: ModelsPane, cases: CasesPane) -> None:
        key = key_of("pick", self._screen.app.keymap)
        sentences = ["Nothing to run yet."]
        for what, pane in (("model", models), ("case", cases)):
            if not pane.rows.option_count:
                sentences.append(f"There is no {what}.")
            elif not pane.picked:
                sentences.append(f"Pick a {what} in {pane.BORDER_TITLE} with {key}.")
        notices = self._screen.query_one(Notices)
        notices.clear(_MISSING)
        notices.add(" ".join(sentences), _MISSING)
        self._screen.action_pane("cases" if models.picked else "models")

    async def _ask_then_run(self, request: RunRequest, lack: Lack) -> None:
        screen = self._screen
        answer = await ask_before(screen.app, request, lack)
        if answer is None:
            return
        if answer.playbook:
            screen.app.endpoints.use_playbook()
        if answer.pull:
            screen.pulls.start(answer.pull, answer.run)
        else:
            self._begin(answer.run)

    def _begin(self, request: RunRequest) -> None:
        screen = self._screen
        known = screen.finding.cases | {case.id: case for case in request.given}
        if screen.controller.running:
            screen.app.say("A run is under way. The models for the next one are installed.")
            return
        screen.controller.start(
            [
                (model, known[each])
                for model in request.models
                for each in request.cases
                if each in known
            ]
        )
        screen.tabs.select("log")

    def pull(self) -> None:
        """Download the picked models, or else the highlighted one. Try a failed download again."""
        screen = self._screen
        if screen.pulls.problem:
            screen.pulls.retry()
            return
        wanted = screen.query_one(ModelsPane).to_pull
        if names := [name for name in wanted if name not in screen.pulls.queue]:
            self._ask(self._ask_then_pull(names))
        elif not screen.pulls.running:
            screen.app.say("There is nothing to pull: pick a model that is marked so in Models.")

    async def _ask_then_pull(self, names: list[str]) -> None:
        if await ask_to_pull(self._screen.app, names):
            self._screen.pulls.start(names)

    def _ask(self, work: Awaitable[None]) -> None:
        self._screen.run_worker(work, group="ask", exclusive=True, exit_on_error=False)

    async def take_in(self, pulled: Pulled) -> None:
        """Pick the newly installed models, and start the run that waited for them."""
        screen = self._screen
        pane = screen.query_one(ModelsPane)
        picked = pane.picked
        await screen.finding.ask_endpoints()
        for name in pulled.models:
            if name in picked or not same_model(name, screen.app.endpoints.interviewer):
                pane.rows.pick(find_name(name, pane.installed) or name)
        if pulled.run:
            self._begin(pulled.run.as_installed(pane.installed))
