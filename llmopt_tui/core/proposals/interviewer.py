"""Interviewer: reads how a candidate did, says why it fell short, suggests a better prompt.

An interview is a generator that yields each question and is sent its answer. The caller makes the
calls, records them, and may use a recorded answer instead of a call. So an interview knows nothing
of servers, pauses, stops and resuming.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from llmopt_tui.core.drafts import RefusedDraft
from llmopt_tui.core.ports import (
    ChatRequest,
    Message,
    ModelClient,
    Reply,
)
from llmopt_tui.core.proposals.brief import Brief
from llmopt_tui.core.signals import Doing
from llmopt_tui.core.suggestion import Suggestion


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of an interview, or of one turn of talk. Fields as in `InterviewFinished`."""

    response: str = ""
    analysis: str = ""
    messages: tuple[Message, ...] = ()
    problems: tuple[str, ...] = ()
    suggestion: Suggestion | None = None
    suggestions: tuple[Suggestion, ...] = ()
    refused: tuple[RefusedDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of an interview, and what the answer will be."""

    request: ChatRequest
    doing: Doing


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to a question. Where the model failed, `error` says how and `reply` is partial."""

    reply: Reply
    error: str = ""


Conversation = Generator[Ask, Told, Finding]
"""A generator that yields questions, is sent their answers and returns the finding.

Run it in a thread: between questions it may take a second, for instance to check a suggestion.
"""


class Interviewer(Protocol):
    """The one that suggests better prompts: a model, or the playbook."""

    @property
    def name(self) -> str:
        """The interviewer's model, or "playbook"."""
        ...

    @property
    def client(self) -> ModelClient | None:
        """The client that answers its questions; None where it asks none."""
        ...

    def question(self, brief: Brief) -> str:
        """The question about a brief, as the record shows it."""
        ...

    def interview(self, brief: Brief) -> Conversation:
        """Interview about the best prompt so far, which the brief describes."""
        ...

    def talk(self, brief: Brief, history: Sequence[Message], text: str) -> Conversation:
        """One turn of the person's talk with the interviewer. `text` is what the person says."""
        ...
