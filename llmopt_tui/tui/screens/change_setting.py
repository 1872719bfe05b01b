"""Dialogs that ask for another value of a setting, or another key, and where to keep it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Key
from textual.widgets import Button, Input, OptionList
from textual.widgets.option_list import Option

from llmopt_tui.app.settings_desk import CannotSaveError, Place
from llmopt_tui.config.catalogue import BY_PATH, value_from_text, value_text
from llmopt_tui.tui.commands import Command
from llmopt_tui.tui.keys import key_of, taken_by
from llmopt_tui.tui.screens.dialogs import Dialog
from llmopt_tui.tui.setting_rows import PLACES, SettingRow, overridden
from llmopt_tui.tui.widgets.plain import Plain, plain_text

if TYPE_CHECKING:
    from llmopt_tui.tui.preferences import Preferences

_KEEP = (
    "Enter: this time only, until you leave the app. ^s: in the workspace. ^o: in your own file."
)


class Change(Dialog[None]):
    """Asks for a value, says at once what is wrong with it, and keeps it where the person says."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("ctrl+s", "keep('workspace')", "Save in the workspace"),
        Binding("ctrl+o", "keep('own')", "Save in your own file"),
        Binding("left", "app.focus_previous", "Previous", show=False),
        Binding("right", "app.focus_next", "Next", show=False),
    ]
    DEFAULT_CSS = """
    Change > .dialog { width: 76; }
    Change #value-problem { color: $text-error; min-height: 1; }
    Change #value-note { color: $text-muted; }
    Change OptionList, Change OptionList:focus { max-height: 8; }
    Change .dialog--buttons > Button { margin-left: 1; }
    Change #key-catch {
        margin-top: 1; padding: 0 1; background: $panel; text-style: bold; height: 1;
        &:focus { background: $foreground; color: $background; }
    }
    """

    def __init__(self, row: SettingRow, preferences: Preferences) -> None:
        super().__init__()
        self._row, self._preferences, self._desk = row, preferences, preferences.desk

    def ask(self) -> ComposeResult:
        """What the person gives the value by."""
        raise NotImplementedError

    def given(self) -> Any:
        """The value that is given now. Raises ValueError where it is none, saying why."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """The title and the help, the value, what is wrong with it, and a button a place."""
        with Vertical(classes="dialog"):
            yield Plain(self._row.title, classes="dialog--title")
            yield Plain(self._row.help, classes="dialog--detail")
            yield from self.ask()
            yield Plain("", id="value-problem")
            note = f"{_KEEP}\n{overridden(self._desk, self._row.path)}".rstrip()
            yield Plain(note, id="value-note")
            with Horizontal(classes="dialog--buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                for place, words in PLACES.items():
                    label = plain_text(words[:1].upper() + words[1:])
                    yield Button(label, id=f"keep-{place}", compact=True)

    def check(self) -> bool:
        """Say what is wrong with the value. Returns whether it can be kept."""
        try:
            self.given()
        except ValueError as error:
            said = str(error)
            self._say(said[:1].upper() + said[1:])
            return False
        self._say("")
        return True

    def _say(self, problem: str) -> None:
        self.query_one("#value-problem", Plain).update(problem)

    def action_keep(self, place: Place) -> None:
        """Keep the value in this place and close, or say why that cannot be."""
        if not self.check():
            return
        try:
            self._preferences.put(self._row.path, self.given(), place)
        except CannotSaveError as error:
            self._say(str(error))
        else:
            self.dismiss(None)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        for place in PLACES:
            if event.button.id == f"keep-{place}":
                self.action_keep(place)
        if event.button.id == "cancel":
            self.dismiss(None)

    def action_cancel(self) -> None:
        """Close and leave the value as it is."""
        self.dismiss(None)


class ChangeText(Change):
    """Asks for a value in a line of text; `offers` fill it in."""

    def __init__(
        self, row: SettingRow, preferences: Preferences, offers: Sequence[str] = ()
    ) -> None:
        super().__init__(row, preferences)
        self._offers = offers
        self._empty = BY_PATH[row.path].unset

    def ask(self) -> ComposeResult:
        """The line, and what fills it in."""
        value = value_text(self._desk.value(self._row.path))
        yield Input(value, placeholder=f"empty: {self._empty}" if self._empty else "")
        if self._offers:
            yield OptionList(*(Option(plain_text(offer)) for offer in self._offers), markup=False)

    def given(self) -> Any:
        """The line as a value, read as strictly as the files are."""
        return value_from_text(self._row.path, self.query_one(Input).value)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.check()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_keep("unsaved")

    @on(OptionList.OptionSelected)
    def _filled(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.query_one(Input).value = self._offers[event.option_index]
        self.query_one("#keep-unsaved").focus()


class ChangeChoice(Change):
    """Asks for one of a few values. `choices` are the values as texts, with their names."""

    def __init__(
        self,
        row: SettingRow,
        preferences: Preferences,
        choices: Sequence[tuple[str, str]],
        now: str,
    ) -> None:
        super().__init__(row, preferences)
        self._choices, self._now = choices, now

    def ask(self) -> ComposeResult:
        """The choices, with the present one highlighted."""
        rows = OptionList(*(Option(plain_text(name)) for _, name in self._choices), markup=False)
        values = [value for value, _ in self._choices]
        rows.highlighted = values.index(self._now) if self._now in values else 0
        yield rows

    def given(self) -> Any:
        """The highlighted value."""
        at = self.query_one(OptionList).highlighted
        return value_from_text(self._row.path, self._choices[at or 0][0])

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.query_one("#keep-unsaved").focus()


class KeyCatch(Plain, can_focus=True):
    """Takes the next key, whatever it is, but for escape and tab."""

    def __init__(self, caught: Callable[[str], None]) -> None:
        super().__init__("Press the new key ...", id="key-catch")
        self._caught = caught

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Keep the key from whatever it is bound to."""
        return key not in _NOT_CAUGHT

    def on_key(self, event: Key) -> None:
        """Take the key."""
        if event.key not in _NOT_CAUGHT:
            event.stop()
            event.prevent_default()
            self._caught(event.key)


_NOT_CAUGHT = frozenset({"escape", "tab", "shift+tab"})
_MOVING = frozenset({"up", "down", "pageup", "pagedown", "home", "end"})


class ChangeKey(Change):
    """Asks for another key of a command. One that the same screen uses already is refused."""

    def __init__(self, row: SettingRow, preferences: Preferences, command: Command) -> None:
        super().__init__(row, preferences)
        self._command, self._key = command, ""

    def ask(self) -> ComposeResult:
        """The field that takes the key."""
        yield KeyCatch(self._caught)

    def _caught(self, key: str) -> None:
        self._key = key
        name = key_of(self._command.id, {self._command.id: key})
        self.query_one(KeyCatch).update(f"{name}   (another key replaces it, tab goes on)")
        if self.check():
            self.query_one("#keep-unsaved").focus()

    def given(self) -> str:
        """The key that was pressed. Raises ValueError where it cannot be used, saying why."""
        if not self._key:
            raise ValueError("press a key first")
        name = key_of(self._command.id, {self._command.id: self._key})
        if self._key in _MOVING:
            raise ValueError(f"the key {name} moves through lists")
        if found := taken_by(self._command.id, self._key, self._desk.settings.keymap):
            other, screen = found
            raise ValueError(f'the key {name} is "{other.title}" already ({screen})')
        return self._key


def asked_for(row: SettingRow, preferences: Preferences) -> Change:
    """The dialog that suits a value."""
    desk, app = preferences.desk, preferences.app
    if row.command is not None:
        return ChangeKey(row, preferences, row.command)
    if row.path == "theme":
        themes = [(name, name) for name in sorted(app.available_themes, key=_own_first)]
        return ChangeChoice(row, preferences, themes, app.theme)
    if choices := BY_PATH[row.path].choices:
        names = {"true": "yes", "false": "no"}
        now = value_text(desk.value(row.path))
        named = [(each, names.get(each, each)) for each in choices]
        return ChangeChoice(row, preferences, named, now)
    offers: Sequence[str] = ()
    if row.path in ("interviewer", "baseline"):
        from llmopt_tui.core.settings import PLAYBOOK

        offers = (*((PLAYBOOK,) * (row.path == "interviewer")), *app.top_facts.models)
    return ChangeText(row, preferences, offers)


def _own_first(name: str) -> tuple[bool, str]:
    return not name.startswith("llmopt-"), name
