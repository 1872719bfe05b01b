"""RunActions: what a person does with a run, the same on every screen that shows one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from llmopt_tui.tui.controller import RunController


class ShowsRun(Protocol):
    """A screen that shows a run, if there is one."""

    @property
    def controller(self) -> RunController | None:
        """Who drives it."""

    def on_run_changed(self) -> None:
        """Draw how it stands."""


class RunActions:
    """The actions of the scope "run" that do not lead away."""

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


def key_names(run: RunController) -> dict[str, str]:
    """What keys do now, by the ids of their commands."""
    return {
        "mode": "auto" if run.mode == "manual" else "manual",
        "pause": "go on" if run.paused else "try now" if run.held_up else "pause",
        "transfer": "no transfer" if run.transfer else "transfer",
    }
