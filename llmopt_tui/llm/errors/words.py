"""A server's answer read as an error: by its status, and by fragments of what it says.

Statuses and texts are those of Ollama across its versions, of OpenAI-compatible servers and of
gateways. The texts change between versions, so they are matched by fragments that have stayed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from llmopt_tui.llm.errors.base import LlmError
from llmopt_tui.llm.errors.model import RunawayRepetition
from llmopt_tui.llm.errors.overflow import sizes_in
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
    OutOfMemoryLoading,
    Redirected,
    ThinkingUnsupported,
    TlsFailed,
    Unauthorized,
)
from llmopt_tui.llm.errors.server import (
    GatewayFailed,
    LoadStalled,
    NotOllama,
    OutOfMemory,
    RateLimited,
    RunnerCrashed,
    ServerBusy,
    ServerFailed,
)

_NESTING = 4

# Fragments of error texts in lower case; the first that fits decides. They come from Ollama's
# server, its runners, llama.cpp and the servers that imitate them.
_TEXTS: tuple[tuple[str, type[LlmError]], ...] = (
    (r"token repeat limit", RunawayRepetition),
    (r"does not support thinking|think value .* is not supported", ThinkingUnsupported),
    (r'"? does not support \w+', ModelIncompatible),
    (
        r"exceed_context_size|context size|context length|context_length_exceeded"
        r"|contextwindowexceeded|maximum model length|prompt is too long",
        ContextOverflow,
    ),
    # LiteLLM answers a wrong key with 400 or 500 where it has no database of keys.
    (r"http request to an https server", TlsFailed),
    (r"no connected db|no_db_connection|no api key passed", Unauthorized),
    (r"invalid proxy server token|(invalid|incorrect|missing) api key", Unauthorized),
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
    (r"invalid model name passed", ModelMissing),
    (r"file does not exist", ModelMissing),
    (r"unexpected endpoint", EndpointMissing),
    (r"invalid (format|model name|character|duration|think)|missing unit", BadRequest),
    (r"option .* must be|model is required|missing request body|cannot unmarshal", BadRequest),
    (r"parse grammar|json.?schema", FormatRefused),
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
    """The error that a reply with an error status means.

    `location` and `retry_after` (seconds) are the headers of those names.
    """
    if 300 <= status < 400:
        return Redirected(location)
    if b"http request was sent to https port" in body.lower():  # nginx says it in a web page
        return TlsFailed.quoting("The plain HTTP request was sent to HTTPS port")
    markup = is_page(body, content_type)
    text = "" if markup else error_text(_decoded(body)) or body.decode("utf-8", "replace").strip()
    if markup and status in (403, 503):
        # A model server explains itself in JSON: this is what comes before it.
        return NotOllama.page() if status == 403 else GatewayFailed(retry_after=retry_after)
    if status == 403 and not text:
        return HostRefused()
    if status in _STATUSES:
        error = _STATUSES[status].quoting(text)
        error.retry_after = retry_after
        return error
    if markup and status < 500:
        return NotOllama.page()
    if status in (404, 405) and (not text or _UNKNOWN_PATH.fullmatch(text)):
        return EndpointMissing()
    error = error_for_text(text, status=status)
    # llama.cpp names the counts beside its message, in JSON that may be nested and escaped.
    if isinstance(error, ContextOverflow):
        return ContextOverflow(sizes_in(body.decode("utf-8", "replace")))
    return error


def error_for_text(text: str, *, status: int = 200) -> LlmError:
    """The error that a server's words mean; 200 is the status of a running stream."""
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
