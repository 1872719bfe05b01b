"""Preferences: changes of the settings, carried out in the app that runs.

A run keeps the settings that it began with: what is changed meanwhile holds when it has ended.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from llmopt_tui.tui import keys
from llmopt_tui.tui.news import SettingsChanged

if TYPE_CHECKING:
    from llmopt_tui.app.settings_desk import Place, SettingsDesk
    from llmopt_tui.config.load import Source
    from llmopt_tui.config.settings import Settings
    from llmopt_tui.tui.app import LlmoptApp


class Preferences:
    """The settings of the app: `desk` knows them, this brings the app in line with them."""

    def __init__(self, app: LlmoptApp, desk: SettingsDesk) -> None:
        self.app, self.desk = app, desk
        self.late = False
        self.look_again()
        self._use_looks(self.desk.settings)

    def look_again(self) -> None:
        """Read the files again, and take in what was changed elsewhere in the app."""
        if self.late:
            return  # what the app uses now is what the run began with
        run = self.app.controller
        used = self.app.endpoints.settings
        self.desk.adopt(replace(used, mode=run.mode, transfer=run.transfer))

    def put(self, path: str, value: Any, place: Place) -> None:
        """Set a value, or with None remove it. Raises CannotSaveError; then nothing has changed."""
        if path == "theme" and place == "unsaved" and value is not None:
            self.app.theme = value  # the app itself remembers it
            return
        self.desk.put(path, value, place)
        if path == "theme":
            self.app.looks.forget()
        self._carry_out(path)

    def take_back(self, path: str, place: Place) -> None:
        """Remove a value from one place. Raises CannotSaveError; then nothing has changed."""
        if path == "theme" and self.app.looks.chosen:
            self.app.looks.forget()
            return
        self.desk.remove(path, place)
        self._carry_out(path)

    def origin(self, path: str) -> Source | Literal["default"]:
        """The source whose value holds; a theme that was chosen in the app is of this time."""
        if path == "theme" and self.app.looks.chosen:
            return "unsaved"
        return self.desk.origin(path)

    def catch_up(self) -> None:
        """Carry out what was changed during a run, once the run has ended."""
        if self.late and not self.app.controller.running:
            self.late = False
            self._carry_out("")

    def _carry_out(self, path: str) -> None:
        run, endpoints, settings = self.app.controller, self.app.endpoints, self.desk.settings
        self._use_looks(settings)
        if run.running:
            # Keys and colours are no part of a run.
            self.late = self.late or not path.startswith(("keymap.", "theme"))
            looks = replace(endpoints.settings, keymap=settings.keymap, theme=settings.theme)
            endpoints.use_settings(looks)
            self.app.tell_screens(SettingsChanged(servers=False))
            return
        run.transfer = settings.transfer
        if run.mode != settings.mode:
            run.toggle_mode()
        if endpoints.use_settings(settings):
            work = self._reconnect()
            self.app.run_worker(
                work, name="reconnect", group="settings", exclusive=True, exit_on_error=False
            )
        else:
            self.app.tell_screens(SettingsChanged(servers=False))

    async def _reconnect(self) -> None:
        await self.app.endpoints.reconnect()
        self.app.tell_screens(SettingsChanged(servers=True))

    def _use_looks(self, settings: Settings) -> None:
        self.app.keymap = keys.known_keys(settings.keymap)
        self.app.set_keymap(self.app.keymap)
        self.app.looks.settle(settings.theme)
