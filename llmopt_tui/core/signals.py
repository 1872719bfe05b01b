"""Every signal of a session: what happens on the way to the next fact.

A `Signal` (a streamed word, a retry, a question that waits) is shown and then forgotten. What is
kept is an `Event`, in `core/events.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from llmopt_tui.core.decisions import PendingConvention, PendingDecision, PendingNext
from llmopt_tui.core.doubt import Doubt
from llmopt_tui.core.settings import StopReason
from llmopt_tui.core.suggestion import Suggestion

RunKey = tuple[int, int | None, str, int]
"""What identifies an answer that is being written: iteration, idea, example and repeat.

The idea is None outside a race; in one, the iteration is the next.
"""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """Signal: an example is being sent to the candidate.

    In a race, `proposal` is the number of the proposal and `iteration` that of the next iteration.
    """

    iteration: int
    example_id: str
    repeat: int
    full_prompt: str
    proposal: int | None = None

    @property
    def key(self) -> RunKey:
        """Which answer it is the beginning of."""
        return self.iteration, self.proposal, self.example_id, self.repeat


@dataclass(frozen=True, slots=True)
class RunStreamed:
    """Signal: a piece of the candidate's answer. `proposal` as in `RunStarted`."""

    iteration: int
    example_id: str
    repeat: int
    text: str
    thinking: str
    proposal: int | None = None

    @property
    def key(self) -> RunKey:
        """Which answer it is a piece of."""
        return self.iteration, self.proposal, self.example_id, self.repeat


Doing = Literal["analysis", "rule", "prompt", "talk"]
"""What the interviewer is asked for."""


@dataclass(frozen=True, slots=True)
class InterviewAsked:
    """Signal: the interviewer is asked for something; what it streams from now on is about that."""

    interview: int
    doing: Doing


@dataclass(frozen=True, slots=True)
class InterviewStreamed:
    """Signal: a piece of the interviewer's analysis or answer."""

    interview: int
    text: str
    thinking: str = ""


@dataclass(frozen=True, slots=True)
class CallRetried:
    """Signal: a call failed and is made again; what it had streamed is void.

    `run` is the answer that the call is for; None where it is a call of the interviewer.
    """

    attempt: int
    wait_seconds: float
    reason: str
    run: RunKey | None = None


@dataclass(frozen=True, slots=True)
class SuggestionProposed:
    """Signal: a suggestion waits for a decision, which is given through `pending`.

    It is number `proposal` of `proposals` in its round.
    """

    interview: int
    suggestion: Suggestion
    pending: PendingDecision = field(compare=False)
    proposal: int = 1
    proposals: int = 1


@dataclass(frozen=True, slots=True)
class NothingSuggested:
    """Signal: the session would end for `reason`, and the person is asked what to do.

    `playbook` says whether the playbook has an idea that was not tried.
    """

    interview: int
    pending: PendingNext = field(compare=False)
    reason: StopReason = "no_improvement_suggested"
    playbook: bool = False


@dataclass(frozen=True, slots=True)
class ConventionAsked:
    """Signal: answers confuse two labels, and the person is asked what tells them apart."""

    doubt: Doubt
    pending: PendingConvention = field(compare=False)


Waits = SuggestionProposed | NothingSuggested | ConventionAsked
"""A question that waits for the person."""

Signal = (
    NothingSuggested
    | ConventionAsked
    | RunStarted
    | RunStreamed
    | InterviewAsked
    | InterviewStreamed
    | CallRetried
    | SuggestionProposed
)

Sink = Callable[[Signal], None]
"""Receives each signal of a session at once. It must not block and must raise nothing."""
