"""LogWriting: which answers are being written in the Live log, since when, and how to see them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.panes.answer import Writing

if TYPE_CHECKING:
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.reports.example_words import Asked
    from llmopt_tui.state.run_state import LiveKey, LiveRun, RunState

_INPUT_CHARS = 200


class LogWriting:
    """Remembers when each answer under way was first seen. `monotonic` returns seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since: dict[LiveKey, float] = {}

    def follow(self, state: RunState) -> None:
        """Note which answers have begun, and forget those that have ended."""
        now = self._monotonic()
        self._since = {key: self._since.get(key, now) for key in state.live}

    def tested(self, state: RunState, iteration: int, asked: Asked) -> Writing | None:
        """The newest answer that tests an iteration; None where none is being written."""
        live = state.tested(iteration)
        return self._writing(live[-1], live, asked) if live else None

    def raced(self, state: RunState, idea: int, asked: Asked) -> Writing | None:
        """The newest answer in a race: of the idea that is looked at, else (0) of any."""
        everything = state.raced()
        live = (state.raced(idea) if idea else []) or everything
        return self._writing(live[-1], everything, asked) if live else None

    def _writing(self, live: LiveRun, together: Sequence[LiveRun], asked: Asked) -> Writing:
        key = live.iteration, live.proposal, live.example_id, live.repeat
        now = self._monotonic()
        example = asked.examples.get(live.example_id)
        inputs = "  ".join(map(str, example.inputs.values())) if example else ""
        since = self._since.get(key, now)
        return Writing(live, now - since, len(together) - 1, one_line(inputs, _INPUT_CHARS))


def is_tested(record: SessionRecord, n: int) -> bool:
    """Whether no further answer of an iteration is to come: on train or on held-out examples."""
    iteration = record.iteration(n)
    validating = record.validation is not None and record.finished is None
    return iteration is not None and iteration.score is not None and not validating


def row_to_follow(card: range, answer: range | None, height: int) -> int:
    """The row to scroll to, so that the answer being written is in sight.

    `card` and `answer` are rows of the log, of which `height` are in sight at once. The card's line
    stays in sight too where both fit; without an answer, the card begins at the top.
    """
    if answer is None:
        return card.start
    below = max(1, min(height // 4, height - len(answer) - 1))
    bottom = min(card.stop, answer.stop + below)
    if bottom - card.start <= height:
        return min(card.start, max(0, bottom - height))
    return bottom - height
