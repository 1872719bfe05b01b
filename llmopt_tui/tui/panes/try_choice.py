"""ChoiceLine: which case, example and models are tried, and the button that runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.bars import Bar
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.links import link
from llmopt_tui.tui.try_controller import SIDES

_ROOMY = 110
"""The width in cells from which each choice is called by its name, besides its key."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen, in words. `models` has one name a column, "" where none is chosen.

    `example` is "" where no case is chosen; `place` says which of how many it is.
    """

    case: str = ""
    example: str = ""
    place: str = ""
    models: Sequence[str] = ("",)
    running: bool = False
    run_under_way: str = ""


class ChoiceLine(Bar):
    """The choices as words that can be clicked, and at the right the button that runs or cancels.

    `run_under_way` says what the run in the Workbench does; a click on it goes there.
    """

    DEFAULT_CSS = "ChoiceLine { background: $surface; }"

    def __init__(self) -> None:
        super().__init__(id="choice-line")
        self._choices = Choices()

    def show(self, choices: Choices) -> None:
        """Show these choices."""
        self._choices = choices
        self._draw()

    def on_resize(self) -> None:
        """Lay the two sides out again."""
        self._draw()

    def _draw(self) -> None:
        chosen, roomy = self._choices, self.size.width >= _ROOMY
        width = 30 if roomy else 14
        parts = [self._choice("case", chosen.case or "no case", "try_case", width)]
        if chosen.example:
            parts.append(self._example(width))
        for side, name in zip(SIDES, chosen.models, strict=False):
            shown = fmt.short_model(name) or "choose a model"
            parts.append(self._choice("model", shown, "try_model", width, side))
        right = [link(" ▶ Run ", "screen.try_run", "bold reverse")]
        if chosen.running:
            right = [link(" ■ Cancel ", "screen.try_cancel", "bold reverse")]
        if chosen.run_under_way and roomy:
            right.insert(0, link(chosen.run_under_way, "app.workbench", "$foreground-muted"))
        gap = Content("   " if roomy else "  ")
        self.put(Content(" ") + gap.join(parts), Content("  ").join(right) + Content(" "))

    def _label(self, command: str, name: str) -> Content:
        """The key of a choice, and where there is room what it is called."""
        key = key_of(command, getattr(self.app, "keymap", {}))
        called = f" {name}" if self.size.width >= _ROOMY else ""
        return Content.styled(f"{key}{called} ", "$foreground-muted")

    def _choice(self, name: str, value: str, command: str, width: int, side: str = "") -> Content:
        action = f"screen.{command}('{side}')" if side else f"screen.{command}"
        shown = link(f"{one_line(value, width)} ▾", action, "bold")
        return shown if side == "right" else self._label(command, name) + shown

    def _example(self, width: int) -> Content:
        chosen = self._choices
        return Content.assemble(
            self._label("try_example", "example"),
            link("‹ ", "screen.try_step(-1)", "bold"),
            link(f"{one_line(chosen.example, width)} ▾", "screen.try_example", "bold"),
            (f" {chosen.place}", "$foreground-muted"),
            link(" ›", "screen.try_step(1)", "bold"),
        )
