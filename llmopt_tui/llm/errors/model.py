"""Failures of the model: the run scores 0, and a better prompt may help."""

from __future__ import annotations

from llmopt_tui.llm.errors.base import LlmError
from llmopt_tui.llm.errors.server import TruncatedStream


class EndedEarly(TruncatedStream):
    """The server ended the answer in good order, but never said that it was done."""

    summary = "The answer ended before it was complete"
    advice = "The server gives no reason; its log may"
    retry_once = True
    blame = "model"


class RunawayRepetition(EndedEarly):
    """The model repeated itself until the server stopped it. `partial` keeps what came."""

    summary = "The model repeated itself until the server stopped it"
    advice = "Set repeat_penalty, or change the prompt"
    retryable = False


class EndlessReply(LlmError):
    """The model wrote far more than was asked for, and its server did not stop it."""

    summary = "The model wrote without end and was cut off"
    advice = "Set num_predict; if it is set, the server does not honour it"
    blame = "model"


class ThoughtsOnly(LlmError):
    """The model thought until it had no tokens left, and never came to its answer.

    `tokens` is how many it had; None where nobody says. `partial` keeps the thoughts.
    """

    advice = 'Raise think_tokens or max_tokens, or set think = "off"'
    blame = "model"

    def __init__(self, tokens: int | None = None) -> None:
        room = f"all {tokens} tokens" if tokens else "all tokens of the answer"
        super().__init__(f"The thoughts used up {room}")
        self.tokens = tokens
