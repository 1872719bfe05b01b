"""PlanLine: how long the picked models and cases will take, above the status line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.content import Content

from llmopt_tui.app.time_left import TimeLeft, read_past
from llmopt_tui.tui.widgets.plain import Plain, plain_text

if TYPE_CHECKING:
    from llmopt_tui.core.case import Case
    from llmopt_tui.core.settings import LoopSettings
    from llmopt_tui.state.plan import Past


class PlanLine(Plain):
    """Shown while something is picked and nothing runs. Reads the models' speeds in past suites."""

    DEFAULT_CSS = """
    PlanLine { display: none; height: auto; max-height: 4; padding: 0 1; color: $text-muted; }
    PlanLine.-planned { display: block; }
    """

    def __init__(self, results: Path, time_left: TimeLeft) -> None:
        super().__init__(id="plan-line")
        self._results, self._time_left = results, time_left
        self._picked: tuple[Sequence[str], Sequence[Case], LoopSettings] | None = None
        self._transfer = False

    def on_mount(self) -> None:
        """Read the past suites in the background."""
        self.look()

    @work(exclusive=True, group="look", exit_on_error=False)
    async def look(self) -> None:
        """Read the speeds of models from past suites."""
        self._time_left.past = await asyncio.to_thread(read_past, self._results)
        self._draw()

    def show(
        self,
        models: Sequence[str],
        cases: Sequence[Case],
        settings: LoopSettings,
        *,
        transfer: bool,
    ) -> None:
        """Plan for these models on these cases; without models or cases, show no plan.

        `transfer` says whether each model's best prompt is tried on the other models.
        """
        picked = (tuple(models), tuple(cases), settings) if models and cases else None
        if (picked, transfer) != (self._picked, self._transfer):
            if self._picked is None:
                self.look()  # a run may have ended since
            self._picked, self._transfer = picked, transfer
            self._draw()

    @work(exclusive=True, group="plan", exit_on_error=False)
    async def _draw(self) -> None:
        self.set_class(self._picked is not None, "-planned")
        if self._picked:
            past = self._time_left.past
            # In a thread: importing numpy takes longer than a key press may wait for its frame.
            words = await asyncio.to_thread(_words, *self._picked, past, transfer=self._transfer)
            self.update(Content.assemble("Planned: ", plain_text(words)))


def _words(
    models: Sequence[str],
    cases: Sequence[Case],
    settings: LoopSettings,
    past: Past | None,
    *,
    transfer: bool,
) -> str:
    from llmopt_tui.reports.plan import plan_words
    from llmopt_tui.state.plan import Past

    return plan_words(models, cases, settings, past or Past(), transfer=transfer)
