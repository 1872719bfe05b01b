"""Trying: one prompt put to one model once: what is asked, the answer under way, the last answers.

Nothing of it is kept on disk. What a person wants to keep becomes a prompt file or a session.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.ports import ChatRequest, Delta, ModelInfo, Piece, Reply, Retrying
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.scoring.base import CriterionScore

MOST_KEPT = 100
"""How many answers are kept for comparison; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is to be tried: a prompt and its inputs; with `case` and `example`, scored by them."""

    prompt: Prompt
    inputs: Mapping[str, str]
    case: Case | None = None
    example: Example | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """How an attempt went.

    `request` is the first call. `seconds` is how long its calls took, each by its last attempt.
    `error` is empty where an answer came; else `reply` holds what had come by then. `score` is None
    where nothing says how to score, no answer came, or a judge failed: then `unscored` says why.
    """

    attempt: Attempt
    model: ModelInfo
    request: ChatRequest
    reply: Reply
    seconds: float
    error: str = ""
    score: float | None = None
    criteria: tuple[CriterionScore, ...] = ()
    unscored: str = ""


@dataclass(slots=True)
class LiveTry:
    """An attempt under way, or one that ended without an outcome: `problem` says why.

    Times are in seconds of a monotonic clock. `began_at` is None until the call is made: before, it
    waits for its turn on the endpoint. `pieces` counts what was streamed, about one a token.
    """

    attempt: Attempt
    model: str
    asked_at: float
    began_at: float | None = None
    ended_at: float | None = None
    text: str = ""
    thinking: str = ""
    pieces: int = 0
    retrying: Retrying | None = None
    problem: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.ended_at is not None

    def begin(self, now: float) -> None:
        """The call is being made. A second call says the answer again, so the first text goes."""
        self.began_at = now
        self._forget()

    def hear(self, piece: Piece, now: float) -> None:
        """Add a piece of the answer; a retry makes void what came before."""
        match piece:
            case Delta(text=text, thinking=thinking):
                self.retrying = None
                self.text += text
                self.thinking += thinking
                self.pieces += 1
            case Retrying():
                self._forget()
                self.retrying, self.began_at = piece, now

    def end(self, problem: str, now: float) -> None:
        """It ended without an outcome."""
        self.problem, self.ended_at, self.retrying = problem, now, None

    def seconds(self, now: float) -> float:
        """How long it takes, or took: the call, or the wait for its turn before that."""
        since = self.asked_at if self.began_at is None else self.began_at
        return (now if self.ended_at is None else self.ended_at) - since

    def _forget(self) -> None:
        self.text = self.thinking = ""
        self.pieces, self.retrying = 0, None


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that is kept for comparison: the `n`th, with the `prompt_n`th prompt, from 1."""

    n: int
    prompt_n: int
    tried: Tried


@dataclass(slots=True)
class Tries:
    """The last answers, the newest last, and a number for each different prompt that was tried."""

    answers: list[Answered] = field(default_factory=list)
    _prompts: dict[str, int] = field(default_factory=dict)
    _count: int = 0

    def add(self, tried: Tried) -> Answered:
        """Keep an answer."""
        self._count += 1
        key = tried.attempt.prompt.sha256
        number = self._prompts.setdefault(key, len(self._prompts) + 1)
        answered = Answered(self._count, number, tried)
        self.answers.append(answered)
        del self.answers[:-MOST_KEPT]
        return answered

    def prompt_number(self, prompt: Prompt) -> int:
        """The number of a prompt that was tried; 0 for one that was not."""
        return self._prompts.get(prompt.sha256, 0)

    def holds(self, prompt: Prompt) -> bool:
        """Whether an answer of this prompt is still kept, so that the prompt can be taken back."""
        return any(a.tried.attempt.prompt.variant == prompt.variant for a in self.answers)
