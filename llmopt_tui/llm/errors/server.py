"""Failures of the server, of its machine, or of the way to it: waiting may help."""

from __future__ import annotations

from typing import Literal, Self

from llmopt_tui.llm.errors.base import LlmError


class ServerUnreachable(LlmError):
    """Nobody answers at the server's address."""

    summary = "No answer from the server"
    advice = "Start it, or check the host and the port"
    retryable = True


class GatewayFailed(ServerUnreachable):
    """What answers is a gateway with nobody behind it."""

    summary = "A gateway answers, with no model server behind it"
    advice = "Start the server behind it"


class ProxyFailed(ServerUnreachable):
    """The proxy between this machine and the server fails."""

    summary = "The proxy does not let the call through"
    advice = "Check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY"


class ServerBusy(LlmError):
    """The server has more to do than it can queue."""

    summary = "The server is busy"
    advice = "Wait, or let fewer programs use it at once"
    retryable = True


class RateLimited(LlmError):
    """The server counts requests, and there were too many."""

    summary = "The server limits how often it is asked"
    advice = "Wait, or ask for a higher limit"
    retryable = True


class ServerFailed(LlmError):
    """The server failed in a way that it does not explain or that is not known here."""

    summary = "The server reports an error"
    advice = "Look into the server's log"
    retryable = True
    retry_once = True


class RunnerCrashed(LlmError):
    """The process that ran the model died; the server starts another on the next request."""

    summary = "The model's process died"
    advice = "If it dies again, lower num_ctx or look into the server's log"
    retryable = True


class LoadStalled(LlmError):
    """Loading the model made no progress for longer than the server waits."""

    summary = "Loading the model got stuck"
    advice = "Raise OLLAMA_LOAD_TIMEOUT on the server"
    retryable = True
    retry_once = True


class OutOfMemory(LlmError):
    """Memory ran out while the model ran. The server then unloads models: a second try helps."""

    summary = "The machine ran out of memory while the model ran"
    advice = "Use a smaller model or num_ctx, or close other programs"
    retryable = True
    retry_once = True


Stage = Literal["connect", "question", "load", "first event", "gap"]


class TimedOut(LlmError):
    """One of our own deadlines passed, of `seconds`. `stage` says what was waited for:

    a connection, the answer to a short question, the model's load, the first event of an answer
    or the next one.
    """

    def __init__(self, stage: Stage, seconds: float) -> None:
        message, hint = {
            "connect": ("No connection within", "Check the host, the port and the network"),
            "question": ("The server did not answer within", "It may be stuck: restart it"),
            "load": (
                "The model did not load within",
                "Look into the server's log, or pick a smaller model",
            ),
            "first event": (
                "The answer did not begin within",
                "The server is stuck or busy for others: look into its log, or restart it",
            ),
            "gap": (
                "The answer stopped: nothing more came for",
                "The server is stuck: look into its log, or restart it",
            ),
        }[stage]
        super().__init__(f"{message} {seconds:g} s", hint=hint)
        self.stage = stage
        self.seconds = seconds
        # Giving up on a load aborts it on the server: a second attempt would start from zero.
        self.retryable = stage == "connect"


class TruncatedStream(LlmError):
    """The connection broke before the answer was complete. `partial` keeps what came."""

    summary = "The answer broke off"
    advice = "Check that the server still runs; its log may say more"
    retryable = True


class BadReply(LlmError):
    """What came cannot be read as a reply."""

    summary = "The server's reply cannot be read"
    advice = "If another program or a proxy answers here, check the host and the port"
    retryable = True
    retry_once = True


class NotOllama(BadReply):
    """Something answers, but not as a model server does."""

    summary = "Something else than a model server answers"
    advice = "Check the host and the port"

    @classmethod
    def page(cls) -> Self:
        """The error for a web page where a reply should be."""
        return cls(
            "A web page came instead of a model server's reply",
            hint="A proxy or another program answers here: check the host and the port",
        )
