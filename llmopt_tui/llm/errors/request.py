"""Failures of the request: it cannot succeed as it is, so a person changes something first."""

from __future__ import annotations

from typing import Self

from llmopt_tui.llm.errors.base import LlmError, quoted
from llmopt_tui.llm.errors.overflow import Sizes, sizes_in
from llmopt_tui.llm.errors.server import OutOfMemory


class RequestError(LlmError):
    """A request that cannot succeed as it is."""

    blame = "request"


class BadRequest(RequestError):
    """The server refuses the request's form: an option, the format, a name."""

    summary = "The server refuses the request"
    advice = "Check the options and the format"


class EndpointMissing(RequestError):
    """The server does not know this path: it lacks a feature, or is of another kind."""

    summary = "The server does not know this path"
    advice = 'If it speaks the OpenAI protocol, set kind = "openai"'


class OtherProtocol(RequestError):
    """A model server of another kind than it was taken for."""

    summary = "The server answers in OpenAI's format"
    advice = 'Set kind = "openai" for it'


class Redirected(RequestError):
    """The server points elsewhere. Following would turn a POST into a GET."""

    def __init__(self, target: str) -> None:
        where = quoted(target)
        super().__init__(
            f"The server redirects to {where or 'an address that it does not name'}",
            hint="Use that address as the host" if where else "",
        )
        self.target = target


class ModelMissing(RequestError):
    """The server does not have the model."""

    summary = "The server does not have the model"
    advice = "Pull it on the server, or pick another"


class ModelIncompatible(RequestError):
    """The model cannot do what is asked, or this server's version cannot run it."""

    summary = "The model cannot be used here"
    advice = "Pick a model that chats, or update the server"


class ThinkingUnsupported(RequestError):
    """The model cannot think before it answers, or not in the way that was asked."""

    summary = "The model cannot think as asked"
    advice = 'Set think to "auto"'


class LoadFailed(RequestError):
    """The model did not start. The server lives: only another model or other settings help."""

    summary = "The model did not start"
    advice = "Look into the server's log; try another model or a newer server"


class OutOfMemoryLoading(OutOfMemory):
    """The model does not fit; only other settings help."""

    summary = "The machine has too little memory for the model"
    retryable = False
    blame = "request"


class ContextOverflow(RequestError):
    """The prompt does not fit the window, or leaves too little of it for the answer.

    `sizes` are the counts that the server gives, in tokens. Only this one request is too long:
    shorter ones to the same model succeed.
    """

    summary = "The prompt does not fit the model's context window"
    advice = "Raise num_ctx or shorten the prompt"
    of_one_request = True

    def __init__(self, sizes: Sizes | None = None) -> None:
        self.sizes = sizes or Sizes()
        said = str(self.sizes)
        super().__init__(f"{self.summary}: {said}" if said else "")

    @classmethod
    def quoting(cls, text: str) -> Self:
        """The error with the counts that the text names."""
        return cls(sizes_in(text))


class FormatRefused(BadRequest):
    """The server cannot hold the model to the schema that the answer is to have."""

    summary = "The server cannot use the schema of the answer"
    advice = "Use a simpler schema: plain types, and patterns of classes such as [0-9] and [a-z]"


class RequestDeadly(RequestError):
    """The process that runs the model dies of this one request, and answers others."""

    summary = "The model's process dies of this request, and answers others"
    advice = "Look into the server's log, or change the example or the prompt"
    of_one_request = True


class Forbidden(RequestError):
    """The server refuses to talk to this client."""

    summary = "The server refuses this client"


class HostRefused(Forbidden):
    """The server refuses without a word: Ollama does so by the Host or Origin header."""

    advice = (
        "Behind a tunnel or proxy, rewrite the Host header to localhost, "
        "or set OLLAMA_ORIGINS on the server"
    )


class Unauthorized(RequestError):
    """A key or a sign-in is missing or wrong."""

    summary = "The server asks for a key or a sign-in"
    advice = "Sign in on the server (ollama signin), or set the endpoint's API key"


class TlsFailed(RequestError):
    """No trusted connection: the certificate, its name or its date is wrong, or one side lacks TLS.

    The certificate does not change by itself, so nobody waits for it.
    """

    summary = "No trusted connection (TLS)"
    advice = "Check the address and the server's certificate"

    @classmethod
    def quoting(cls, text: str) -> Self:
        """The error with what the TLS library said, and what helps against that."""
        folded = text.casefold()
        hint = next((hint for part, hint in _TLS_HINTS if part in folded), cls.advice)
        said = text.rpartition("] ")[2].partition(" (_ssl")[0]
        return cls(f"{cls.summary}: {quoted(said)}" if said else "", hint=hint)


_TLS_HINTS = (
    ("to an https", "The server speaks TLS there: write https:// in its address"),
    ("to https port", "The server speaks TLS there: write https:// in its address"),
    ("https server", "The server speaks TLS there: write https:// in its address"),
    ("https port", "The server speaks TLS there: write https:// in its address"),
    ("wrong version number", "The server speaks plain http there: write http:// in its address"),
    ("record layer failure", "The server speaks plain http there: write http:// in its address"),
    ("hostname mismatch", "Use the host name that the server's certificate is for"),
    ("ip address mismatch", "Use the host name that the server's certificate is for"),
    ("has expired", "Renew the server's certificate, or set this machine's clock"),
    ("not yet valid", "Set this machine's clock, or the server's"),
    (
        "certificate verify failed",
        "If you trust the server, set SSL_CERT_FILE to a file with its certificate (PEM)",
    ),
)


class NetworkSettings(RequestError):
    """The network settings of this machine (proxy, certificates) cannot be used."""

    summary = "The network settings of this machine cannot be used"
    advice = "Check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY and SSL_CERT_FILE"
