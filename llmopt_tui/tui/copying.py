"""What `y` copies: the marked text, or what the pane with the focus offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual.widgets import Input

if TYPE_CHECKING:
    from llmopt_tui.core.loop.iteration import IterationRecord
    from llmopt_tui.tui.app import LlmoptApp


@runtime_checkable
class Copyable(Protocol):
    """A pane with text that can be copied."""

    def copyable(self) -> list[tuple[str, str]]:
        """What can be copied, as (name, text) pairs, the most likely one first."""
        ...


def copy_from(app: LlmoptApp) -> None:
    """Copy the marked text, or the pane's only text, or ask which of several."""
    screen = app.screen
    if marked := screen.get_selected_text():
        _copy(app, "marked text", marked)
        return
    offers = _offers(app)
    if not offers:
        app.say("There is nothing to copy here. Text can be marked with the mouse.")
    elif len(offers) == 1:
        _copy(app, *offers[0])
    else:
        from llmopt_tui.tui.screens.dialogs import Choose

        texts = dict(offers)

        def chosen(name: str | None) -> None:
            if name is not None:
                _copy(app, name, texts[name])

        app.push_screen(Choose("Copy", [(name, name) for name in texts]), chosen)


def _offers(app: LlmoptApp) -> list[tuple[str, str]]:
    focused = app.screen.focused
    if focused is None or isinstance(focused, Input):
        return []
    for node in focused.ancestors_with_self:
        if isinstance(node, Copyable):
            return [(name, text) for name, text in node.copyable() if text]
    return []


def _copy(app: LlmoptApp, name: str, text: str) -> None:
    app.copy_to_clipboard(text)
    app.say(f"Copied: {name}")


def offers_of(iteration: IterationRecord) -> list[tuple[str, str]]:
    """What can be copied of an iteration: its prompt, its worst answer, and all its answers."""
    outputs = [f"## {run.example_id}\n\n{run.output}\n" for run in iteration.runs]
    worst = iteration.worst_run
    return [
        (f"prompt of iteration {iteration.n}", iteration.prompt),
        (f"worst output ({worst.example_id})" if worst else "", worst.output if worst else ""),
        (f"all {len(outputs)} outputs", "\n".join(outputs)),
    ]
