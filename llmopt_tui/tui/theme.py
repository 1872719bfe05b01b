"""The app's own themes: quiet greys, one accent for what matters now; and which one is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.theme import Theme

if TYPE_CHECKING:
    from textual.app import App

    from llmopt_tui.store.appearance import AppearanceFile, Panes

DARK = Theme(
    name="llmopt-dark",
    primary="#8fa3b8",
    secondary="#9a8fb8",
    accent="#e8b04b",
    warning="#d9a441",
    error="#d9736b",
    success="#82b366",
    foreground="#d6d9de",
    background="#14171b",
    surface="#1a1e23",
    panel="#22272e",
    dark=True,
    variables={"border": "#3a424d", "text-muted": "#8b93a0", "text-disabled": "#59606b"},
)

LIGHT = Theme(
    name="llmopt-light",
    primary="#4a6078",
    secondary="#6a5a90",
    accent="#a86400",
    warning="#8f5f00",
    error="#b3312a",
    success="#3c7a2a",
    foreground="#23272c",
    background="#fbfaf7",
    surface="#f4f2ed",
    panel="#e9e6df",
    dark=False,
    variables={"border": "#c4bfb4", "text-muted": "#6b6f76", "text-disabled": "#a5a29b"},
)

THEMES = (DARK, LIGHT)
DEFAULT = DARK.name


class Looks:
    """How the app looks, and that it looks so next time.

    A theme that was chosen in the app holds until the settings name another one than they did then.
    Without a `file`, nothing is kept.
    """

    def __init__(self, app: App[Any], file: AppearanceFile | None) -> None:
        for own in THEMES:
            app.register_theme(own)
        self._app, self._file = app, file
        kept = file.read() if file else None
        self.panes: Panes | None = kept.panes if kept else None
        self._chosen, self._over = (kept.theme, kept.theme_over) if kept else ("", "")
        self._used = self._named = ""

    def begin(self) -> None:
        """Use the theme of last time, until it is known what the settings say."""
        self.settle(self._over)

    @property
    def chosen(self) -> bool:
        """Whether the theme that is used was chosen in the app."""
        known = self._chosen in self._app.available_themes
        return known and self._over == self._named

    def settle(self, named: str) -> None:
        """Use the theme that holds, now that the settings name one, or "" for none."""
        self._named = named
        known = named if named in self._app.available_themes else ""
        self._used = self._chosen if self.chosen else known or DEFAULT
        self._app.theme = self._used

    def changed(self, theme: str) -> None:
        """The app has another theme: remember it where it is a person's choice."""
        if theme != self._used:
            self._used = theme
            self._keep_theme(theme)

    def forget(self) -> None:
        """Use the theme of the settings again."""
        self._keep_theme("")
        self.settle(self._named)

    def keep_panes(self, panes: Panes) -> None:
        """Remember how the panes are arranged."""
        self.panes = panes
        if self._file:
            self._file.keep_panes(panes)

    def _keep_theme(self, theme: str) -> None:
        self._chosen, self._over = theme, self._named
        if self._file:
            self._file.keep_theme(theme, self._named)
