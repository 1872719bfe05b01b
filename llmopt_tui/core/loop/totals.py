"""Totals: the sums over the calls of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llmopt_tui.core.ports import Metrics

_LOAD_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums over calls of a session.

    `seconds` is their processing time. Tokens that a server did not count are missing from the
    sums. `loads` counts the calls that waited more than a second for the model to load: servers
    report some milliseconds even for a model that is in memory already. `cached` of the calls were
    answered from the cache: they count as calls, with the tokens and seconds of those that were
    made, and loaded nothing.
    """

    calls: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    loads: int = 0
    cached: int = 0


def summed_up(calls: Sequence[tuple[Metrics, float]]) -> Totals:
    """The sums over calls, each with its metrics and its seconds."""
    return Totals(
        calls=len(calls),
        prompt_tokens=sum(metrics.prompt_tokens or 0 for metrics, _ in calls),
        output_tokens=sum(metrics.output_tokens or 0 for metrics, _ in calls),
        seconds=sum(seconds for _, seconds in calls),
        loads=sum(
            (metrics.load_seconds or 0.0) > _LOAD_SECONDS and not metrics.cached
            for metrics, _ in calls
        ),
        cached=sum(metrics.cached for metrics, _ in calls),
    )
