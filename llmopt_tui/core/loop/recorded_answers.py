"""RecordedAnswers: calls of an interview that are never made twice.

An interview is several calls. Each becomes a fact when it has ended, so an interrupted interview
resumes with the call that was under way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256

from llmopt_tui.core.events import InterviewAnswered
from llmopt_tui.core.ports import ChatRequest


class RecordedAnswers:
    """The answers that an interview has received so far; each can be taken once."""

    def __init__(self, answers: Iterable[InterviewAnswered]) -> None:
        self._answers = list(answers)

    def take(self, digest: str) -> InterviewAnswered | None:
        """The next answer to the request with this digest; None where none is left."""
        known = next((a for a in self._answers if a.request_sha256 == digest), None)
        if known:
            self._answers.remove(known)
        return known


def request_sha256(request: ChatRequest) -> str:
    """The SHA-256 digest of a request in hex; equal requests have equal digests."""
    asked = {
        "model": request.model,
        "messages": [[message.role, message.content] for message in request.messages],
        "options": dict(request.options),
        "format": request.format if isinstance(request.format, str) else dict(request.format or {}),
        "think": request.think,
    }
    return sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
