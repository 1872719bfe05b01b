"""The documents of a session: session_data.json, test_iteration_N.json and interview_N.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from llmopt_tui.core.analysis.explanation import ExplainedPart
from llmopt_tui.core.analysis.findings import ConstantAnswer, Gain
from llmopt_tui.core.changes import Change
from llmopt_tui.core.drafts import RefusedDraft
from llmopt_tui.core.loop.round import ChatMessage
from llmopt_tui.core.loop.totals import Totals
from llmopt_tui.core.ports import ModelInfo
from llmopt_tui.core.run import Run
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.variant import Variant
from llmopt_tui.state.documents.base import Count, Document, Domain, Flag, Number, Total


class IterationLine(Document):
    """A summary of an iteration. `accepted`: its prompt became the best one when it was tested.

    `prompt_sha256` identifies everything that its variant sends; `trials` counts the suggestions
    that lost the race which led to it. `marked`: how many of its answers a person marked; their
    marks are in the scores.
    """

    n: Count = 0
    score: Number | None = None
    validation_score: Number | None = None
    processing_time: Total = 0.0
    prompt_sha256: str = ""
    accepted: Flag = False
    origin: str = ""
    parent: Count | None = None
    trials: Count = 0
    marked: Count = 0


class CaseFacts(Document):
    """The case of a session. `snapshot` and `prompt` are the files as they were."""

    id: str = ""
    title: str = ""
    sha256: str = ""
    snapshot: Mapping[str, Any] = {}
    prompt: Mapping[str, Any] = {}


class Unmeasured(Document):
    """What `validation` holds until the gain is measured on held-out examples."""

    baseline: None = None
    best: None = None
    difference: None = None
    ci95: None = None
    p_value: None = None
    test: None = None
    n: None = None


class TrialCounts(Document):
    """How many suggestions were raced, how their races ended, and how many answers that took."""

    raced: Count = 0
    won: Count = 0
    beaten: Count = 0
    dropped: Count = 0
    answers: Count = 0


class JudgeAgreement(Document):
    """How far the judge agrees with a person's marks of `n` answers; see `Agreement`."""

    n: Count = 0
    kappa: Number | None = None
    mean_error: Number | None = None
    calibrated: Flag = False


class SessionData(Document):
    """session_data.json: the whole session except for its answers and talks.

    `totals` are sums over the candidate's calls, `interviewer_totals` over the interviewer's.
    `system_fingerprints` are the backends that answered the candidate's calls, in order of
    appearance: more than one means that they were mixed. Empty where the server names none.
    `environment.calls_at_once` is how many calls the endpoint could get at once.
    """

    IF_KNOWN: ClassVar[frozenset[str]] = frozenset({"system_fingerprints"})

    schema_version: int = 1
    session_id: str = ""
    suite_id: str | None = None
    status: str = ""
    stop_reason: str | None = None
    error_message: str = ""
    model: Annotated[ModelInfo, Domain()] | None = None
    interviewer_model: str = ""
    baseline_model: str = ""
    case: CaseFacts = CaseFacts()
    settings: Annotated[LoopSettings, Domain(whole=True)] | None = None
    iterations: tuple[IterationLine, ...] = ()
    best_iteration: Count | None = None
    best_prompt: str | None = None
    best_variant: Annotated[Variant, Domain()] | None = None
    baseline_score: Number | None = None
    best_score: Number | None = None
    improvement: Number | None = None
    constant_answer: Annotated[ConstantAnswer, Domain()] | None = None
    validation: Unmeasured | Annotated[Gain, Domain()] = Unmeasured()
    trials: TrialCounts = TrialCounts()
    parts: tuple[Annotated[ExplainedPart, Domain()], ...] = ()
    judge_agreement: JudgeAgreement | None = None
    totals: Annotated[Totals, Domain()] = Totals()
    interviewer_totals: Annotated[Totals, Domain()] = Totals()
    system_fingerprints: tuple[str, ...] = ()
    environment: Mapping[str, Any] = {}
    started_at: str = ""
    finished_at: str | None = None


class RecordedDecision(Document):
    """The decision on a suggestion. Before there is one, `action` is "none", the rest unknown.

    `prompt` is the text that was tested next, or None. `left_out` are the numbers, from 1, of the
    suggestion's changes that the person left out.
    """

    IF_KNOWN: ClassVar[frozenset[str]] = frozenset({"left_out"})

    action: str = "none"
    by: str | None = None
    prompt: str | None = None
    note: str = ""
    left_out: tuple[Count, ...] = ()
    timestamp: str | None = None


class Proposal(Document):
    """One suggestion of a round, what was decided about it, and how it did in its race.

    `interview` and `proposal` are the numbers of its round and its own there. `variant` is what is
    sent to test it. `scores` are means by train example, of `answers` runs; empty where it was not
    raced. `outcome` is "won", "beaten" or "dropped", with a `reason`; None without a race.
    `problems` says what the checks have against it, where the person uses it anyway.
    """

    interview: Count = 0
    proposal: Count = 0
    source: str = ""
    cause: str = ""
    kind: str = ""
    reasoning: str = ""
    variant: Annotated[Variant, Domain()] | None = None
    changes: tuple[Annotated[Change, Domain()], ...] = ()
    problems: tuple[str, ...] = ()
    decision: RecordedDecision = RecordedDecision()
    scores: Mapping[str, Number] = {}
    answers: Count = 0
    outcome: str | None = None
    reason: str = ""


class IterationDocument(Document):
    """test_iteration_N.json: one variant and every run of it, the worst train run's texts on top.

    `success`: every planned run ended in an answer. `error_message` says what failed. `prompt` and
    `system` are the variant's. `trials` are the suggestions that were raced in the round which led
    to this iteration, and lost.
    """

    schema_version: int = 1
    iteration: Count = 0
    origin: str = ""
    parent: Count | None = None
    system: str = ""
    prompt: str = ""
    variant: Annotated[Variant, Domain()] | None = None
    full_prompt: str = ""
    output: str = ""
    processing_time: Total = 0.0
    success: Flag = False
    error_message: str = ""
    score: Number | None = None
    validation_score: Number | None = None
    timestamp: str = ""
    runs: tuple[Annotated[Run, Domain()], ...] = ()
    trials: tuple[Proposal, ...] = ()


class Interview(Document):
    """interview_N.json: what was asked, what came back, and what was decided.

    `improved_prompt` and `decision` are of the suggestion that was adopted, else of the first;
    `proposals` has all suggestions of the round, `refused` the drafts that the checks rejected.
    """

    IF_KNOWN: ClassVar[frozenset[str]] = frozenset({"refused"})

    schema_version: int = 1
    interview: Count = 0
    iteration: Count = 0
    interviewer_model: str = ""
    interview_prompt: str = ""
    interview_response: str = ""
    analysis: str = ""
    improved_prompt: str | None = None
    reasoning: str = ""
    change: str = ""
    source: str | None = None
    has_improvement: Flag = False
    problems: tuple[str, ...] = ()
    messages: tuple[Annotated[ChatMessage, Domain()], ...] = ()
    decision: RecordedDecision = RecordedDecision()
    proposals: tuple[Proposal, ...] = ()
    refused: tuple[Annotated[RefusedDraft, Domain()], ...] = ()
    timestamp: str = ""
