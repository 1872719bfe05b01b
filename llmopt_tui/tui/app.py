"""The app: it connects endpoints, controller, screens, themes and keys."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import commands, keys
from llmopt_tui.tui.collector import collect_seldom
from llmopt_tui.tui.going import GoesToScreens
from llmopt_tui.tui.main_screens import MAIN_SCREENS
from llmopt_tui.tui.screen_makers import MAKERS
from llmopt_tui.tui.screens.first_frame import FirstFrame
from llmopt_tui.tui.stepping import StepsFocus
from llmopt_tui.tui.theme import Looks
from llmopt_tui.tui.top_facts import TopFacts

if TYPE_CHECKING:
    from llmopt_tui.app.endpoints import Endpoints
    from llmopt_tui.app.workspace import Workspace
    from llmopt_tui.config.flags import StartFlags
    from llmopt_tui.core.ports import Clock
    from llmopt_tui.state.documents.suite import SuiteDocument
    from llmopt_tui.store.appearance import AppearanceFile
    from llmopt_tui.store.sessions import LoadedSession
    from llmopt_tui.tui.case_desk import CaseDesk
    from llmopt_tui.tui.controller import RunController
    from llmopt_tui.tui.news import News
    from llmopt_tui.tui.preferences import Preferences
    from llmopt_tui.tui.pulling import PullController

_TITLE = "llmopt-tui"

Opening = Callable[[], "tuple[Workspace, Endpoints, Sequence[str]]"]


@dataclass(frozen=True, slots=True)
class Left:
    """How the app ended: the exit code, and the id by which its last run can be resumed.

    The id is "" where nothing was run, or where the last run finished.
    """

    exit_code: int = 0
    resume_id: str = ""


class LlmoptApp(GoesToScreens, StepsFocus):
    """The app on one workspace.

    The first frame is drawn before anything is loaded. Only then `opening` makes the endpoints and
    returns what is wrong with the settings. `clock` is the machine's unless a test passes another.
    `flags` are the command line's. `appearance` keeps how the app looked; without it, nothing does.
    """

    TITLE = _TITLE
    CSS_PATH: ClassVar = ["styles/app.tcss", "styles/panes.tcss", "styles/decision.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("app")]
    ENABLE_COMMAND_PALETTE = True
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {}

    workspace: Workspace
    endpoints: Endpoints
    clock: Clock
    keymap: dict[str, str]
    controller: RunController
    pulls: PullController
    desk: CaseDesk
    preferences: Preferences

    def __init__(
        self,
        opening: Opening,
        *,
        clock: Clock | None = None,
        flags: Mapping[str, str] | None = None,
        appearance: AppearanceFile | None = None,
    ) -> None:
        super().__init__()
        self._flags, self.looks = flags, Looks(self, appearance)
        self.looks.begin()
        self.resume_id = ""
        self._opening = opening
        self._given_clock = clock
        self._opened = False
        self._workbench_ready = False
        self._leaving = False
        self._let_go = False
        self.top_facts = TopFacts()
        for each in MAIN_SCREENS:
            self.add_mode(each.name, partial(MAKERS[each.name], self))

    def get_default_screen(self) -> Screen[Any]:
        """The screen that is shown until the Workbench is ready."""
        return FirstFrame()

    def on_mount(self) -> None:
        """Load everything else after the first frame is drawn."""
        self.call_after_refresh(self._open)

    async def _open(self) -> None:
        from llmopt_tui.app.clock import SystemClock
        from llmopt_tui.app.settings_desk import SettingsDesk
        from llmopt_tui.tui.case_desk import CaseDesk
        from llmopt_tui.tui.controller import RunController
        from llmopt_tui.tui.preferences import Preferences
        from llmopt_tui.tui.pulling import PullController
        from llmopt_tui.tui.try_controller import TryController

        self.clock = self._given_clock or SystemClock()
        self.workspace, self.endpoints, problems = self._opening()
        self.controller = RunController(self, self.endpoints, self.workspace.results, self.clock)
        self.pulls = PullController(self, self.endpoints)
        self.trials = TryController(self, self.endpoints, self.clock)
        self.desk = CaseDesk(self, self.workspace)
        self._opened = True
        self.preferences = Preferences(self, SettingsDesk(self.workspace, self._flags))
        problems = [*problems, *self._setting_problems()]
        await self.switch_mode("workbench")
        self._workbench_ready = True
        if self._leaving:
            await self.action_quit()
            return
        self.call_after_refresh(self._say_problems, problems)

    def _setting_problems(self) -> Iterable[str]:
        settings = self.endpoints.settings
        if settings.keymap:
            yield from keys.check_keymap(settings.keymap)
        if settings.theme and settings.theme not in self.available_themes:
            yield f'There is no theme "{one_line(settings.theme, 40)}".'

    def _say_problems(self, problems: Iterable[str]) -> None:
        from llmopt_tui.tui.notices import Notices

        for problem in problems:
            self.screen.query_one(Notices).add(problem)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette offers: every command that this screen can carry out, and themes."""
        from llmopt_tui.tui.palette import palette_commands

        return palette_commands(self, screen)

    def watch_theme(self, theme: str) -> None:
        """Remember a theme that was chosen in the palette or in the Settings."""
        self.looks.changed(theme)

    def tell_screens(self, news: News) -> None:
        """Post a message to every screen, visible or not."""
        for screen in self._opened_screens():
            screen.post_message(news)

    def show_top(self, facts: TopFacts) -> None:
        """Show these facts in the top bar of every screen."""
        from llmopt_tui.tui.bars import TopBar

        if facts != self.top_facts:
            self.top_facts = facts
            for screen in self._opened_screens():
                for bar in screen.query(TopBar):
                    bar.draw()

    def _opened_screens(self) -> Iterator[Screen[Any]]:
        for each in MAIN_SCREENS:
            with contextlib.suppress(KeyError):  # it was never opened, so its mode has no screens
                yield from self.get_screen_stack(each.name)

    def say(self, text: str) -> None:
        """Show a short notification; its text is never read as markup."""
        from llmopt_tui.tui.widgets.plain import notify_plain

        notify_plain(self, text)

    def call_for_attention(self, reason: str) -> None:
        """Say in the terminal's title that something waits, and ring once. "" resets the title."""
        self._set_terminal_title(f"● {reason} · {_TITLE}" if reason else _TITLE)
        if reason:
            self.bell()

    def _set_terminal_title(self, title: str) -> None:
        if self._driver is not None and not self.is_headless:
            self._driver.write(f"\x1b]2;{one_line(title, 100)}\x07")

    def resume(self, found: LoadedSession | SuiteDocument) -> None:
        """Resume a session, or a suite by its document, and show it."""
        if self.controller.running:
            self.say("A run is under way. Stop it before resuming another.")
            return
        self.controller.resume(found)
        self.action_workbench()

    def action_copy(self) -> None:
        """Copy the marked text, or what the focused pane offers."""
        from llmopt_tui.tui.copying import copy_from

        copy_from(self)

    async def action_quit(self) -> None:
        """Save everything and end the app. While a run works, or a prompt is not saved, ask."""
        if self._workbench_ready and self.controller.running:
            from llmopt_tui.tui.run_actions import ask_to_leave

            ask_to_leave(self, self.leave_try)
        else:
            await self.leave_try()

    async def leave_try(self) -> None:
        """End the app, after asking about a prompt that would be lost."""
        await self.ask_about_prompt(self.leave)

    async def leave(self) -> None:
        """Save everything and end the app."""
        self._leaving = True
        if not self._workbench_ready:
            return  # Textual cannot unmount a screen that it is mounting: `_open` comes back here
        await self._close()
        self.exit()

    async def on_unmount(self) -> None:
        """Stop what still runs, however the app ends."""
        await self._close()

    async def _close(self) -> None:
        if self._let_go:
            return
        self._let_go = True
        if self._opened:
            await self.pulls.close()
            await self.trials.close()
            self.resume_id = await self.controller.close()
            await self.endpoints.aclose()


def run_app(workspace: Workspace, flags: StartFlags) -> Left:
    """Run the app on a workspace until it ends, and say how it ended."""
    from llmopt_tui.config.paths import appearance_file
    from llmopt_tui.store.appearance import AppearanceFile

    def opening() -> tuple[Workspace, Endpoints, Sequence[str]]:
        from llmopt_tui.app.endpoints import Endpoints

        loaded = workspace.load_settings(flags.settings)
        endpoints = Endpoints(
            loaded.settings,
            embedded=flags.embedded,
            embedded_model=flags.embedded_model,
            results=workspace.results,
        )
        return workspace, endpoints, [str(problem) for problem in loaded.problems]

    collect_seldom()
    appearance = AppearanceFile(appearance_file(os.environ))
    app = LlmoptApp(opening, flags=flags.settings, appearance=appearance)
    app.run()
    return Left(app.return_code or 0, app.resume_id)
