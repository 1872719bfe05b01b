"""What the loop needs from outside: a model client, a clock, and the errors that a client raises.

The interfaces are declared here, where they are used, because `core` may import no other layer; the
adapters in `llm/` implement them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant"]
Think = Literal["auto", "on", "off"]
OptionValue = float | int | str | bool | list[str]


IF_KNOWN: Mapping[str, bool] = {"if_known": True}
"""The metadata of a record's field that is written to disk only where it is not empty."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat."""

    role: Role
    content: str


ChatFormat = Literal["json"] | Mapping[str, Any] | None
"""What an answer is held to: any JSON, a JSON Schema, or nothing."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One call to a model.

    `options` uses Ollama's names (temperature, seed, num_ctx, num_predict, ...); every adapter
    translates what its server knows. `format` constrains the output: None for free text, "json",
    or a JSON Schema.
    """

    model: str
    messages: tuple[Message, ...]
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    format: ChatFormat = None
    think: Think = "auto"
    keep_alive: str | float | None = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """Seconds and token counts of one call; None where the server does not say.

    `queued_seconds` is how long it waited in the server's queue, without loading. Of a reply that
    is `cached`, all of them are those of the call that was made.
    `reused_tokens` of the `prompt_tokens` came from the server's prefix cache: 0 means none, None
    that the server does not say (Ollama never does).
    `system_fingerprint` names the backend and its configuration that answered; "" where the server
    does not say.
    """

    load_seconds: float | None = None
    queued_seconds: float | None = None
    prompt_tokens: int | None = None
    prompt_seconds: float | None = None
    output_tokens: int | None = None
    output_seconds: float | None = None
    tokens_per_second: float | None = None
    done_reason: str | None = None
    truncated: bool = False
    cached: bool = False
    system_fingerprint: str = field(default="", metadata=IF_KNOWN)
    reused_tokens: int | None = field(default=None, metadata=IF_KNOWN)


_SUMMED = (
    "load_seconds",
    "queued_seconds",
    "prompt_tokens",
    "prompt_seconds",
    "output_tokens",
    "output_seconds",
    "reused_tokens",
)


def summed(metrics: Sequence[Metrics]) -> Metrics:
    """The metrics of calls made one after the other for one answer; speed is the last one's."""
    known = {name: [getattr(m, name) for m in metrics] for name in _SUMMED}
    sums = {
        name: sum(values) for name, values in known.items() if all(v is not None for v in values)
    }
    return replace(metrics[-1], cached=all(m.cached for m in metrics), **sums)


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer, as it is written."""

    text: str = ""
    thinking: str = ""


@dataclass(frozen=True, slots=True)
class Retrying:
    """A call failed and is made again from the start: what was streamed so far is void.

    The next attempt is made after `wait_seconds`; 0 means that it is being made now.
    """

    attempt: int
    wait_seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer. `text` never holds the model's thoughts; `thinking` never the answer.

    `seconds` is how long the call took, where the answer is from a cache; else None.
    """

    text: str
    thinking: str = ""
    metrics: Metrics = field(default_factory=Metrics)
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model as an endpoint describes it. `size` is in bytes; None or "" means unknown."""

    name: str
    endpoint: str = ""
    digest: str = ""
    size: int | None = None
    family: str = ""
    parameter_size: str = ""
    quantization: str = ""
    capabilities: tuple[str, ...] | None = None
    context_length: int | None = None
    loaded: bool | None = None
    remote: bool = False

    @property
    def thinks(self) -> bool:
        """Whether the model can think before it answers; False when unknown."""
        return self.capabilities is not None and "thinking" in self.capabilities

    def is_same(self, other: ModelInfo) -> bool | None:
        """Whether two descriptions under one name mean the same model; None where that is unknown.

        The digests decide. Without them, models whose traits differ are different, and models of
        equal size, or with equal parameter counts in equal quantization, are the same.
        """
        if self.digest and other.digest:
            return self.digest == other.digest
        mine, theirs = self._traits(), other._traits()
        known = [pair for pair in zip(mine, theirs, strict=True) if all(pair)]
        if any(one != two for one, two in known):
            return False
        size = bool(self.size and other.size)
        build = all((self.parameter_size, self.quantization, *theirs[2:4]))
        return True if size or build else None

    def _traits(self) -> tuple[object, ...]:
        return self.size, self.family, self.parameter_size, self.quantization


Piece = Delta | Retrying
"""What a client may send before the reply."""

Tell = Callable[[Piece], None]
"""Receives each piece of an answer as it comes. It must not block and must raise nothing."""


class ModelError(Exception):
    """A call that did not end in a reply.

    `blame` says what is at fault: "model" (recorded as a failed run, scored 0), "server" (the
    session pauses instead of wasting its iterations) or "request" (only a changed request can
    succeed). `retryable` says whether the same call may succeed when made again;
    `of_one_request`, whether other requests to the same model may still succeed.
    """

    blame: Literal["model", "server", "request"] = "server"
    retryable: bool = False
    of_one_request: bool = False

    def __init__(self, message: str, *, hint: str = "", partial: Reply | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.partial = partial

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class ModelClient(Protocol):
    """A server that answers chats. One client per endpoint."""

    @property
    def endpoint(self) -> str:
        """The endpoint's name in the configuration."""
        ...

    @property
    def parallel(self) -> int:
        """How many calls at once people allow the endpoint; 0 means as many as its server says."""
        ...

    async def slots(self) -> int | None:
        """How many calls the server says it takes at once; None where it does not say.

        Raises nothing.
        """
        ...

    def dropped(self, options: Mapping[str, OptionValue]) -> tuple[str, ...]:
        """The names of those options that this kind of server does not know, which are not sent."""
        ...

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat. Raises `ModelError`.

        `tell` receives each piece as it comes; a `Retrying` voids the pieces before it. Cancelling
        closes the connection.
        """
        ...

    async def models(self) -> Sequence[ModelInfo]:
        """The models that this endpoint has. Raises `ModelError`."""
        ...

    async def version(self) -> str:
        """The server's version, for the record. Raises `ModelError`."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class Clock(Protocol):
    """Time, passed in so that tests and replays are exact."""

    def now(self) -> datetime:
        """The time of day, with its offset from UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for this many seconds."""
        ...
