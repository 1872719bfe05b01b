"""PickList: rows that are picked and unpicked with space, enter or the mouse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from llmopt_tui.tui import commands

_PICKED, _UNPICKED, _HERE = "▣", "☐", "›"


@dataclass(frozen=True, slots=True)
class Row:
    """Something to pick. `draw(picked, width)` returns its lines, for a width in cells."""

    key: str
    draw: Callable[[bool, int], Sequence[Content]]


class PickList(OptionList):
    """A list whose rows can be picked. When rows are replaced, picks are kept by their keys."""

    DEFAULT_CSS = """
    PickList {
        height: auto; min-height: 1; max-height: 1fr; padding: 0 1 0 0;
        border: none; background: transparent;
        scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $border;
    }
    PickList > .option-list--option { padding: 0; }
    PickList > .option-list--option-highlighted {
        background: transparent; color: $foreground; text-style: none;
    }
    PickList:focus > .option-list--option-highlighted {
        background: $panel; color: $foreground; text-style: none;
    }
    PickList > .option-list--option-hover { background: $surface; }
    """

    # Carried out before the next key is read, as a tab is: a tab that follows would otherwise have
    # moved the focus by then, and the row of another list would be picked.
    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings("list", priority=True),
        Binding("enter", "pick", show=False, priority=True),
    ]

    class Picked(Message):
        """A row was picked or unpicked."""

        def __init__(self, sender: PickList) -> None:
            super().__init__()
            self.sender = sender

        @property
        def control(self) -> PickList:
            """The list that posted it, for `on` selectors."""
            return self.sender

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False, compact=True)
        self._rows: list[Row] = []
        self._picked: set[str] = set()

    @property
    def picked(self) -> list[str]:
        """The keys of the picked rows, in the order of the list."""
        return [row.key for row in self._rows if row.key in self._picked]

    @property
    def keys(self) -> list[str]:
        """The keys of all rows."""
        return [row.key for row in self._rows]

    @property
    def current(self) -> str:
        """The key of the highlighted row; "" if there is none."""
        at = self.highlighted
        return self._rows[at].key if at is not None and at < len(self._rows) else ""

    def set_rows(self, rows: Iterable[Row]) -> None:
        """Show these rows. Picked rows that are among them stay picked."""
        highlighted = self.highlighted
        self._rows = list(rows)
        self._picked &= {row.key for row in self._rows}
        self.set_options(Option(self._prompt(index)) for index in range(len(self._rows)))
        if self._rows:
            self.highlighted = min(highlighted or 0, len(self._rows) - 1)

    def pick(self, key: str, picked: bool = True) -> None:
        """Pick or unpick the row with this key, if there is one."""
        if picked == (key in self._picked) or key not in {row.key for row in self._rows}:
            return
        self._picked ^= {key}
        self._redraw()
        self.post_message(self.Picked(self))

    def action_pick(self) -> None:
        """Pick or unpick the highlighted row, at once: the next key may already be "run"."""
        if key := self.current:
            self.pick(key, key not in self._picked)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Pick or unpick by space, enter or a click."""
        event.stop()
        row = self._rows[event.option_index]
        self.pick(row.key, row.key not in self._picked)

    def on_resize(self, event: Resize) -> None:
        """Draw the rows for the new width."""
        self._redraw()

    def on_focus(self) -> None:
        """Show a pointer at the highlighted row: with 16 colours, a tint alone is not visible."""
        self._redraw()

    def on_blur(self) -> None:
        """Remove the pointer: keys no longer act here."""
        self._redraw()

    def watch_highlighted(self, highlighted: int | None) -> None:
        """Move the pointer with the highlight."""
        super().watch_highlighted(highlighted)
        self._redraw()

    def _prompt(self, index: int) -> Content:
        row = self._rows[index]
        picked = row.key in self._picked
        room = max(10, self.scrollable_content_region.width - 4)
        lead = Content.assemble(
            _HERE if self.has_focus and index == self.highlighted else " ",
            (_PICKED if picked else _UNPICKED, "bold" if picked else "$text-muted"),
            " ",
        )
        first, *others = row.draw(picked, room)
        return Content("\n   ").join([lead + first, *others])

    def _redraw(self) -> None:
        for index in range(min(len(self._rows), self.option_count)):
            self.replace_option_prompt_at_index(index, self._prompt(index))
