import asyncio
import gzip

import httpx
import pytest

from llmopt_tui.llm import errors
from llmopt_tui.llm.deadlines import Deadlines
from llmopt_tui.llm.http import LINES_A_TURN, fetch, open_stream
from llmopt_tui.llm.network import make_client
from tests.fakes.wire import WireServer, reply, stream


@pytest.fixture
def proxied(monkeypatch):
    """Proxy variables that lead nowhere."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


async def test_this_machine_is_reached_whatever_the_proxy_variables_say(proxied):
    async with WireServer() as server:
        server.script("/x", reply(200, {"a": 1}))
        async with make_client(server.url) as client:
            assert await fetch(client, "GET", "/x", within=5) == {"a": 1}


async def test_other_machines_are_reached_through_the_proxy(proxied):
    async with make_client("http://192.0.2.1") as client:
        with pytest.raises(errors.ServerUnreachable):
            await fetch(client, "GET", "/x", within=5)


async def test_reading_has_no_deadline_of_the_transports():
    client = make_client("http://localhost", deadlines=Deadlines(connect=3, write=4))
    assert client.timeout == httpx.Timeout(None, connect=3, write=4)
    assert not client.follow_redirects
    await client.aclose()


async def test_a_prefix_in_the_base_url_stays():
    async with WireServer() as server:
        server.script("/prefix/x", reply(200, {}))
        async with make_client(f"{server.url}/prefix") as client:
            assert await fetch(client, "GET", "/x", within=5) == {}


async def test_a_document_beyond_all_bounds_is_not_read_to_its_end():
    async with WireServer() as server:
        server.script("/x", stream(*[b" " * 2**20] * 40))
        async with make_client(server.url) as client:
            with pytest.raises(errors.BadReply):
                await fetch(client, "GET", "/x", within=30)


async def test_an_error_page_without_end_is_still_an_error():
    async def endless(exchange):
        await exchange.head(500, "text/plain")
        for _ in range(100):
            await exchange.send(b"x" * 10_000)
        await asyncio.Event().wait()

    async with WireServer() as server:
        server.script("/x", endless)
        async with make_client(server.url) as client, asyncio.timeout(60):
            with pytest.raises(errors.ServerFailed):
                async with open_stream(client, "/x", {}, Deadlines(probe=600)):
                    pass


@pytest.mark.parametrize(("status", "kind"), [(200, KeyError), (404, errors.EndpointMissing)])
async def test_leaving_closes_the_reply_however_one_leaves(status, kind):
    class Body(httpx.AsyncByteStream):
        closed = False

        async def __aiter__(self):
            yield b""

        async def aclose(self):
            self.closed = True

    body = Body()
    transport = httpx.MockTransport(lambda request: httpx.Response(status, stream=body))
    async with make_client("http://x", transport=transport) as client:
        with pytest.raises(kind):
            async with open_stream(client, "/x", {}, Deadlines()):
                raise KeyError
        assert body.closed


async def test_a_connection_that_nobody_takes_times_out_by_name():
    class Silent(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            raise httpx.ConnectTimeout("", request=request)

    async with make_client(
        "http://x", deadlines=Deadlines(connect=7), transport=Silent()
    ) as client:
        with pytest.raises(errors.TimedOut) as caught:
            await fetch(client, "GET", "/x", within=5)
    assert (caught.value.stage, caught.value.seconds, caught.value.retryable) == (
        "connect",
        7,
        True,
    )


@pytest.mark.parametrize(
    "error", [httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError]
)
async def test_a_failing_transport_is_a_server_out_of_reach(error):
    class Broken(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            raise error("[Errno 111] refused", request=request)

    async with make_client("http://x", transport=Broken()) as client:
        with pytest.raises(errors.ServerUnreachable) as caught:
            async with open_stream(client, "/x", {}, Deadlines()):
                pass
    assert "refused" in caught.value.message


async def test_lines_are_cut_on_the_byte_0a_only():
    async with WireServer() as server:
        text = "a\u0085b\u2028c".encode()
        server.script("/x", stream(text[:2], text[2:] + b"\nnext"))
        async with make_client(server.url) as client:
            async with open_stream(client, "/x", {}, Deadlines()) as events:
                assert [line async for line in events.lines()] == [text, b"next"]
                assert events.content_type == "application/x-ndjson"


async def test_a_compressed_stream_is_read():
    async with WireServer() as server:
        body = gzip.compress(b"one\ntwo\n")
        server.script("/x", reply(200, body, "text/plain", Content_Encoding="gzip"))
        server.script("/x", reply(200, b"not gzip", "text/plain", Content_Encoding="gzip"))
        async with make_client(server.url) as client:
            async with open_stream(client, "/x", {}, Deadlines()) as events:
                assert [line async for line in events.lines()] == [b"one", b"two"]
            with pytest.raises(errors.TruncatedStream):
                async with open_stream(client, "/x", {}, Deadlines()) as events:
                    [line async for line in events.lines()]


class Immediate(httpx.AsyncBaseTransport):
    """A server whose whole answer is here before it is read."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=self._content)


async def test_a_fast_server_leaves_time_for_everything_else():
    turns = 0

    async def draw() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    count = 100 * LINES_A_TURN
    async with make_client("http://localhost", transport=Immediate(b"{}\n" * count)) as client:
        async with open_stream(client, "/x", {}, Deadlines()) as stream:
            drawing = asyncio.create_task(draw())
            await asyncio.sleep(0)
            begun = turns
            lines = [line async for line in stream.lines()]
            drawing.cancel()
    assert len(lines) == count
    assert turns - begun >= 100
