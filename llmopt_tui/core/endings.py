"""Why sessions end, in words: the one vocabulary for stop reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from llmopt_tui.core.settings import LoopSettings, StopReason


@dataclass(frozen=True, slots=True)
class Ending:
    """A stop reason for people: as a word for narrow cells, as a phrase, and as a clause.

    The clause follows "because"; in braces it has the settings that it names.
    """

    word: str
    phrase: str
    clause: str


ENDINGS: Mapping[StopReason, Ending] = {
    "target_reached": Ending("target", "target reached", "the target of {target:.2f} was reached"),
    "no_improvement_suggested": Ending(
        "no change",
        "no improvement suggested",
        "the interviewer had no usable improvement to suggest",
    ),
    "plateau": Ending(
        "plateau",
        "plateau",
        "scores stopped improving ({patience} in a row without a gain of {min_gain:g})",
    ),
    "max_iterations": Ending(
        "limit", "max iterations", "the limit of {max_iterations} was reached"
    ),
    "max_calls": Ending("calls", "max calls", "the limit of {max_calls} calls was reached"),
    "stopped_by_user": Ending("stopped", "stopped by user", "the person stopped it"),
    "failed": Ending("failed", "failed", "it failed"),
}


def ending_clause(reason: StopReason, settings: LoopSettings) -> str:
    """Why a session with these settings ended: "the target of 0.95 was reached"."""
    return ENDINGS[reason].clause.format(
        target=settings.target,
        patience=_iterations(settings.patience),
        min_gain=settings.min_gain,
        max_iterations=_iterations(settings.max_iterations),
        max_calls=settings.max_calls,
    )


def ending_phrase(recorded: str) -> str:
    """The phrase for a stop reason as documents hold it; anything else, as a status, as it is."""
    return _BY_NAME[recorded].phrase if recorded in _BY_NAME else recorded


def ending_word(recorded: str) -> str:
    """As `ending_phrase`, the word."""
    return _BY_NAME[recorded].word if recorded in _BY_NAME else recorded


def _iterations(count: int) -> str:
    return f"{count} iteration{'' if count == 1 else 's'}"


_BY_NAME: Mapping[str, Ending] = {str(reason): ending for reason, ending in ENDINGS.items()}
