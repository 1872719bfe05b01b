"""SettingsList: every value under the heading of its group, to move through and to choose."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.events import Resize
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from llmopt_tui.tui.setting_rows import SettingRow

_ORIGIN = 17
"""The width in cells of where a value comes from."""
_VALUE = 44
"""The width in cells of a value at most, so that the eye finds its origin."""


class SettingsList(OptionList):
    """One line a value. Headings cannot be selected. Enter or a click chooses."""

    HELP = """\
Every value of the settings and every key: what holds, and where it comes from. Enter or a click
changes one, delete takes it back to what would hold without it. Changes hold for the next run."""

    DEFAULT_CSS = """
    SettingsList {
        height: 1fr; padding: 0 1; border: none; background: transparent;
        scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $border;
    }
    SettingsList > .option-list--option { padding: 0; }
    SettingsList > .option-list--option-disabled { color: $foreground; text-style: bold; }
    SettingsList > .option-list--option-highlighted {
        background: $surface; color: $foreground; text-style: none;
    }
    SettingsList:focus > .option-list--option-highlighted {
        background: $panel; color: $foreground; text-style: none;
    }
    SettingsList > .option-list--option-hover { background: $surface; }
    """

    def __init__(self) -> None:
        super().__init__(id="settings-list", markup=False, compact=True)
        self._rows: list[SettingRow | None] = []
        """A row an option; None for a heading."""
        self._pointed: int | None = None

    @property
    def current(self) -> SettingRow | None:
        """The highlighted row; None if there is none."""
        at = self.highlighted
        return self._rows[at] if at is not None and at < len(self._rows) else None

    def show(self, rows: Sequence[SettingRow]) -> None:
        """Show these rows. The highlight stays on its row."""
        kept = self.current.path if self.current else ""
        self._rows, options, group = [], [], ""
        for row in rows:
            if row.group != group:
                blank = "\n" if group else ""
                group = row.group
                self._rows.append(None)
                options.append(Option(blank + group, disabled=True))
            self._rows.append(row)
            options.append(Option(""))
        self.set_options(options)
        self._draw()
        self.go(kept or rows[0].path)

    def go(self, path: str) -> None:
        """Highlight the row with this path."""
        for at, row in enumerate(self._rows):
            if row and row.path == path:
                self.highlighted = at

    def watch_highlighted(self, highlighted: int | None) -> None:
        """Move the pointer with the highlight: with 16 colours, a tint alone is not visible."""
        super().watch_highlighted(highlighted)
        for at in {self._pointed, highlighted}:
            if at is not None and at < min(len(self._rows), self.option_count) and self._rows[at]:
                self._draw_row(at)
        self._pointed = highlighted

    def on_resize(self, event: Resize) -> None:
        """Lay the lines out for the new width."""
        self._draw()

    def _draw(self) -> None:
        for at, row in enumerate(self._rows):
            if row:
                self._draw_row(at)

    def _draw_row(self, at: int) -> None:
        row = self._rows[at]
        assert row is not None
        width = max(40, self.scrollable_content_region.width)
        line = _line(row, width, pointed=at == self.highlighted)
        self.replace_option_prompt_at_index(at, line)


def _line(row: SettingRow, width: int, *, pointed: bool) -> Content:
    title = min(26, width * 2 // 5)
    value = min(_VALUE, width - title - _ORIGIN - 2)
    shown = _fit(row.value, value) if row.value else _fit(row.instead, value)
    return Content.assemble(
        f"{'›' if pointed else ' '}{_fit(row.title, title - 1)}",
        (shown, "bold" if row.changed else "" if row.value else "$foreground-muted"),
        "  ",
        (_fit(row.origin, _ORIGIN), "" if row.changed else "$foreground-muted"),
    )


def _fit(text: str, width: int) -> str:
    content = Content(text).truncate(max(1, width), ellipsis=True, pad=True)
    return content.plain
