"""LogWriting: the answers that are being written in the Live log, and since when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.state.races import race_under_way
from llmopt_tui.tui.panes.answer import Writing, answer_room
from llmopt_tui.tui.panes.iteration_card import IterationCard

if TYPE_CHECKING:
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.signals import RunKey
    from llmopt_tui.reports.example_words import Asked
    from llmopt_tui.state.run_state import LiveRun, RunState
    from llmopt_tui.tui.panes.log_cards import Cards

_INPUT_CHARS = 200


class LogWriting:
    """Draws them, and remembers when each was first seen. `monotonic` returns seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since: dict[RunKey, float] = {}

    def write(
        self, cards: Cards, state: RunState, asked: Asked, *, idea: int, thoughts: bool
    ) -> None:
        """Bring the answers being written up to date, in every card that shows one.

        `idea` is the idea of a race that is looked at; 0 where none is.
        """
        now = self._monotonic()
        self._since = {key: self._since.get(key, now) for key in state.live}
        room = answer_room(cards.scrollable_content_region.height)
        race = race_under_way(state.record)
        for card in cards.by_place.values():
            if isinstance(card, IterationCard):
                writing, over = self._tested(state, card.n, asked), is_tested(state.record, card.n)
                card.write(writing, thoughts=thoughts, room=room, over=over)
            elif race is not None and race.n == card.place.interview:
                writing = self._raced(state, idea, asked)
                card.write(writing, thoughts=thoughts, room=room)

    def _tested(self, state: RunState, iteration: int, asked: Asked) -> Writing | None:
        """The newest answer that tests an iteration; None where none is being written."""
        live = state.tested(iteration)
        return self._writing(live[-1], live, asked) if live else None

    def _raced(self, state: RunState, idea: int, asked: Asked) -> Writing | None:
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
