"""Every event of a session: the facts that loop, journal and screens tell each other.

An `Event` is kept in the journal and folded into the record; what is only shown is a `Signal`, in
`core/signals.py`. All kinds are in this one module, because the list at its end is the journal's
format: a line names the kind, and a kind that is not in the list cannot be read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from llmopt_tui.core.decisions import Decision, Next
from llmopt_tui.core.doubt import Doubt
from llmopt_tui.core.drafts import RefusedDraft
from llmopt_tui.core.ports import Message, ModelInfo, Reply
from llmopt_tui.core.run import Run
from llmopt_tui.core.settings import LoopSettings, StopReason
from llmopt_tui.core.suggestion import Suggestion
from llmopt_tui.core.variant import Variant

Origin = Literal["original", "accepted", "edited"]
Asked = Literal["all", "playbook", "nobody"]
"""Which sources of suggestions a round asks."""

Outcome = Literal["won", "beaten", "dropped"]
"""How a race ended for a variant: it is the next iteration; another one was better; it was left
out before the end, or was no better than the best so far."""


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
