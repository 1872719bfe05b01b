"""A hand-written HTTP/1.1 server: tests can break the protocol at any byte and at any moment."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal, Self

MAX_HEAD_BYTES = 1 << 20
CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""A key for tests alone, and its certificate for localhost and 127.0.0.1, which nobody trusts."""


@dataclass(frozen=True)
class Received:
    """One request, as it came. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body. Raises ValueError."""
        return json.loads(self.body)


class Exchange:
    """One request and the means to answer it, well or badly.

    A client that closes its connection cancels whoever answers, as in Ollama.
    """

    def __init__(self, received: Received, writer: asyncio.StreamWriter) -> None:
        self.received = received
        self._writer = writer
        self._chunked = False
        self.usable = True

    async def head(
        self,
        status: int = 200,
        content_type: str = "application/x-ndjson",
        *,
        headers: Mapping[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        """Send status and headers; without a length the body is chunked."""
        self._chunked = length is None
        framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        lines = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
            *([f"Content-Type: {content_type}"] if content_type else []),
            framing,
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
        ]
        await self.raw("\r\n".join([*lines, "", ""]).encode())

    async def send(self, data: bytes) -> None:
        """Send a piece of the body, as one chunk where the body is chunked."""
        if data:
            await self.raw(b"%x\r\n%s\r\n" % (len(data), data) if self._chunked else data)

    async def end(self) -> None:
        """End a chunked body in good order."""
        if self._chunked:
            await self.raw(b"0\r\n\r\n")

    async def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(data)
        await self._writer.drain()

    async def respond(
        self,
        status: int,
        body: bytes = b"",
        content_type: str = "application/json; charset=utf-8",
        **headers: str,
    ) -> None:
        """Send a whole reply. Underscores in header names stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await self.head(status, content_type if body else "", headers=named, length=len(body))
        if self.received.method != "HEAD":
            await self.send(body)

    def cut(self) -> None:
        """Close the connection with the body unfinished."""
        self.usable = False
        self._writer.close()

    def reset(self) -> None:
        """Break the connection: the client sees "connection reset by peer"."""
        self.usable = False
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


Script = Callable[[Exchange], Awaitable[None]]


def reply(
    status: int, body: bytes | str | Mapping[str, Any] = b"", content_type: str = "", **headers: str
) -> Script:
    """A script that sends one whole reply; a mapping goes as JSON."""
    if isinstance(body, Mapping):
        raw, media = json.dumps(body).encode(), "application/json; charset=utf-8"
    else:
        raw, media = body.encode() if isinstance(body, str) else body, "text/plain"

    async def script(exchange: Exchange) -> None:
        await exchange.respond(status, raw, content_type or media, **headers)

    return script


def stream(
    *pieces: bytes | Mapping[str, Any] | asyncio.Event,
    ending: Literal["end", "cut", "reset"] = "end",
    content_type: str = "application/x-ndjson",
) -> Script:
    """A script that streams: mappings as JSON lines, bytes as they are, events awaited."""

    async def script(exchange: Exchange) -> None:
        await exchange.head(200, content_type)
        for piece in pieces:
            if isinstance(piece, asyncio.Event):
                await piece.wait()
            else:
                await exchange.send(piece if isinstance(piece, bytes) else json_line(piece))
        if ending == "end":
            await exchange.end()
        elif ending == "cut":
            exchange.cut()
        else:
            exchange.reset()

    return script


def drop() -> Script:
    """A script that breaks the connection before anything is answered."""

    async def script(exchange: Exchange) -> None:
        exchange.reset()

    return script


def json_line(value: Mapping[str, Any]) -> bytes:
    """One event as Go's encoder writes it: raw UTF-8, but for `<`, `>`, `&`, U+2028 and U+2029."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text.encode("utf-8", "surrogatepass") + b"\n"


class WireServer:
    """Listens on a free loopback port while entered; keeps every request in `requests`.

    `script(path, ...)` decides how the next requests of a path are answered, one script each;
    what has no script goes to `answer`.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self.certificate = certificate
        self.requests: list[Received] = []
        self.failures: list[BaseException] = []
        self._scripts: dict[str, list[Script]] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self.url = ""

    async def answer(self, exchange: Exchange) -> None:
        """Answer a request that has no script. Not found, unless a subclass knows better."""
        await exchange.respond(404, b"404 page not found", "text/plain")

    def script(self, path: str, *scripts: Script) -> None:
        """Answer the next requests of a path so, one script each, in this order."""
        self._scripts.setdefault(path, []).extend(scripts)

    def bodies(self, path: str) -> list[Any]:
        """The decoded bodies of all requests of a path."""
        return [received.json for received in self.requests if received.path == path]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something about the server is so; looked at after every request's steps."""
        async with self._changed:
            await self._changed.wait_for(condition)

    async def changed(self) -> None:
        """Have waiting conditions looked at again."""
        async with self._changed:
            self._changed.notify_all()

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1, with TLS where `certificate` names a key and its certificate."""
        context = None
        if self.certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.certificate)
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", port, limit=MAX_HEAD_BYTES, ssl=context
        )
        scheme = "https" if context else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.stop()
        if self.failures and exception[0] is None:
            raise self.failures[0]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            async for received in _requests(reader):
                self.requests.append(received)
                await self.changed()
                exchange = Exchange(received, writer)
                if not await self._answered(exchange, reader):
                    break
        except asyncio.CancelledError:
            # Only `stop` cancels; the stream protocol would log it as a fault.
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answered(self, exchange: Exchange, reader: asyncio.StreamReader) -> bool:
        """Answer, unless the client leaves before; tells whether the connection goes on."""
        scripts = self._scripts.get(exchange.received.path)
        answer = scripts.pop(0) if scripts else self.answer
        answering = asyncio.ensure_future(answer(exchange))
        # Nothing may come while a reply is under way, so this ends when the client leaves.
        leaving = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pending = [task for task in (answering, leaving) if not task.done()]
            for task in pending:
                task.cancel()
            await asyncio.wait({answering, leaving})
        await self.changed()
        if not leaving.cancelled():
            leaving.exception()  # a client that breaks off is no fault of anybody's
        if answering.cancelled():
            return False
        error = answering.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self.failures.append(error)
        return error is None and exchange.usable


async def _requests(reader: asyncio.StreamReader) -> AsyncIterator[Received]:
    """The requests of one connection, until it closes."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.split("\r\n")
            method, path, _ = first.split(" ", 2)
            pairs = (line.partition(":") for line in lines if line)
            headers = {name.strip().casefold(): value.strip() for name, _, value in pairs}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            yield Received(method, path, headers, body)
