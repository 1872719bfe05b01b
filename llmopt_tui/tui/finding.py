"""Finding: looks for models and cases; the start panel says what is missing or how to begin."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.error_words import error_words
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.news import Found
from llmopt_tui.tui.notices import Notices
from llmopt_tui.tui.panes import start_panel
from llmopt_tui.tui.panes.cases import CasesPane
from llmopt_tui.tui.panes.models import ModelsPane
from llmopt_tui.tui.panes.start_panel import Offer, StartPanel
from llmopt_tui.tui.pulling import missing_models

if TYPE_CHECKING:
    from llmopt_tui.app.surveys import EndpointSurvey
    from llmopt_tui.app.workspace import LoadedCases
    from llmopt_tui.core.case import Case
    from llmopt_tui.store.sessions import SessionSummary
    from llmopt_tui.tui.screens.workbench import Workbench


class Finding:
    """Reads the cases and asks the endpoints for models, by workers of the screen.

    It fills the screen's panes, and calls `changed` when it has found something or waits for
    something. `waiting_for` says in words what it waits for, "" for nothing. `needed` is true while
    nothing can run until the person chooses an offer of the start panel.
    """

    def __init__(self, screen: Workbench, changed: Callable[[], None]) -> None:
        self.surveys: list[EndpointSurvey] = []
        self.loaded: LoadedCases | None = None
        self.waiting_for = ""
        self.needed = False
        self._screen, self._changed = screen, changed
        self._interrupted: SessionSummary | None = None

    @property
    def cases(self) -> dict[str, Case]:
        """The cases that can be run, by their ids."""
        return {case.id: case for case in self.loaded.cases} if self.loaded else {}

    @property
    def can_run(self) -> bool:
        """Whether there is at least one model and one case to pick."""
        return bool(self.cases) and any(survey.models for survey in self.surveys)

    def begin(self) -> None:
        """Say that models and cases are being looked for, before the search begins."""
        self._say("Looking for models and cases …")

    def look(self) -> None:
        """Ask the endpoints and read the cases."""
        self._work(self._read_cases(), "cases")
        self._work(self.ask_endpoints(), "models")
        self._work(self._look_for_interrupted(), "interrupted")

    def look_at_cases(self) -> None:
        """Read the cases again."""
        self._work(self._read_cases(), "cases")

    def take(self, offer: str, host: str) -> None:
        """Carry out the offer of the start panel that has this id."""
        match offer:
            case start_panel.EMBEDDED.id:
                self._work(self._use_embedded(), "models")
            case start_panel.HOST.id:
                self._work(self._use_host(host), "models")
            case start_panel.RESUME.id:
                self._work(self._resume(), "resume")
            case start_panel.BROWSE.id:
                self._screen.app.action_sessions()
            case start_panel.OWN_CASE.id:
                self._screen.app.new_case()
            case start_panel.STARTER.id:
                self.make_starter()
            case _:
                self._say("Looking again …")
                self._work(self.ask_endpoints(), "models")

    def make_starter(self) -> None:
        """Create the starter prompts and cases, then read them."""
        self._work(self._make_starter(), "cases")

    def session_shown(self) -> None:
        """Remember that a session is shown in place of the start panel."""
        self.needed = False

    def _work(self, work: Awaitable[None], group: str) -> None:
        self._screen.run_worker(work, group=group, exclusive=True, exit_on_error=False)

    async def _read_cases(self) -> None:
        workspace = self._screen.app.workspace
        self.loaded = await asyncio.to_thread(workspace.load_cases)
        self._screen.query_one(CasesPane).show(self.loaded, one_line(str(workspace.cases), 200))
        self._hint()
        self._changed()
        self._screen.app.tell_screens(Found())

    async def _look_for_interrupted(self) -> None:
        from llmopt_tui.app.last_run import interrupted_run

        results = self._screen.app.workspace.results
        self._interrupted = await asyncio.to_thread(interrupted_run, results)
        if self._interrupted:
            self._hint()

    async def _resume(self) -> None:
        from llmopt_tui.tui.resuming import NotResumableError, resumable

        if self._interrupted is None:
            return
        try:
            found = await asyncio.to_thread(resumable, self._interrupted)
        except NotResumableError as error:
            self._screen.query_one(Notices).add(str(error))
        else:
            self._screen.app.resume(found)

    async def ask_endpoints(self) -> None:
        """Ask the endpoints for their models."""
        endpoints, panel = self._screen.app.endpoints, self._screen.query_one(StartPanel)
        try:
            if endpoints.embedded:
                self._getting_embedded()
                await endpoints.start(panel.progress)
            self.waiting_for = "asking what models there are"
            self._changed()
            self.surveys = await endpoints.survey()
        except Exception as error:  # whatever it is, it is said where the models would be
            failed = (
                "The embedded model could not be started."
                if endpoints.embedded
                else "The servers could not be asked for their models."
            )
            self._say(
                f"{failed}\n{error_words(error)}",
                start_panel.AGAIN,
                start_panel.HOST,
                start_panel.BROWSE,
                needed=True,
            )
        else:
            self.show_models()
            self._hint()
        finally:
            self.waiting_for = ""
            self._changed()
            self._screen.app.tell_screens(Found())

    def show_models(self) -> None:
        """Show what was found, with the baseline and the interviewer of the present settings."""
        endpoints = self._screen.app.endpoints
        self._screen.query_one(ModelsPane).show(
            self.surveys,
            endpoints.settings.baseline,
            missing_models(self.surveys, endpoints),
            endpoints.interviewer,
        )

    async def _use_embedded(self) -> None:
        from llmopt_tui.core.ports import ModelError

        self._getting_embedded()
        try:
            panel = self._screen.query_one(StartPanel)
            await self._screen.app.endpoints.use_embedded(panel.progress)
        except ModelError as error:
            self._screen.query_one(Notices).add(str(error))
        await self.ask_endpoints()

    def _getting_embedded(self) -> None:
        self.waiting_for = "getting the embedded model"
        # Needed, so that the download's progress is visible on a narrow screen too.
        self._say("Getting the embedded model …", needed=True)

    async def _use_host(self, host: str) -> None:
        from llmopt_tui.app.wrong_request import WrongRequest

        try:
            await self._screen.app.endpoints.use_host(host)
        except WrongRequest as error:
            self._screen.query_one(Notices).add(str(error))
            return
        self._say(f"Asking {host} …")
        await self.ask_endpoints()

    async def _make_starter(self) -> None:
        from llmopt_tui.app.workspace import WorkspaceError, init_workspace

        try:
            await asyncio.to_thread(init_workspace, self._screen.app.workspace.root)
        except WorkspaceError as error:
            self._screen.query_one(Notices).add(str(error))
        await self._read_cases()

    def _hint(self) -> None:
        """Say in the start panel what is missing, or how to begin."""
        if not self.surveys:
            return
        keymap = self._screen.app.keymap
        pick, pull, run = (key_of(name, keymap) for name in ("pick", "pull", "run"))
        alive = [survey for survey in self.surveys if survey.error is None]
        if not alive:
            tried = "\n".join(f"{one_line(s.url, 200)}: {s.error}" for s in self.surveys)
            self._say(
                tried,
                start_panel.EMBEDDED,
                start_panel.HOST,
                start_panel.BROWSE,
                start_panel.AGAIN,
                needed=True,
            )
        elif not any(survey.models for survey in alive):
            where = ", ".join(one_line(survey.url, 200) for survey in alive)
            how = f" Pick some in Models with {pick}, then {pull} pulls them."
            can_pull = any(survey.can_pull for survey in alive)
            self._say(
                f"{where} has no models yet.{how * can_pull}",
                start_panel.EMBEDDED,
                start_panel.HOST,
                start_panel.AGAIN,
                needed=True,
            )
        elif self.loaded is not None and not self.loaded.cases:
            self._say(
                "There is no case yet: a task with examples to run models on.",
                start_panel.OWN_CASE,
                start_panel.STARTER,
                needed=True,
            )
        else:
            cases, trying = (key_of(name, keymap) for name in ("case_screen", "try"))
            how = (
                f"Pick a model and a case with {pick}, then {run} runs them.\n"
                f"{cases} makes a case of a file of yours, {trying} tries a prompt on one example."
            )
            if (left := self._interrupted) is None:
                self._say(how)
                return
            from llmopt_tui.tui.session_table import date_text, model_text

            what = one_line(f"{model_text(left)} × {left.case_id}", 120)
            said = f"The run of {date_text(left)} was interrupted: {what}."
            self._say(f"{said}\n\n{how}", start_panel.RESUME)

    def _say(self, text: str, *offers: Offer, needed: bool = False) -> None:
        self._screen.query_one(StartPanel).say(text, offers)
        self.needed = needed
        self._changed()
