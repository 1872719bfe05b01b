"""Totals: the sums over the calls of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from llmopt_tui.core.ports import IF_KNOWN, Metrics

_LOAD_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums over calls of a session.

    `seconds` is their processing time. Tokens that a server did not count are missing from the
    sums. `loads` counts the calls that waited more than a second for the model to load: servers
    report some milliseconds even for a model that is in memory already. `cached` of the calls were
    answered from the cache: they count as calls, with the tokens and seconds of those that were
    made, and loaded nothing. `reused_tokens` came from the server's prefix cache, of the
    `known_tokens` of all prompts for which the server says so.
    """

    calls: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    loads: int = 0
    cached: int = 0
    reused_tokens: int = field(default=0, metadata=IF_KNOWN)
    known_tokens: int = field(default=0, metadata=IF_KNOWN)


def summed_up(calls: Sequence[tuple[Metrics, float]]) -> Totals:
    """The sums over calls, each with its metrics and its seconds."""
    known = [m for m, _ in calls if m.reused_tokens is not None and not m.cached]
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
        reused_tokens=sum(metrics.reused_tokens or 0 for metrics in known),
        known_tokens=sum(metrics.prompt_tokens or 0 for metrics in known),
    )
