"""RunActions: what a person does with a run, the same on every screen that shows one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from llmopt_tui.tui.app import LlmoptApp
    from llmopt_tui.tui.controller import RunController


class ShowsRun(Protocol):
    """A screen that shows a run, if there is one."""

    app: LlmoptApp

    @property
    def controller(self) -> RunController | None:
        """Who drives it."""

    def on_run_changed(self) -> None:
        """Draw how it stands."""


class RunActions:
    """The actions of the scope "run" that are the same wherever it is shown."""

    def action_pause(self: ShowsRun) -> None:
        """Pause or go on."""
        if self.controller:
            self.controller.toggle_pause()
            self.on_run_changed()

    def action_stop(self: ShowsRun) -> None:
        """End the run."""
        if self.controller:
            self.controller.stop()
            self.on_run_changed()

    def action_mode(self: ShowsRun) -> None:
        """Switch between manual and auto."""
        if self.controller:
            self.controller.toggle_mode()
            self.on_run_changed()

    def action_inbox(self: ShowsRun) -> None:
        """List the suggestions that wait, and go to one of them in the Workbench."""
        from llmopt_tui.tui.inbox import inbox_rows
        from llmopt_tui.tui.screens.dialogs import Choose

        run = self.controller
        if run is None or not run.waiting:
            self.app.say("No suggestion waits for a decision.")
            return
        waiting = list(run.waiting)

        def go(chosen: str | None) -> None:
            if chosen is not None:
                run.show(waiting[int(chosen)])
                self.app.action_workbench()

        rows = inbox_rows(waiting, self.app.clock.now())
        offers = [(str(place), row) for place, row in enumerate(rows)]
        self.app.push_screen(Choose("Suggestions that wait, the oldest first", offers), go)


def key_names(run: RunController) -> dict[str, str]:
    """What keys do now, by the ids of their commands."""
    return {
        "mode": "auto" if run.mode == "manual" else "manual",
        "pause": "go on" if run.paused else "try now" if run.held_up else "pause",
        "transfer": "no transfer" if run.transfer else "transfer",
    }
