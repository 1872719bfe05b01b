"""A program for a real terminal: the prompt editor and a title that never stops changing."""

from __future__ import annotations

from textual.app import App
from textual.widgets import TextArea

from llmopt_tui.tui.screens.editor import PromptEditor


class Program(App[str]):
    def on_mount(self) -> None:
        self._ticks = 0
        self.set_interval(0.02, self._tick)
        self.push_screen(PromptEditor("Say {{x}}.", "Tell {{x}}."), self.exit)

    def _tick(self) -> None:
        self._ticks += 1
        self.screen_stack[-1].query_one(TextArea).border_title = f"TICK {self._ticks}"


if __name__ == "__main__":
    print("RESULT", Program().run())
