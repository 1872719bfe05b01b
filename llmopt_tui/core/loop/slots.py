"""Slots: how many calls an endpoint takes at once for one model, as allowed and as measured."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from llmopt_tui.core.ports import Metrics

_ENOUGH = 6
"""How many calls made at the same time as others are needed to measure slots."""


@dataclass(slots=True)
class _Seen:
    """Calls made at the same time as others: how many, their weighted work, their seconds."""

    calls: int = 0
    work: float = 0.0
    time: float = 0.0


class Slots:
    """Calls at once, for each endpoint and model: how many there may be, and the ones under way.

    `allowed` is how many calls people allow an endpoint, or its server says it takes. A server with
    fewer slots shows it by its answers: of n calls at once, each worked on for S seconds after W
    seconds in a queue, n S / (S + W) are worked on at any time (Little's law).
    """

    def __init__(self, allowed: Mapping[str, int]) -> None:
        self._allowed = allowed
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._in_flight: Counter[tuple[str, str]] = Counter()
        # One for each place: a freed slot is no news to those who wait elsewhere.
        self._freed: defaultdict[tuple[str, str], asyncio.Condition] = defaultdict(
            asyncio.Condition
        )

    @asynccontextmanager
    async def hold(self, endpoint: str, model: str) -> AsyncIterator[Callable[[Metrics], None]]:
        """Wait for a free slot, and hold it inside the block.

        Yields a function to be given the metrics of the answer, from which slots are learnt.
        """
        place = endpoint, model
        freed = self._freed[place]
        async with freed:
            await freed.wait_for(lambda: self._in_flight[place] < self.of(endpoint, model))
            self._in_flight[place] += 1
        try:
            yield lambda metrics: self.answered(endpoint, model, self._in_flight[place], metrics)
        finally:
            self._in_flight[place] -= 1
            async with freed:
                freed.notify_all()

    def of(self, endpoint: str, model: str) -> int:
        """How many calls at once a model gets on an endpoint; 1 where nothing is known."""
        allowed = self._allowed.get(endpoint, 1)
        seen = self._seen.get((endpoint, model))
        if seen is None or seen.calls < _ENOUGH:
            return allowed
        return max(1, min(allowed, round(seen.work / seen.time)))

    def answered(self, endpoint: str, model: str, at_once: int, metrics: Metrics) -> None:
        """Learn from a reply. `at_once` is how many calls were under way, its own included."""
        worked = (metrics.prompt_seconds or 0.0) + (metrics.output_seconds or 0.0)
        if at_once < 2 or metrics.queued_seconds is None or not worked:
            return
        seen = self._seen.setdefault((endpoint, model), _Seen())
        seen.calls += 1
        seen.work += at_once * worked
        seen.time += worked + metrics.queued_seconds
