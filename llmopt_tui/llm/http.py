"""HTTP as model servers need it: no deadline on reading, our own on waiting, errors as values.

A server sends its status line only when the first event exists: queueing, loading the model and
reading the prompt happen in silence before it. A read timeout of the transport would abort that
load, so reading has none; the time to the first event and the gap between events have their own.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Literal
from urllib.request import getproxies

import httpx

from llmopt_tui.llm.deadlines import Deadline, Deadlines, Loaded, first_event
from llmopt_tui.llm.errors import (
    BadReply,
    LlmError,
    NotOllama,
    ProxyFailed,
    ServerUnreachable,
    TimedOut,
    TlsFailed,
    TruncatedStream,
    error_for,
    is_page,
)
from llmopt_tui.llm.keys import blanked, blanked_bytes, key_sent
from llmopt_tui.llm.lines import LineTooLongError, split_lines
from llmopt_tui.llm.network import proxy_for

if TYPE_CHECKING:
    from collections.abc import Iterator

# /api/show sends hundreds of kB for some models; an error says what it has to say in far less.
MAX_DOCUMENT_BYTES = 32 * 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024
LINES_A_TURN = 64
"""So many lines are read before everything else in the program gets its turn."""
_ERRNO = re.compile(r"^\[Errno -?\d+\] ")


class EventStream:
    """A reply that is still being written, line by line."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        response: httpx.Response,
        deadline: Deadline,
        gap: float,
    ) -> None:
        self._client = client
        self._response = response
        self._deadline = deadline
        self._gap = gap

    @property
    def content_type(self) -> str:
        """The media type as the server names it, lower case."""
        return str(self._response.headers.get("content-type", "")).casefold()

    async def lines(self) -> AsyncGenerator[bytes, None]:
        """The non-blank lines, an unterminated last one included.

        Raises TimedOut, BadReply (a line beyond 16 MB) and TruncatedStream (the connection broke).
        """
        count = 0
        try:
            async for line in split_lines(self._chunks()):
                yield blanked_bytes(line, self._client.headers)
                count += 1
                if count % LINES_A_TURN == 0:
                    # Bytes that are here already are read without waiting: a fast server would
                    # leave no time to draw or to hear a key.
                    await asyncio.sleep(0)
        except LineTooLongError as error:
            raise BadReply(f"The server sent a line of more than {_mb(error.limit)}") from error

    async def document(self) -> bytes:
        """All of the reply at once. Raises as `lines` does, BadReply beyond 32 MB."""
        content = bytearray()
        async for chunk in self._chunks():
            content += chunk
            if len(content) > MAX_DOCUMENT_BYTES:
                raise _too_long()
        return blanked_bytes(bytes(content), self._client.headers)

    async def _chunks(self) -> AsyncIterator[bytes]:
        chunks = self._response.aiter_bytes()
        while True:
            with _as_model_errors(self._client, started=True):
                async with self._deadline:
                    chunk = await anext(chunks, None)
            if chunk is None:
                return
            yield chunk
            self._deadline.restart("gap", self._gap)


@asynccontextmanager
async def open_stream(
    client: httpx.AsyncClient,
    path: str,
    body: Mapping[str, Any],
    deadlines: Deadlines,
    loaded: Loaded | None = None,
) -> AsyncIterator[EventStream]:
    """Post `body` as JSON and hold the reply open; leaving closes the connection.

    Closing is also how a request is cancelled: servers stop working for a client that is gone.
    `loaded` tells whether the model that is asked is in memory: see `Deadlines`. Raises ModelError
    for anything but a reply with status 2xx.
    """
    request = client.build_request("POST", path, json=body)
    with _placed(client):
        async with first_event(deadlines, loaded) as deadline:
            with _as_model_errors(client):
                async with deadline:
                    response = await client.send(request, stream=True)
            try:
                if not response.is_success:
                    raise await _refusal(response, deadlines.probe)
                yield EventStream(client, response, deadline, deadlines.gap)
            finally:
                await response.aclose()


async def fetch(
    client: httpx.AsyncClient,
    method: Literal["GET", "POST"],
    path: str,
    *,
    body: Mapping[str, Any] | None = None,
    within: float,
) -> Any:
    """One short question and its JSON answer, all of it within `within` seconds.

    Raises ModelError: for an error status, and for an answer that is no JSON.
    """
    with _as_model_errors(client):
        async with (
            Deadline("question", within),
            client.stream(method, path, json=body) as response,
        ):
            if not response.is_success:
                raise await _refusal(response, within)
            content = await _read(response, MAX_DOCUMENT_BYTES + 1)
    if len(content) > MAX_DOCUMENT_BYTES:
        raise _too_long()
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        page = is_page(content, response.headers.get("content-type", ""))
        raise NotOllama.page() if page else NotOllama() from error


@contextmanager
def _as_model_errors(client: httpx.AsyncClient, *, started: bool = False) -> Iterator[None]:
    """Transport errors become ours. `started`: the reply had begun, so what came is a fragment."""
    try:
        yield
    except httpx.ConnectTimeout as error:
        raise TimedOut("connect", client.timeout.connect or 0.0) from error
    except (httpx.TransportError, httpx.DecodingError) as error:
        if started:
            raise TruncatedStream("The connection broke before the answer was complete") from error
        proxied = proxy_for(str(client.base_url), getproxies()) is not None
        raise _unreachable(error, key_sent(client.headers), proxied=proxied) from error


@contextmanager
def _placed(client: httpx.AsyncClient) -> Iterator[None]:
    """Errors name the server that they come from."""
    try:
        yield
    except LlmError as error:
        error.where = error.where or str(client.base_url).rstrip("/")
        raise


def _unreachable(error: Exception, key: str, *, proxied: bool) -> LlmError:
    text = blanked(str(error), key)
    if isinstance(error, httpx.RemoteProtocolError) and "illegal" in text:
        return NotOllama.quoting(text)  # a port that speaks, but not HTTP
    if "[SSL" in text and "EOF" not in text:  # an end in the middle is a server that goes away
        return TlsFailed.quoting(text)
    if isinstance(error, httpx.ProxyError):
        return ProxyFailed.quoting(text)
    if isinstance(error, httpx.ConnectError) and proxied:
        return ProxyFailed("The proxy on the way to the server does not answer")
    # With several addresses to try, all that is said is that none of them worked.
    text = "" if text == "All connection attempts failed" else _ERRNO.sub("", text)
    unreachable = ServerUnreachable.quoting(text)
    if any(isinstance(cause, socket.gaierror) for cause in _causes(error)):
        unreachable.hint = "Check the host's name"
    return unreachable


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and all that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _too_long() -> LlmError:
    return BadReply(f"The server sent more than {_mb(MAX_DOCUMENT_BYTES)} at once")


def _mb(size: int) -> str:
    return f"{size // (1024 * 1024)} MB"


async def _refusal(response: httpx.Response, within: float) -> LlmError:
    """The error for a reply with an error status, read only as far as it can matter."""
    try:
        async with asyncio.timeout(within):
            content = await _read(response, MAX_ERROR_BYTES)
    except (TimeoutError, httpx.TransportError):
        content = b""
    return error_for(
        response.status_code,
        content,
        response.headers.get("content-type", ""),
        location=blanked(response.headers.get("location", ""), key_sent(response.request.headers)),
        retry_after=_retry_after(response.headers),
    )


async def _read(response: httpx.Response, limit: int) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) >= limit:
            break
    return blanked_bytes(bytes(content[:limit]), response.request.headers)


def _retry_after(headers: httpx.Headers) -> float | None:
    """The seconds to wait that a server asks for; LiteLLM passes its provider's wish on.

    The other form of the header, a date, is not worth a clock.
    """
    value = headers.get("retry-after") or headers.get("llm_provider-retry-after") or ""
    return float(value) if re.fullmatch(r"[0-9]{1,5}(\.[0-9]+)?", value) else None
