"""Every event of a session: all that the loop, the journal and the screens tell each other.

An `Event` is a fact and is kept in the journal. A `Signal` is what happens on the way to the next
fact (a streamed word, a retry): it is shown and then forgotten.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from llmopt_tui.core.case import Split
from llmopt_tui.core.changes import Change, Source, applied
from llmopt_tui.core.decisions import (
    Decision,
    Next,
    PendingConvention,
    PendingDecision,
    PendingNext,
)
from llmopt_tui.core.doubt import Doubt
from llmopt_tui.core.drafts import RefusedDraft
from llmopt_tui.core.ports import Message, Metrics, ModelInfo, Reply
from llmopt_tui.core.scoring.base import CriterionScore
from llmopt_tui.core.settings import LoopSettings, StopReason
from llmopt_tui.core.variant import Variant

Origin = Literal["original", "accepted", "edited"]
Asked = Literal["all", "playbook", "nobody"]
"""Which sources of suggestions a round asks."""

Outcome = Literal["won", "beaten", "dropped"]
"""How a race ended for a variant: it is the next iteration; another one was better; it was left
out before the end, or was no better than the best so far."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A person's own score of an answer, in [0, 1]; `scored` is the one that it overrules."""

    score: float
    note: str
    scored: float


@dataclass(frozen=True, slots=True)
class Run:
    """One example answered once: the question as sent, the answer as it came, and its score.

    `output` is the answer without the model's thoughts; `processing_time` is in seconds; `score` is
    in [0, 1]. It took `calls` calls, those of judges included: two of the candidate where a free
    answer was said again in the output's format. `cached` of them were answered from the cache.
    Time and metrics are the candidate's alone. Where a person marked the answer, `score` is theirs.
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
    calls: int = 1
    cached: int = 0
    mark: Mark | None = None

    @property
    def answer_seconds(self) -> float:
        """Seconds that the answer took, without the model's load and the wait in the queue."""
        waited = (self.metrics.load_seconds or 0.0) + (self.metrics.queued_seconds or 0.0)
        return max(0.0, self.processing_time - waited)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A better variant with the reason for it.

    `prompt` is its text, `source` says who suggested it, `kind` names the sort of change ("" where
    that has no name), `cause` the failure that it is meant against, which `diagnosis` describes.
    `variant` is None where the text alone differs from the parent's; `changes` lead from the parent
    to it. `overruled` are the reasons of the checks against it, where the person uses it anyway.
    """

    prompt: str
    reasoning: str
    source: Source
    kind: str = ""
    variant: Variant | None = None
    changes: tuple[Change, ...] = ()
    cause: str = ""
    diagnosis: str = ""
    overruled: tuple[str, ...] = ()

    def variant_of(self, parent: Variant) -> Variant:
        """The variant that is suggested in place of `parent`."""
        return self.variant or parent.with_text(self.prompt)

    def without(self, left_out: Collection[int], parent: Variant) -> Suggestion:
        """The suggestion without some of its changes, which are numbered from 1."""
        kept = tuple(c for n, c in enumerate(self.changes, 1) if n not in left_out)
        if len(kept) == len(self.changes):
            return self
        variant = applied(kept, parent)
        return replace(self, prompt=variant.text, variant=variant, changes=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact of a session, with the time at which it happened."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted(Event):
    """A session began. `case` and `prompt` are full snapshots of the files as they were.

    `earlier` are variants that won on the same case in earlier sessions.
    """

    session_id: str
    model: ModelInfo
    interviewer_model: str
    case: Mapping[str, Any]
    prompt: Mapping[str, Any]
    settings: LoopSettings
    environment: Mapping[str, str]
    suite_id: str = ""
    baseline_model: str = ""
    earlier: tuple[Variant, ...] = ()

    @property
    def case_id(self) -> str:
        """The id of the case; "" where the record has none."""
        return str(self.case.get("id", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class IterationStarted(Event):
    """A variant is about to be tested in `planned_runs` runs. `parent` is None for the original.

    `prompt` is its text; `variant` is None in records of versions that sent nothing else. Where the
    variant won a race, `proposal` is its number in the last interview, and the runs of the race are
    the iteration's.
    """

    iteration: int
    prompt: str
    origin: Origin
    parent: int | None
    planned_runs: int
    variant: Variant | None = None
    proposal: int | None = None


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
    """The interviewer is asked about an iteration; `interview_prompt` is the question it reads.

    `asked` says which sources of suggestions are asked: the playbook alone where the person wants
    an idea of it, nobody where a prompt of the person is all that the round tests.
    """

    interview: int
    iteration: int
    interview_prompt: str
    asked: Asked = "all"


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
    """An interview ended. `suggestion` is None where nothing usable came; `problems` says why.

    `proposals` are all that is suggested in this round, by whatever source, `suggestion` the first
    of them; records of versions that had one suggestion a round hold no others. `refused` are
    drafts that the checks rejected.
    """

    interview: int
    response: str
    analysis: str
    messages: tuple[Message, ...]
    problems: tuple[str, ...] = ()
    suggestion: Suggestion | None = None
    proposals: tuple[Suggestion, ...] = ()
    refused: tuple[RefusedDraft, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewGivenUp(Event):
    """The person gave up an interview that was under way: to skip it, or to have it made again."""

    interview: int
    follows: Literal["skipped", "again"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatExchanged(Event):
    """The person said something to the interviewer and it answered, perhaps with a suggestion.

    `refused` are drafts in the answer that the checks rejected, or that came too late.
    """

    interview: int
    question: str
    answer: str
    problems: tuple[str, ...] = ()
    suggestion: Suggestion | None = None
    refused: tuple[RefusedDraft, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConventionAnswered(Event):
    """The person was asked what the labels mean, and said so; `answer` is "" where they did not.

    `suggestion` is the rule made of the answer, which takes part in the next round.
    """

    doubt: Doubt
    answer: str
    suggestion: Suggestion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdeaTried(Event):
    """A suggestion was tried on one train example before it was decided.

    `left_out` are the numbers of its changes that were left out for it.
    """

    interview: int
    proposal: int
    run: Run
    left_out: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionDecided(Event):
    """A suggestion was accepted, edited or rejected. `proposal` is its number in the interview."""

    interview: int
    decision: Decision
    proposal: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionWritten(Event):
    """The person has written a suggestion, which takes part in the round of this interview.

    Where there was no interview so far, or its race is over, it takes part in the next round.
    """

    interview: int
    suggestion: Suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDecided(Event):
    """The person, or the rule, said what follows where the session would end after a round."""

    interview: int
    next: Next


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRunFinished(Event):
    """One train example was answered in a race, with the variant of a proposal."""

    interview: int
    proposal: int
    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEnded(Event):
    """A proposal left its race: it won, or was dropped for a reason."""

    interview: int
    proposal: int
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRunFinished(Event):
    """One train example was answered with the best variant without one of its parts."""

    part: int
    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationStarted(Event):
    """The original prompt and the best one are about to be run on the validation examples.

    `iterations` are the numbers of these prompts' iterations, `planned_runs` the runs of both.
    """

    iterations: tuple[int, ...]
    planned_runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputMarked(Event):
    """A person gave an answer a score of their own, in [0, 1]: during the session or after its end.

    It overrules the score that the criteria gave, and an earlier mark. The answer is one of the
    iteration; with an `interview`, one of its `proposal`'s in the race, and `iteration` is 0.
    """

    example_id: str
    iteration: int
    score: float
    note: str = ""
    repeat: int = 1
    interview: int = 0
    proposal: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkTakenBack(Event):
    """A person took the mark of an answer back: the score that the criteria gave counts again.

    Which answer is meant is said as in `OutputMarked`.
    """

    example_id: str
    iteration: int
    repeat: int = 1
    interview: int = 0
    proposal: int = 0


Marking = OutputMarked | MarkTakenBack
"""What a person says of an answer's score, during a session or after its end."""


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
    """Signal: an example is being sent to the candidate.

    In a race, `proposal` is the number of the proposal and `iteration` that of the next iteration.
    """

    iteration: int
    example_id: str
    repeat: int
    full_prompt: str
    proposal: int | None = None


@dataclass(frozen=True, slots=True)
class RunStreamed:
    """Signal: a piece of the candidate's answer. `proposal` as in `RunStarted`."""

    iteration: int
    example_id: str
    repeat: int
    text: str
    thinking: str
    proposal: int | None = None


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
    """Signal: a call failed and is made again; what it had streamed is void."""

    attempt: int
    wait_seconds: float
    reason: str


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

FACTS: tuple[type[Event], ...] = (
    SessionStarted,
    IterationStarted,
    RunFinished,
    IterationFinished,
    InterviewStarted,
    InterviewAnswered,
    InterviewGivenUp,
    InterviewFinished,
    ChatExchanged,
    ConventionAnswered,
    IdeaTried,
    SuggestionDecided,
    SuggestionWritten,
    NextDecided,
    TrialRunFinished,
    TrialEnded,
    PartRunFinished,
    ValidationStarted,
    OutputMarked,
    MarkTakenBack,
    SessionPaused,
    SessionResumed,
    SessionFinished,
)
