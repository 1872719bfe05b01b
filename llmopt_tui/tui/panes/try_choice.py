"""ChoiceLine: which case, example and models are tried, and the button that runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.bars import Bar
from llmopt_tui.tui.links import link

_ROOMY = 110
"""The width in cells from which each choice is called by its name."""


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
        width = 30 if roomy else 16
        parts = [_choice("case" if roomy else "", chosen.case or "no case", "try_case", width)]
        if chosen.example:
            parts.append(_example(chosen, roomy, width))
        for name in chosen.models:
            shown = fmt.short_model(name) or "choose a model"
            parts.append(_choice("model" if roomy else "", shown, "try_model", width))
        right = [link(" ▶ Run ", "screen.try_run", "bold reverse")]
        if chosen.running:
            right = [link(" ■ Cancel ", "screen.try_cancel", "bold reverse")]
        if chosen.run_under_way and roomy:
            right.insert(0, link(chosen.run_under_way, "app.workbench", "$foreground-muted"))
        gap = Content("   " if roomy else "  ")
        self.put(Content(" ") + gap.join(parts), Content("  ").join(right) + Content(" "))


def _choice(label: str, value: str, action: str, width: int) -> Content:
    shown = link(f"{one_line(value, width)} ▾", f"screen.{action}", "bold")
    return Content.assemble((f"{label} ", "$foreground-muted"), shown) if label else shown


def _example(chosen: Choices, roomy: bool, width: int) -> Content:
    parts: list[Content | str | tuple[str, str]] = [("example ", "$foreground-muted")] * roomy
    parts += [
        link(" ‹ ", "screen.try_step(-1)", "bold"),
        link(f"{one_line(chosen.example, width)} ▾", "screen.try_example", "bold"),
        (f" {chosen.place}", "$foreground-muted"),
        link(" › ", "screen.try_step(1)", "bold"),
    ]
    return Content.assemble(*parts)
