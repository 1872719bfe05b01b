"""SettingsScreen: every setting and key, what holds, where it comes from, and changing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList

from llmopt_tui.app.settings_desk import CannotSaveError, Place
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import commands
from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.panes.settings_list import SettingsList
from llmopt_tui.tui.setting_rows import SettingRow, rows, short_path, source_lines
from llmopt_tui.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from llmopt_tui.tui import news
    from llmopt_tui.tui.app import LlmoptApp
    from llmopt_tui.tui.preferences import Preferences

_KEYS = ("setting_change", "setting_reset", "workbench")


class SettingsScreen(Screen[None]):
    """A list of values, and beside or below it what the selected one means."""

    TITLE = "Settings"
    DEFAULT_CSS = """
    SettingsScreen #settings-body { height: 1fr; }
    SettingsScreen SettingsList { width: 3fr; }
    SettingsScreen #setting-about {
        width: 2fr; height: 1fr; padding: 0 2; border-left: solid $border;
        scrollbar-size-vertical: 1;
    }
    SettingsScreen #setting-title { text-style: bold; }
    SettingsScreen #setting-help, SettingsScreen #setting-sources { margin-top: 1; }
    SettingsScreen #setting-note { margin-top: 1; color: $text-muted; }
    SettingsScreen.-narrow #settings-body { layout: vertical; }
    SettingsScreen.-narrow SettingsList { width: 1fr; }
    SettingsScreen.-narrow #setting-about {
        width: 1fr; height: 8; padding: 0 1; border-left: none; border-top: solid $border;
    }
    SettingsScreen.-narrow #setting-help, SettingsScreen.-narrow #setting-sources,
    SettingsScreen.-narrow #setting-note { margin-top: 0; }
    """
    HORIZONTAL_BREAKPOINTS: ClassVar = [  # type: ignore[misc]
        (0, "-narrow"),
        (110, "-columns"),
        (160, "-spacious"),
    ]
    AUTO_FOCUS = "#settings-list"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("settings")]
    HELP = SettingsList.HELP

    app: LlmoptApp

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self._preferences = preferences

    def compose(self) -> ComposeResult:
        """The bars, the list, and what is said of the selected value."""
        yield TopBar("settings")
        with Horizontal(id="settings-body"):
            yield SettingsList()
            with VerticalScroll(id="setting-about", can_focus=False):
                yield Plain("", id="setting-title")
                yield Plain("", id="setting-help")
                yield Plain("", id="setting-sources")
                yield Plain("", id="setting-note")
        yield KeyBar(*_KEYS)

    def on_screen_resume(self) -> None:
        """Read the files again each time the screen is shown."""
        self._preferences.look_again()
        self._draw()

    def on_settings_changed(self, message: news.SettingsChanged) -> None:
        """Show what holds now, under the keys that hold now."""
        self._draw()
        self.query_one(KeyBar).show()
        self.query_one(KeyBar).show(*_KEYS)

    @property
    def _list(self) -> SettingsList:
        return self.query_one(SettingsList)

    def _draw(self) -> None:
        self._list.show(rows(self._preferences))

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if row := self._list.current:
            self._tell(row)

    def _tell(self, row: SettingRow) -> None:
        """Say what a value means, who sets it, and when a change of it holds."""
        self.query_one("#setting-title", Plain).update(row.title)
        self.query_one("#setting-help", Plain).update(row.help)
        self.query_one("#setting-sources", Plain).update(self._sources(row))
        self.query_one("#setting-note", Plain).update(self._note(row))

    def _sources(self, row: SettingRow) -> Content:
        """What each source says, a line each; the one that holds is marked."""
        room = self.query_one("#setting-sources").size.width or 40
        lines = [Content.styled(f"  {row.origin}: nothing else sets it", "bold")]
        lines *= not row.changed
        for source in source_lines(self._preferences.desk, row.path):
            mark = "▸ " if source.holds else "  "
            said = f"{mark}{source.words:<15} {source.value or '-':<8} "
            style = "bold" if source.holds else "" if source.value else "$foreground-muted"
            file = one_line(source.file, 400)
            between = "" if len(said) + len(file) <= room else "\n    "
            lines.append(Content.assemble((said, style), (between + file, "$foreground-muted")))
        return Content("\n").join(lines)

    def _note(self, row: SettingRow) -> str:
        endpoints = self.app.endpoints
        if row.path == "interviewer" and endpoints.interviewer != endpoints.settings.interviewer:
            return f"With the embedded model, {endpoints.interviewer} suggests in its place."
        if row.command is None and self._preferences.late:
            return "A run is under way. It keeps the settings that it began with."
        if row.command is not None:
            return f"In a file: [keymap], {row.command.id} = ..."
        return f"In a file: {row.path.replace('options.', '[options], ')} = ..."

    # Changing

    def change(self, path: str) -> None:
        """Select the value with this path, and ask for another one."""
        self.call_after_refresh(self._go_and_change, path)

    def _go_and_change(self, path: str) -> None:
        self._list.go(path)
        self._list.focus()
        self.action_change_selected()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_change_selected()

    def action_change_selected(self) -> None:
        """Ask for another value of the selected setting, or another key."""
        row = self._list.current
        if row is None:
            return
        from llmopt_tui.tui.screens.change_setting import asked_for

        self.app.push_screen(asked_for(row, self._preferences))

    def action_take_back(self) -> None:
        """Remove the selected value from where it comes from, after asking where that is a file."""
        row = self._list.current
        if row is None:
            return
        source = self._preferences.origin(row.path)
        if source == "unsaved":
            self._take_back(row, source)
        elif source in ("workspace", "own"):
            self._ask_to_take_back(row, source)
        else:
            where = "the default" if source == "default" else f"set by {row.origin}"
            self.app.say(f"{row.title} is {where}: there is nothing to take back here.")

    def _ask_to_take_back(self, row: SettingRow, place: Place) -> None:
        from llmopt_tui.tui.screens.dialogs import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self._take_back(row, place)

        file = short_path(self._preferences.desk.file(place))
        question = f"Remove {row.title} from the file?"
        detail = f"{file} says {row.value}. Without it, what comes before holds."
        self.app.push_screen(Confirm(question, detail, yes="Remove", no="Keep"), answered)

    def _take_back(self, row: SettingRow, place: Place) -> None:
        try:
            self._preferences.take_back(row.path, place)
        except CannotSaveError as error:
            self.query_one("#setting-note", Plain).update(str(error))
            return
        self._draw()
