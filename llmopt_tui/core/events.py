"""Every event of a session: all that the loop, the journal and the screens tell each other.

An `Event` is a fact and is kept in the journal. A `Signal` is what happens on the way to the next
fact (a streamed word, a retry): it is shown and then forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from llmopt_tui.core.case import Split
from llmopt_tui.core.decisions import Decision, PendingDecision
from llmopt_tui.core.ports import Message, Metrics, ModelInfo, Reply
from llmopt_tui.core.scoring.base import CriterionScore
from llmopt_tui.core.settings import LoopSettings, StopReason

Origin = Literal["original", "accepted", "edited"]
Source = Literal["interviewer", "playbook", "chat"]


@dataclass(frozen=True, slots=True)
class Run:
    """One example answered once: the question as sent, the answer as it came, and its score.

    `output` is the answer without the model's thoughts; `processing_time` is in seconds; `score` is
    in [0, 1].
    """

    example_id: str
    split: Split
    repeat: int
    full_prompt: str
    output: str
    thinking: str
    processing_time: float
    success: bool
    error_message: str
    score: float
    criteria: tuple[CriterionScore, ...]
    metrics: Metrics

    @property
    def answer_seconds(self) -> float:
        """Seconds that the answer took, without the model's load and the wait in the queue."""
        waited = (self.metrics.load_seconds or 0.0) + (self.metrics.queued_seconds or 0.0)
        return max(0.0, self.processing_time - waited)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An improved prompt with the reason for it.

    `source` says who suggested it, `kind` names the sort of change; "" where that has no name.
    """

    prompt: str
    reasoning: str
    source: Source
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact of a session, with the time at which it happened."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted(Event):
    """A session began. `case` and `prompt` are full snapshots of the files as they were."""

    session_id: str
    model: ModelInfo
    interviewer_model: str
    case: Mapping[str, Any]
    prompt: Mapping[str, Any]
    settings: LoopSettings
    environment: Mapping[str, str]
    suite_id: str = ""
    baseline_model: str = ""

    @property
    def case_id(self) -> str:
        """The id of the case; "" where the record has none."""
        return str(self.case.get("id", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class IterationStarted(Event):
    """A prompt is about to be tested in `planned_runs` runs. `parent` is None for the original."""

    iteration: int
    prompt: str
    origin: Origin
    parent: int | None
    planned_runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    """One example was answered and scored."""

    iteration: int
    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class IterationFinished(Event):
    """Every run of an iteration is done. `score` is the mean over train runs."""

    iteration: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewStarted(Event):
    """The interviewer is asked about an iteration; `interview_prompt` is the question it reads."""

    interview: int
    iteration: int
    interview_prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewAnswered(Event):
    """One call of an interview has ended, with a reply, or without one and with `error`.

    `request_sha256` identifies the call; `seconds` is how long it took.
    """

    interview: int
    request_sha256: str
    reply: Reply
    seconds: float
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewFinished(Event):
    """An interview ended. `suggestion` is None where nothing usable came; `problems` says why."""

    interview: int
    response: str
    analysis: str
    messages: tuple[Message, ...]
    problems: tuple[str, ...] = ()
    suggestion: Suggestion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatExchanged(Event):
    """The person said something to the interviewer and it answered, perhaps with a suggestion."""

    interview: int
    question: str
    answer: str
    problems: tuple[str, ...] = ()
    suggestion: Suggestion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionDecided(Event):
    """A suggestion was accepted, edited or rejected."""

    interview: int
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationStarted(Event):
    """The original prompt and the best one are about to be run on the validation examples.

    `iterations` are the numbers of these prompts' iterations, `planned_runs` the runs of both.
    """

    iterations: tuple[int, ...]
    planned_runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPaused(Event):
    """The session paused until the person resumes it or the lost server returns."""

    by: Literal["person", "server"]
    reason: str = ""
    retry_in: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionResumed(Event):
    """The session resumed: after a pause, an interruption, or an end that was too early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFinished(Event):
    """The session ended. `stop_reason` says why; `error_message` says what failed, or is ""."""

    stop_reason: StopReason
    error_message: str = ""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """Signal: an example is being sent to the candidate."""

    iteration: int
    example_id: str
    repeat: int
    full_prompt: str


@dataclass(frozen=True, slots=True)
class RunStreamed:
    """Signal: a piece of the candidate's answer."""

    iteration: int
    example_id: str
    repeat: int
    text: str
    thinking: str


@dataclass(frozen=True, slots=True)
class InterviewStreamed:
    """Signal: a piece of the interviewer's analysis or answer."""

    interview: int
    text: str
    thinking: str = ""


@dataclass(frozen=True, slots=True)
class CallRetried:
    """Signal: a call failed and is made again; what it had streamed is void."""

    attempt: int
    wait_seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class SuggestionProposed:
    """Signal: a suggestion waits for a decision, which is given through `pending`."""

    interview: int
    suggestion: Suggestion
    pending: PendingDecision = field(compare=False)


Signal = RunStarted | RunStreamed | InterviewStreamed | CallRetried | SuggestionProposed

FACTS: tuple[type[Event], ...] = (
    SessionStarted,
    IterationStarted,
    RunFinished,
    IterationFinished,
    InterviewStarted,
    InterviewAnswered,
    InterviewFinished,
    ChatExchanged,
    SuggestionDecided,
    ValidationStarted,
    SessionPaused,
    SessionResumed,
    SessionFinished,
)
