"""Going: from one main screen to another, with what is to be shown there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmopt_tui.tui.to_try import OpensTry

if TYPE_CHECKING:
    from pathlib import Path


class GoesToScreens(OpensTry):
    """The part of the app that goes from screen to screen."""

    def action_workbench(self) -> None:
        """Go to the Workbench."""
        if self.current_mode != "workbench":
            self.switch_mode("workbench")

    def action_sessions(self) -> None:
        """Go to the list of past sessions."""
        if self.current_mode != "sessions":
            self.switch_mode("sessions")

    def action_case_screen(self) -> None:
        """Go to the cases."""
        if self.current_mode != "cases":
            self.switch_mode("cases")

    def new_case(self) -> None:
        """Go to the cases and ask there what a new one is to be made of."""
        self.action_case_screen()
        screen: Any = self.get_screen_stack("cases")[0]
        self.call_after_refresh(screen.action_new)

    def action_settings(self, path: str = "") -> None:
        """Go to the Settings, or there to change the value with this path."""
        if self.current_mode != "settings":
            self.switch_mode("settings")
        if path:
            from llmopt_tui.tui.screens.settings import SettingsScreen

            assert isinstance(self.screen, SettingsScreen)
            self.screen.change(path)

    def action_leaderboard(self) -> None:
        """Go to the Leaderboard, with the suite that the current screen names, if it names one."""
        from llmopt_tui.tui.suite_files import NamesSuite

        suite = self.screen.suite if isinstance(self.screen, NamesSuite) else None
        if suite:
            self.show_suite(suite)
        elif self.current_mode != "leaderboard":
            self.switch_mode("leaderboard")

    def show_suite(self, file: Path) -> None:
        """Show the suite of this document on the Leaderboard."""
        from llmopt_tui.tui.screens.leaderboard import LeaderboardScreen

        if self.current_mode != "leaderboard":
            self.switch_mode("leaderboard")
        while not isinstance(self.screen, LeaderboardScreen):
            self.pop_screen()
        self.screen.choose(file)

    def action_help(self) -> None:
        """Show the help screen: every key and what it does."""
        from llmopt_tui.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen())
