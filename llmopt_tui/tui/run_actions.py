"""RunActions: how a person controls a run, the same on every screen that shows one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from llmopt_tui.tui.keys import key_of

if TYPE_CHECKING:
    from llmopt_tui.tui.app import LlmoptApp
    from llmopt_tui.tui.controller import RunController


class ShowsRun(Protocol):
    """A screen that shows a run, if there is one."""

    app: LlmoptApp

    @property
    def controller(self) -> RunController | None:
        """The controller of the run; None if nothing can run."""


class RunActions:
    """The actions of the scope "run" that are the same on every screen."""

    def action_pause(self: ShowsRun) -> None:
        """Pause the run, or resume it."""
        if self.controller:
            self.controller.toggle_pause()

    def action_stop(self: ShowsRun) -> None:
        """End the run, after asking."""
        if self.controller and self.controller.running and not self.controller.stopping:
            ask_to_stop(self.app, self.controller)

    def action_mode(self: ShowsRun) -> None:
        """Switch between manual and auto. Where something waits for the person, ask about it."""
        run = self.controller
        if run is None:
            return
        if run.mode == "manual" and run.waiting:
            ask_about_waiting(self.app, run)
        else:
            run.toggle_mode()

    def action_inbox(self: ShowsRun) -> None:
        """List the suggestions that wait, and go to one of them in the Workbench."""
        from llmopt_tui.tui.inbox import inbox_rows
        from llmopt_tui.tui.screens.dialogs import Choose

        run = self.controller
        if run is None or not run.waiting:
            self.app.say("No suggestion waits for a decision.")
            return
        waiting = run.waiting

        def go(chosen: str | None) -> None:
            if chosen is not None:
                run.show(waiting[int(chosen)])
                self.app.action_workbench()

        rows = inbox_rows(run, self.app.clock.now())
        offers = [(str(place), row) for place, row in enumerate(rows)]
        self.app.push_screen(Choose("Suggestions that wait, the oldest first", offers), go)


def ask_about_waiting(app: LlmoptApp, run: RunController) -> None:
    """Ask who decides about what waits, before the mode becomes auto."""
    from llmopt_tui.tui.screens.dialogs import Choose

    def answered(choice: str | None) -> None:
        if choice is not None and run.mode == "manual":
            run.toggle_mode(what_waits=choice == "rule")

    offers = [
        ("person", "I decide what waits; auto from the next idea on"),
        ("rule", "Auto for what waits too: ideas are accepted, questions skipped"),
    ]
    app.push_screen(Choose("Something waits for you. Who decides about it?", offers), answered)


def ask_to_stop(app: LlmoptApp, run: RunController) -> None:
    """Ask before the run is ended."""
    from llmopt_tui.tui.screens.dialogs import Confirm

    def answered(stop: bool | None) -> None:
        if stop:
            run.stop()

    what = f"The call under way is given up. {_how_to_resume(app)}"
    app.push_screen(Confirm("Stop the run?", what, yes="Stop", no="Keep running"), answered)


def ask_to_leave(app: LlmoptApp, leave: Callable[[], Awaitable[None]]) -> None:
    """Ask before the app ends during a run. To quit again while being asked means yes."""
    from llmopt_tui.tui.screens.dialogs import Leave

    async def answered(wanted: bool | None) -> None:
        if wanted:
            await leave()

    if isinstance(app.screen, Leave):
        app.screen.action_answer(True)
        return
    title = "Leave in the middle of a run?"
    app.push_screen(Leave(title, _how_to_resume(app), yes="Leave", no="Stay"), answered)


def _how_to_resume(app: LlmoptApp) -> str:
    """A text that says that nothing is lost, and how to resume the run, in two ways."""
    suite = app.controller.suite
    command = f"llmopt-tui resume {suite.resume_id}" if suite and suite.resume_id else ""
    sessions, resume = (key_of(name, app.keymap) for name in ("sessions", "resume"))
    ways = f"in Sessions ({sessions}) with {resume}" + (f", or by\n\n{command}" if command else ".")
    return f"Everything finished is kept, and the run can be resumed: {ways}"


def key_names(run: RunController) -> dict[str, str]:
    """The names of commands that depend on the run's state, by command id."""
    return {
        "mode": "auto" if run.mode == "manual" else "manual",
        "pause": "resume" if run.paused else "try now" if run.held_up else "pause",
        "transfer": "no transfer" if run.transfer else "transfer",
    }


def how_it_runs(run: RunController, pause_key: str) -> str:
    """Why the run is held up, in words; "" if it is not."""
    if run.stopping:
        return "stopping"
    if run.held_up:
        return f"waiting for the server, {pause_key} tries now"
    return f"paused, {pause_key} resumes" if run.paused else ""
