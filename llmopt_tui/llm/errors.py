"""What can go wrong between a request and its reply, and how a server's answer is read as it.

Whose fault is it? `ModelError.blame` decides what a failure costs:

- "model": the model wrote itself into a corner (endless repetition, no end in sight). The run
  failed and scores 0; a better prompt may help.
- "server": the server, the machine or the way to it. No iteration is spent on it.
- "request": the same request can never succeed: a missing model, a prompt larger than its window,
  an option of the wrong type. A person changes something first.

An overflowing context is the request's fault, not the model's: window, prompt and inputs are all
chosen by the asking side. So is a model that does not fit or start: the server is well, and waiting
for it would last for ever. A broken connection is the server's fault. A stream that ends in good
order but unfinished, and does so again, is the model's: that is how servers end an answer that
repeats itself. Where the repetition can be seen, it is not tried again. What no model server would
say (a web page, garbage) is the server's fault too: it is what stands in its place while it is
away, and whoever asks has listed the models of this very address before.

Statuses and texts are those of Ollama across its versions, of OpenAI-compatible servers and of
gateways. The texts change between versions, so they are matched by fragments that have stayed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from llmopt_tui.core.ports import ModelError, Reply
from llmopt_tui.core.text.plain import one_line

QUOTED_CHARS = 200
_NESTING = 4


class LlmError(ModelError):
    """A failed call, as every adapter raises it.

    `summary` and `advice` are the kind's own sentence and hint, used where a raiser has nothing
    more exact to say. `retry_once`: a second attempt is worth making, a third is not.
    `retry_after`: seconds the server asks to be left alone, where it says so. `where`: the
    server's address, once it is known; said of all that is not the model's own fault.
    """

    summary: ClassVar[str] = "The call failed"
    advice: ClassVar[str] = ""
    retry_once: bool = False

    def __init__(
        self,
        message: str = "",
        *,
        hint: str | None = None,
        partial: Reply | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message or self.summary, hint=self.advice if hint is None else hint, partial=partial
        )
        self.retry_after = retry_after
        self.where = ""

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where and self.blame != "model" else ""
        return f"{self.message}{place}. {self.hint}".removesuffix(". ")

    @classmethod
    def quoting(cls, text: str) -> Self:
        """The error with what the server said, cut to a readable length."""
        return cls(f"{cls.summary}: {quoted(text)}" if text else "")


class ServerUnreachable(LlmError):
    """Nobody answers there."""

    summary = "No answer from the server"
    advice = "Start it, or check the host and the port"
    retryable = True


class GatewayFailed(ServerUnreachable):
    """What answers is a gateway with nobody behind it."""

    summary = "A gateway answers, with no model server behind it"
    advice = "Start the server behind it"


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


class LoadFailed(LlmError):
    """The model did not start. The server lives: only another model or other settings help."""

    summary = "The model did not start"
    advice = "Look into the server's log; try another model or a newer server"
    blame = "request"


class LoadStalled(LlmError):
    """Loading the model made no progress for longer than the server waits."""

    summary = "Loading the model got stuck"
    advice = "Raise OLLAMA_LOAD_TIMEOUT on the server"
    retryable = True
    retry_once = True


class OutOfMemory(LlmError):
    """Memory ran out while the model ran. The server drops what it had loaded: once more helps."""

    summary = "The machine ran out of memory while the model ran"
    advice = "Use a smaller model or num_ctx, or close other programs"
    retryable = True
    retry_once = True


class OutOfMemoryLoading(OutOfMemory):
    """The model does not fit; only other settings help."""

    summary = "The machine has too little memory for the model"
    retryable = False
    blame = "request"


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
                "The answer stopped, and did not go on for",
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


class ContextOverflow(RequestError):
    """The prompt does not fit the window. Token counts where the server gives them."""

    summary = "The prompt does not fit the model's context window"
    advice = "Raise num_ctx or shorten the prompt"

    def __init__(self, prompt_tokens: int | None = None, context: int | None = None) -> None:
        sizes = f": {prompt_tokens} tokens, {context} fit" if prompt_tokens and context else ""
        super().__init__(self.summary + sizes)
        self.prompt_tokens = prompt_tokens
        self.context = context

    @classmethod
    def quoting(cls, text: str) -> Self:
        """The error with the two token counts, where the text names both."""
        found = [int(number) for number in re.findall(r"\((\d{1,9}) tokens?\)", text)]
        return cls(*found) if len(found) == 2 else cls()


class Forbidden(RequestError):
    """The server refuses to talk to this client."""

    summary = "The server refuses this client"

    @classmethod
    def quoting(cls, text: str) -> Self:
        """Without a text it is Ollama's check of the Host or Origin header."""
        if text:
            return super().quoting(text)
        return cls(
            hint="Behind a tunnel or proxy, rewrite the Host header to localhost, "
            "or set OLLAMA_ORIGINS on the server"
        )


class Unauthorized(RequestError):
    """A key or a sign-in is missing or wrong."""

    summary = "The server asks for a key or a sign-in"
    advice = "Sign in on the server (ollama signin), or set the endpoint's API key"


# Fragments of error texts in lower case; the first that fits decides. They come from Ollama's
# server, its runners, llama.cpp and the servers that imitate them.
_TEXTS: tuple[tuple[str, type[LlmError]], ...] = (
    (r"token repeat limit", RunawayRepetition),
    (r"does not support thinking|think value .* is not supported", ThinkingUnsupported),
    (r'"? does not support \w+', ModelIncompatible),
    (r"exceed_context_size|context size|context length", ContextOverflow),
    (r"requires more system memory|unable to load full model", OutOfMemoryLoading),
    (r"out-of-memory during startup", OutOfMemoryLoading),
    (r"(has terminated|to load|loading).*(out of memory|malloc failed)", OutOfMemoryLoading),
    (r"out[ -]of[ -]memory|malloc failed", OutOfMemory),
    (r"incompatible with your version|unknown model architecture", ModelIncompatible),
    (r"requires a newer version|unsupported model", ModelIncompatible),
    (r"timed out waiting for .* to start", LoadStalled),
    (r"process (has terminated|no longer running)", LoadFailed),
    (r"failed to load model|error loading model", LoadFailed),
    (r"runner has unexpectedly stopped|error was encountered while running", RunnerCrashed),
    (r"server busy|pending requests exceeded|no slots available|overloaded", ServerBusy),
    (r"model .*(not found|does not exist)|no such model", ModelMissing),
    (r"file does not exist", ModelMissing),
    (r"unexpected endpoint", EndpointMissing),
    (r"invalid (format|model name|character|duration|think)|missing unit", BadRequest),
    (r"option .* must be|model is required|missing request body|cannot unmarshal", BadRequest),
)

# Statuses whose meaning does not depend on the text.
_STATUSES: Mapping[int, type[LlmError]] = {
    401: Unauthorized,
    403: Forbidden,
    429: RateLimited,
    502: GatewayFailed,
    503: ServerBusy,
    504: GatewayFailed,
}

# What web frameworks say of a path that they do not know.
_UNKNOWN_PATH = re.compile(
    r"(404 page |file )?not found\.?|(405 )?method not allowed\.?|cannot (get|post) .*", re.I
)


def error_for(
    status: int,
    body: bytes,
    content_type: str = "",
    *,
    location: str = "",
    retry_after: float | None = None,
) -> LlmError:
    """The error that a reply with an error status stands for.

    `location` and `retry_after` (seconds) are the headers of those names.
    """
    if 300 <= status < 400:
        return Redirected(location)
    markup = is_page(body, content_type)
    text = "" if markup else error_text(_decoded(body)) or body.decode("utf-8", "replace").strip()
    if markup and status in (403, 503):
        # A model server explains itself in JSON: this is what stands before it.
        return NotOllama.page() if status == 403 else GatewayFailed(retry_after=retry_after)
    if status in _STATUSES:
        error = _STATUSES[status].quoting(text)
        error.retry_after = retry_after
        return error
    if markup and status < 500:
        return NotOllama.page()
    if status in (404, 405) and (not text or _UNKNOWN_PATH.fullmatch(text)):
        return EndpointMissing()
    error = error_for_text(text, status=status)
    return _counted(error, body) if isinstance(error, ContextOverflow) else error


def error_for_text(text: str, *, status: int = 200) -> LlmError:
    """The error that a server's words stand for; 200 is the status of a running stream."""
    folded = text.casefold()
    for pattern, kind in _TEXTS:
        if re.search(pattern, folded):
            return kind.quoting(text)
    return (BadRequest if 400 <= status < 500 else ServerFailed).quoting(text)


def error_text(value: object) -> str:
    """The complaint inside a decoded reply, or "" where there is none.

    Knows `error` and `detail` as a string, as an object with `message` or `msg`, as a list of
    these, and as a string that holds such JSON again.
    """
    if not isinstance(value, Mapping):
        return ""
    return _words(value.get("error") or value.get("detail"), _NESTING)


def is_page(body: bytes, content_type: str = "") -> bool:
    """Whether a reply is a web page: what proxies and other programs say."""
    return "html" in content_type.casefold() or body.lstrip()[:1] == b"<"


def quoted(text: str) -> str:
    """Text from outside fit for a message: one line, nothing invisible, not too long."""
    return one_line(text, QUOTED_CHARS)


def _counted(error: ContextOverflow, body: bytes) -> ContextOverflow:
    """llama.cpp names the counts beside its message, in JSON that may be nested and escaped."""
    prompt = re.search(rb"n_prompt_tokens\W{1,6}(\d{1,9})", body)
    context = re.search(rb"n_ctx\W{1,6}(\d{1,9})", body)
    return ContextOverflow(int(prompt[1]), int(context[1])) if prompt and context else error


def _words(value: object, depth: int) -> str:
    if not value or depth == 0:
        return ""
    if isinstance(value, str):
        nested = _decoded(value.encode("utf-8", "replace")) if value.lstrip()[:1] == "{" else None
        return _words(nested, depth - 1) or value.strip()
    if isinstance(value, Mapping):
        parts = (value.get(key) for key in ("error", "detail", "message", "msg"))
        return next(filter(None, (_words(part, depth - 1) for part in parts)), "unspecified")
    if isinstance(value, list):
        return "; ".join(filter(None, (_words(item, depth - 1) for item in value[:3])))
    return str(value)


def _decoded(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
