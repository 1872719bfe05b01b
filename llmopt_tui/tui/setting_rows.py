"""The rows of the Settings: each value with where it comes from, in words. No widgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from llmopt_tui.config.catalogue import SETTINGS, Setting, value_text
from llmopt_tui.config.load import variables_of
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.commands import COMMANDS, Command
from llmopt_tui.tui.keys import keys_of

if TYPE_CHECKING:
    from llmopt_tui.app.settings_desk import Place, SettingsDesk
    from llmopt_tui.tui.preferences import Preferences

PLACES: Mapping[Place, str] = {
    "unsaved": "this time only",
    "workspace": "workspace",
    "own": "own file",
}
_VALUE_CHARS = 60


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A value that can be changed, as it is shown.

    `value` is "" where there is none, and `instead` then says what holds. `origin` says where the
    value comes from, `changed` whether that is anything but the default. `command` is set where the
    value is a key.
    """

    path: str
    title: str
    help: str
    group: str
    value: str
    instead: str
    origin: str
    changed: bool
    command: Command | None = None


def rows(preferences: Preferences) -> list[SettingRow]:
    """All settings, then all keys, in the order in which they are shown."""
    desk = preferences.desk
    found = [_setting_row(setting, preferences) for setting in SETTINGS]
    return [*found, *(_key_row(command, desk) for command in COMMANDS)]


def _setting_row(setting: Setting, preferences: Preferences) -> SettingRow:
    desk, path = preferences.desk, setting.path
    value, origin, changed = value_text(desk.value(path)), origin_words(desk, path), True
    if path == "theme" and preferences.app.looks.chosen:
        value, origin = preferences.app.theme, "chosen in the app"
    else:
        changed = desk.origin(path) != "default"
    return SettingRow(
        path=path,
        title=setting.title,
        help=setting.help,
        group=setting.group,
        value=one_line(_in_words(value), _VALUE_CHARS),
        instead=setting.unset or "the model's own",
        origin=origin,
        changed=changed,
    )


def _key_row(command: Command, desk: SettingsDesk) -> SettingRow:
    path = f"keymap.{command.id}"
    return SettingRow(
        path=path,
        title=command.title,
        help=command.help,
        group=f"Keys: {command.group}",
        value=" ".join(keys_of(command.id, desk.settings.keymap)),
        instead="none",
        origin=origin_words(desk, path),
        changed=desk.origin(path) != "default",
        command=command,
    )


def _in_words(value: str) -> str:
    return {"true": "yes", "false": "no"}.get(value, value)


def origin_words(desk: SettingsDesk, path: str) -> str:
    """Where a value comes from, in a few words."""
    return source_words(desk.origin(path), path)


def source_words(source: str, path: str) -> str:
    """A source in a few words, for a value that it sets."""
    match source:
        case "environment":
            return " or ".join(reversed(variables_of(path)))
        case "flags":
            return f"--{path.replace('_', '-')}"
        case "unsaved" | "workspace" | "own":
            return PLACES[source]
        case _:
            return "default"


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source in the list of all: what it says of a value ("" for nothing), and where it is."""

    words: str
    value: str
    file: str
    holds: bool


def source_lines(desk: SettingsDesk, path: str) -> Iterator[SourceLine]:
    """The two files, and every other source that sets a value, in the order of overriding."""
    said = {source: _in_words(value_text(value)) or "none" for source, value in desk.sources(path)}
    for source in desk.loaded.layers:
        if source in said or source in ("own", "workspace"):
            file = ""
            if source in ("own", "workspace"):
                file = short_path(desk.file(source))
            value = one_line(said.get(source, ""), _VALUE_CHARS)
            holds = source == desk.origin(path)
            yield SourceLine(source_words(source, path), value, file, holds)


def overridden(desk: SettingsDesk, path: str) -> str:
    """What to know before a value is saved: who overrides the files; "" where nobody does."""
    own, workspace = desk.wins_over(path, "own"), desk.wins_over(path, "workspace")
    if workspace:
        return f"{source_words(workspace, path)} overrides both files."
    return "The workspace's file overrides your own." if own else ""


def short_path(file: Path) -> str:
    """A file's path with the person's home folder as ~."""
    try:
        return f"~/{file.relative_to(Path.home()).as_posix()}"
    except (ValueError, RuntimeError):
        return str(file)
