"""What can go wrong between a request and its reply, and how a server's answer is read as it.

Whose fault is it? `ModelError.blame` decides what a failure costs:

- "model": the model wrote itself into a corner (endless repetition, thoughts without an answer).
  The run failed and scores 0; a better prompt may help.
- "server": the server, the machine or the way to it. No iteration is spent on it.
- "request": the same request can never succeed: a missing model, a prompt larger than its window,
  an option of the wrong type. A person changes something first.

An overflowing context is the request's fault, not the model's: window, prompt and inputs are all
chosen by the asking side. So is a model that does not fit or start: the server is well, and waiting
for it would never end. A broken connection is the server's fault. A stream that ends in good
order but unfinished, and does so again, is the model's: that is how servers end an answer that
repeats itself. Where the repetition can be seen, it is not tried again. What no model server would
say (a web page, garbage) is the server's fault too: it is what answers in its place while it is
away: the models of this address have been listed before, so it was a model server then.
"""

from llmopt_tui.llm.errors.base import LlmError, quoted
from llmopt_tui.llm.errors.model import (
    EndedEarly,
    EndlessReply,
    RunawayRepetition,
    ThoughtsOnly,
)
from llmopt_tui.llm.errors.request import (
    BadRequest,
    ContextOverflow,
    EndpointMissing,
    Forbidden,
    FormatRefused,
    HostRefused,
    LoadFailed,
    ModelIncompatible,
    ModelMissing,
    NetworkSettings,
    OtherProtocol,
    OutOfMemoryLoading,
    Redirected,
    RequestDeadly,
    RequestError,
    ThinkingUnsupported,
    TlsFailed,
    Unauthorized,
)
from llmopt_tui.llm.errors.server import (
    BadReply,
    GatewayFailed,
    LoadStalled,
    NotOllama,
    OutOfMemory,
    ProxyFailed,
    RateLimited,
    RunnerCrashed,
    ServerBusy,
    ServerFailed,
    ServerUnreachable,
    Stage,
    TimedOut,
    TruncatedStream,
)
from llmopt_tui.llm.errors.words import error_for, error_for_text, error_text, is_page

__all__ = [
    "BadReply",
    "BadRequest",
    "ContextOverflow",
    "EndedEarly",
    "EndlessReply",
    "EndpointMissing",
    "Forbidden",
    "FormatRefused",
    "GatewayFailed",
    "HostRefused",
    "LlmError",
    "LoadFailed",
    "LoadStalled",
    "ModelIncompatible",
    "ModelMissing",
    "NetworkSettings",
    "NotOllama",
    "OtherProtocol",
    "OutOfMemory",
    "OutOfMemoryLoading",
    "ProxyFailed",
    "RateLimited",
    "Redirected",
    "RequestDeadly",
    "RequestError",
    "RunawayRepetition",
    "RunnerCrashed",
    "ServerBusy",
    "ServerFailed",
    "ServerUnreachable",
    "Stage",
    "ThinkingUnsupported",
    "ThoughtsOnly",
    "TimedOut",
    "TlsFailed",
    "TruncatedStream",
    "Unauthorized",
    "error_for",
    "error_for_text",
    "error_text",
    "is_page",
    "quoted",
]
