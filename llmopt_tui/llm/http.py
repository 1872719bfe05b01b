"""HTTP as model servers need it: no deadline on reading, our own on waiting, errors as values.

A server sends its status line only when the first event exists: queueing, loading the model and
reading the prompt happen in silence before it. A read timeout of the transport would abort that
load, so reading has none; the time to the first event and the gap between events have their own.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import httpx

from llmopt_tui import __version__
from llmopt_tui.llm.errors import (
    BadReply,
    LlmError,
    NotOllama,
    ServerUnreachable,
    TimedOut,
    TruncatedStream,
    error_for,
)
from llmopt_tui.llm.lines import LineTooLongError, split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

# /api/show sends hundreds of kB for some models; an error says what it has to say in far less.
MAX_DOCUMENT_BYTES = 32 * 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long to wait, in seconds, for each thing that may never come.

    `first_event` covers queueing, the model's load and the prompt; `gap` covers silences inside an
    answer (a constrained answer after thoughts reads the prompt again). `probe` is for questions
    that a healthy server answers at once, `listing` for those that wait for its start-up scan.
    """

    connect: float = 5.0
    write: float = 60.0
    first_event: float = 1800.0
    gap: float = 300.0
    probe: float = 10.0
    listing: float = 60.0


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine, by name or address."""
    host = httpx.URL(url).host.casefold().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def make_client(
    base_url: str,
    *,
    deadlines: Deadlines | None = None,
    headers: Mapping[str, str] | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """A client for one server.

    Proxy variables are not honoured for this machine itself: they would send its traffic out.
    Redirects are not followed, they would turn a POST into a GET. No Origin header is ever sent.
    """
    limits = deadlines or Deadlines()
    loopback = is_loopback(base_url)
    plain = loopback and base_url.startswith("http://")
    return httpx.AsyncClient(
        base_url=base_url,
        headers={"User-Agent": f"llmopt-tui/{__version__}", **(headers or {})},
        timeout=httpx.Timeout(None, connect=limits.connect, write=limits.write),
        limits=httpx.Limits(max_connections=None),
        trust_env=not loopback,
        # Reading the certificate store takes longer than all the rest. Where no TLS can be, a
        # context without certificates does, which would trust nobody.
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True,
        follow_redirects=False,
        transport=transport,
    )


class EventStream:
    """A reply that is still being written, line by line."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        response: httpx.Response,
        deadlines: Deadlines,
        first_by: float,
    ) -> None:
        self._client = client
        self._response = response
        self._deadlines = deadlines
        self._first_by = first_by

    @property
    def content_type(self) -> str:
        """The media type as the server names it, lower case."""
        return str(self._response.headers.get("content-type", "")).casefold()

    async def lines(self) -> AsyncGenerator[bytes, None]:
        """The non-blank lines, an unterminated last one included.

        Raises TimedOut, BadReply (a line beyond 16 MB) and TruncatedStream (the connection broke).
        """
        try:
            async for line in split_lines(self._chunks()):
                yield line
        except LineTooLongError as error:
            raise BadReply(f"The server sent a line of more than {error.limit} bytes") from error

    async def _chunks(self) -> AsyncIterator[bytes]:
        chunks = self._response.aiter_bytes()
        gap = self._deadlines.gap
        deadline = _Deadline("first event", self._deadlines.first_event, self._first_by)
        while True:
            with _as_model_errors(self._client, started=True):
                async with deadline:
                    chunk = await anext(chunks, None)
            if chunk is None:
                return
            yield chunk
            deadline = _Deadline("gap", gap, _now() + gap)


@asynccontextmanager
async def open_stream(
    client: httpx.AsyncClient,
    path: str,
    body: Mapping[str, Any],
    deadlines: Deadlines,
) -> AsyncIterator[EventStream]:
    """Post `body` as JSON and hold the reply open; leaving closes the connection.

    Closing is also how a request is cancelled: servers stop working for a client that is gone.
    Raises ModelError for anything but a reply with status 2xx.
    """
    first_by = _now() + deadlines.first_event
    request = client.build_request("POST", path, json=body)
    with _as_model_errors(client):
        async with _Deadline("first event", deadlines.first_event, first_by):
            response = await client.send(request, stream=True)
    try:
        if not response.is_success:
            raise await _refusal(response, deadlines.probe)
        yield EventStream(client, response, deadlines, first_by)
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
            _Deadline("first event", within, _now() + within),
            client.stream(method, path, json=body) as response,
        ):
            if not response.is_success:
                raise await _refusal(response, within)
            content = await _read(response, MAX_DOCUMENT_BYTES + 1)
    if len(content) > MAX_DOCUMENT_BYTES:
        raise BadReply(f"The server sent more than {MAX_DOCUMENT_BYTES} bytes")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotOllama() from error


class _Deadline:
    """`asyncio.timeout_at` that says which wait was too long."""

    def __init__(self, stage: Literal["first event", "gap"], seconds: float, at: float) -> None:
        self._stage: Literal["first event", "gap"] = stage
        self._seconds = seconds
        self._timeout = asyncio.timeout_at(at)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *exception: Any) -> None:
        try:
            await self._timeout.__aexit__(*exception)
        except TimeoutError as error:
            raise TimedOut(self._stage, self._seconds) from error


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
        raise ServerUnreachable.quoting(str(error)) from error


def _now() -> float:
    return asyncio.get_running_loop().time()


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
        location=response.headers.get("location", ""),
        retry_after=_seconds(response.headers.get("retry-after", "")),
    )


async def _read(response: httpx.Response, limit: int) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) >= limit:
            break
    return bytes(content[:limit])


def _seconds(value: str) -> float | None:
    """A Retry-After in seconds; its other form, a date, is not worth a clock."""
    return float(value) if value.isascii() and value.isdigit() and len(value) < 6 else None
