"""Opening prompts in Try: from any screen, from a session, and before the app is left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.screen import Screen

from llmopt_tui.core.prompt import Prompt

if TYPE_CHECKING:
    from llmopt_tui.core.case import Case
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.variant import Variant
    from llmopt_tui.tui.app import LlmoptApp
    from llmopt_tui.tui.finding import Finding
    from llmopt_tui.tui.panes.log_order import Place
    from llmopt_tui.tui.screens.trying import TryScreen
    from llmopt_tui.tui.screens.workbench import Workbench
    from llmopt_tui.tui.session_view import SessionView
    from llmopt_tui.tui.try_controller import TryController


@dataclass(frozen=True, slots=True)
class ToTry:
    """A prompt to open in Try. What is None or "" there stays as it was chosen."""

    prompt: Prompt
    case: Case | None = None
    example_id: str = ""
    model: str = ""


class OpensTry(App[None]):
    """The part of the app by which every screen reaches Try."""

    trials: TryController

    @property
    def workbench(self) -> Workbench:
        """The main screen, which knows the models and cases that were found."""
        screen: Any = self.get_screen_stack("workbench")[0]
        return screen  # type: ignore[no-any-return]

    @property
    def finding(self) -> Finding:
        """What the Workbench found: models and cases."""
        return self.workbench.finding

    def open_in_try(
        self,
        prompt: Prompt | Variant,
        case: Case | None = None,
        example_id: str = "",
        model: str = "",
    ) -> None:
        """Open a prompt in Try, with the case, example and model that are given.

        Where the person is writing another prompt there, they are asked first.
        """
        if not isinstance(prompt, Prompt):
            named = case.prompt if case else Prompt("prompt", "")
            prompt = named.with_variant(prompt)
        self.action_try()
        self._try_screen.take(ToTry(prompt, case, example_id, model))

    def action_try(self) -> None:
        """Go to the Try screen."""
        if self.current_mode != "try":
            self.switch_mode("try")

    @property
    def _try_screen(self) -> TryScreen:
        screen: Any = self.get_screen_stack("try")[0]
        return screen  # type: ignore[no-any-return]

    def new_try_screen(self) -> Screen[Any]:
        """The Try screen, made when it is first gone to."""
        from llmopt_tui.tui.screens.trying import TryScreen

        return TryScreen(self.trials)

    async def ask_about_prompt(self, leave: Callable[[], Awaitable[None]]) -> None:
        """Leave, after asking if a prompt in Try is not saved. To quit while asked means yes."""
        from llmopt_tui.tui.screens.dialogs import Leave

        if isinstance(self.screen, Leave) or not self._holds_unsaved_prompt():
            await leave()
            return

        async def answered(wanted: bool | None) -> None:
            if wanted:
                await leave()

        title = "Leave without saving the prompt in Try?"
        detail = "What you wrote there is in no file yet. In Try, ctrl+s saves it."
        self.push_screen(Leave(title, detail, yes="Leave", no="Stay"), answered)

    def _holds_unsaved_prompt(self) -> bool:
        try:
            return self._try_screen.unsaved
        except KeyError:  # the screen was never opened
            return False


def open_selected(view: SessionView) -> None:
    """Open the suggestion that has the focus in Try, else the prompt selected in the log."""
    app: LlmoptApp = view.app
    record = view.state.record if view.state else None
    if record is None or record.started is None or not record.iterations:
        app.say("There is no prompt to try yet.")
        return
    pane = view.decision_pane
    card = pane.card if pane and pane.has_pseudo_class("focus-within") else None
    if card is not None:
        interview = record.interview(card.proposal.interview)
        parent = record.parent_of(interview) if interview else record.original
        variant = card.kept.variant_of(parent)
    else:
        variant = variant_at(record, view.log_pane.at)
    iteration = record.iteration(view.log_pane.selected) or record.iterations[-1]
    worst = iteration.worst_run
    case = _case_of(record)
    example = worst.example_id if worst else ""
    app.open_in_try(variant, case, example, record.started.model.name)


def variant_at(record: SessionRecord, place: Place) -> Variant:
    """The variant that a line of the log is about: an idea's, else its iteration's."""
    interview = record.interview(place.interview)
    idea = interview.proposal(place.idea) if interview else None
    if interview is not None and idea is not None:
        return idea.variant(record.parent_of(interview))
    return (record.iteration(place.iteration) or record.iterations[-1]).variant


def _case_of(record: SessionRecord) -> Case | None:
    """The case that the session was begun with; None where it cannot be read."""
    from llmopt_tui.app.sessions import case_of
    from llmopt_tui.app.wrong_request import WrongRequest

    assert record.started is not None
    try:
        return case_of(record.started)
    except WrongRequest:
        return None
