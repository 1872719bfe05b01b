"""SettingsDesk: which value of the settings holds, where it comes from, and changing it.

Files are read again before each change, and only the changed value is written: what a person or
another process wrote meanwhile stays.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from llmopt_tui.config.paths import user_settings_file

if TYPE_CHECKING:
    from llmopt_tui.app.workspace import Workspace
    from llmopt_tui.config.load import LoadedSettings, Source
    from llmopt_tui.config.settings import Settings

Place = Literal["unsaved", "workspace", "own"]
"""Where a changed value is put: nowhere (for this time only), or into one of the two files."""

_BOM = "\ufeff"


class CannotSaveError(Exception):
    """A value could not be put where it was to be; the message says why and what to do."""


class SettingsDesk:
    """The settings of one start of the app.

    `flags` are those of the command line, as `Workspace.load_settings` takes them. `loaded` is what
    the sources say now.
    """

    def __init__(
        self,
        workspace: Workspace,
        flags: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._workspace, self._flags = workspace, dict(flags or {})
        self._environ = os.environ if environ is None else environ
        self._unsaved: dict[str, Any] = {}
        self.loaded = self._read()

    @property
    def settings(self) -> Settings:
        """The settings that hold."""
        return self.loaded.settings

    def look_again(self) -> None:
        """Read the files again."""
        self.loaded = self._read()

    def adopt(self, settings: Settings) -> None:
        """Take over values that were changed elsewhere in the app, for this time only."""
        from llmopt_tui.config.load import TABLES

        for name in (field.name for field in fields(settings)):
            now, before = getattr(settings, name), getattr(self.settings, name)
            if name in TABLES:
                for key in {*now, *before}:
                    if now.get(key) != before.get(key):
                        _put(self._unsaved, f"{name}.{key}", now.get(key))
            elif now != before:
                self._unsaved[name] = now
        self.look_again()

    def value(self, path: str) -> Any:
        """The value that holds; None where there is none."""
        from llmopt_tui.core.settings import DEFAULT_OPTIONS

        table, _, key = path.rpartition(".")
        if not table:
            return getattr(self.settings, path)
        values = getattr(self.settings, table)
        return values.get(key, DEFAULT_OPTIONS.get(key) if table == "options" else None)

    def sources(self, path: str) -> list[tuple[Source, Any]]:
        """The sources that set a value, and to what; the last one's holds."""
        return [
            (source, _at(layer, path))
            for source, layer in self.loaded.layers.items()
            if _has(layer, path)
        ]

    def origin(self, path: str) -> Source | Literal["default"]:
        """The source whose value holds."""
        sources = self.sources(path)
        return sources[-1][0] if sources else "default"

    def wins_over(self, path: str, place: Place) -> Source | None:
        """The source that overrides what is put in this place; None where nothing does.

        What is put for this time only overrides everything; what is put into a file replaces it.
        """
        if place == "unsaved":
            return None
        order = list(self.loaded.layers)
        later = order[order.index(place) + 1 : order.index("unsaved")]
        over = [source for source, _ in self.sources(path) if source in later]
        return over[-1] if over else None

    def file(self, place: Place) -> Path:
        """The file that a place is, whether or not it exists."""
        own = user_settings_file(self._environ)
        return own if place == "own" else self._workspace.settings_file

    def put(self, path: str, value: Any, place: Place) -> None:
        """Set a value, or with None remove it. Raises CannotSaveError; then nothing has changed."""
        from llmopt_tui.config.editing import with_value

        if place == "unsaved":
            _put(self._unsaved, path, value)
        elif value is None:
            if _has(self.loaded.layers[place], path):
                self.remove(path, place)
            _remove(self._unsaved, path)
        else:
            self._edit(place, lambda text: with_value(text, path, value))
            _remove(self._unsaved, path)
        self.look_again()

    def remove(self, path: str, place: Place) -> None:
        """Remove a value from one place. Raises CannotSaveError; then nothing has changed."""
        from llmopt_tui.config.editing import without_value

        if place == "unsaved":
            _remove(self._unsaved, path)
        else:
            self._edit(place, lambda text: without_value(text, path))
        self.look_again()

    def _read(self) -> LoadedSettings:
        return self._workspace.load_settings(
            self._flags, environ=self._environ, unsaved=self._unsaved
        )

    def _edit(self, place: Place, change: Any) -> None:
        from llmopt_tui.config.editing import NEW_FILE, EditError
        from llmopt_tui.config.strict import UnreadableError, decode
        from llmopt_tui.store.atomic import write_text
        from llmopt_tui.store.disk import cannot_be_written

        # The file that a link leads to, so that the link stays one.
        file = Path(os.path.realpath(self.file(place)))
        try:
            try:
                content = file.read_bytes()
            except FileNotFoundError:
                content = NEW_FILE.encode()
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            bom = _BOM if content.startswith(_BOM.encode()) else ""
            write_text(file, bom + change(decode(content)), private=False)
        except (EditError, UnreadableError) as error:
            raise CannotSaveError(f"{file}: {error}. Mend the file first.") from error
        except OSError as error:
            raise CannotSaveError(cannot_be_written(error, file, "save again")) from error


def _has(layer: Mapping[str, Any], path: str) -> bool:
    table, _, key = path.rpartition(".")
    return key in (layer.get(table) or {}) if table else path in layer


def _at(layer: Mapping[str, Any], path: str) -> Any:
    table, _, key = path.rpartition(".")
    return layer[table][key] if table else layer[path]


def _put(layer: dict[str, Any], path: str, value: Any) -> None:
    table, _, key = path.rpartition(".")
    if table:
        layer[table] = {**layer.get(table, {}), key: value}
    else:
        layer[path] = value


def _remove(layer: dict[str, Any], path: str) -> None:
    table, _, key = path.rpartition(".")
    if table:
        layer[table] = {k: v for k, v in layer.get(table, {}).items() if k != key}
    else:
        layer.pop(path, None)
