"""The way to a server: proxies, certificates, and what is said where they cannot be used."""

import asyncio

import httpx
import pytest

from llmopt_tui.llm import errors
from llmopt_tui.llm.http import fetch
from llmopt_tui.llm.network import make_client, proxy_for
from tests.fakes.socks import SocksProxy
from tests.fakes.wire import CERTIFICATE, WireServer, reply

PROXY = "http://proxy.example:3128"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("rules", "url"),
    [
        ("fd00::/8", "http://[fd12:3456::1]:8000"),
        ("[fd00::]/8", "http://[fd12:3456::1]:8000"),
        ("[fd00::/8]", "http://[fd12:3456::1]:8000"),
        ("[fd12:3456::1]", "http://[fd12:3456::1]:8000"),
        ("[fd12:3456::1]:8000", "http://[fd12:3456::1]:8000"),
        ("fd12:3456::1", "http://[fd12:3456::1]"),
        ("10.0.0.0/8, 192.168.0.0/16", "http://192.168.4.20:11434"),
        ("192.168.4.20", "http://192.168.4.20:11434"),
        ("192.168.4.20:11434", "http://192.168.4.20:11434"),
        ("gpu.lan", "http://gpu.lan"),
        (".lan", "http://gpu.lan"),
        ("*.lan", "http://GPU.LAN"),
        ("lan", "https://box.gpu.lan"),
        ("gpu.lan:443", "https://gpu.lan"),
        ("http://gpu.lan/", "http://gpu.lan"),
        ("x,*", "http://gpu.lan"),
    ],
)
def test_hosts_of_no_proxy_are_reached_directly(rules, url):
    assert proxy_for(url, {"all": PROXY, "no": rules}) is None


@pytest.mark.parametrize(
    ("rules", "url"),
    [
        ("", "http://gpu.lan"),
        ("fd00::/8", "http://[2001:db8::1]"),
        ("fd00::/8", "http://192.168.4.20"),
        ("192.168.0.0/16", "http://[fd12:3456::1]"),
        ("192.168.4.20:80", "http://192.168.4.20:11434"),
        ("pu.lan", "http://gpu.lan"),
        ("gpu.lan", "http://gpu.lan.example"),
        ("[::1", "http://gpu.lan"),
        ("[]:x, //, /8, :", "http://gpu.lan"),
    ],
)
def test_all_others_go_through_the_proxy(rules, url):
    assert proxy_for(url, {"all": PROXY, "no": rules}) == PROXY


def test_each_scheme_has_its_proxy_and_this_machine_has_none():
    proxies = {"http": "one:1", "https": "http://two:2"}
    assert proxy_for("http://gpu.lan", proxies) == "http://one:1"
    assert proxy_for("https://gpu.lan", proxies) == "http://two:2"
    assert proxy_for("http://[::1]:8000", proxies) is None
    assert proxy_for("http://gpu.lan", {"https": "two:2"}) is None


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_a_server_is_reached_through_a_socks_proxy(scheme, monkeypatch):
    async with WireServer() as server, SocksProxy(int(server.url.rpartition(":")[2])) as proxy:
        server.script("/x", reply(200, {"a": 1}))
        monkeypatch.setenv("ALL_PROXY", proxy.url.replace("socks5", scheme))
        async with make_client("http://gpu.example:8000") as client:
            assert await fetch(client, "GET", "/x", within=10) == {"a": 1}
    assert proxy.asked == [("gpu.example", 8000)]


@pytest.mark.parametrize("no_proxy", ["fe80::/10", "[::1]", "[fd00::]/8,10.0.0.0/8"])
async def test_ranges_and_brackets_break_nothing(no_proxy, monkeypatch):
    monkeypatch.setenv("NO_PROXY", no_proxy)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    async with make_client("https://gpu.example") as client:
        with pytest.raises(errors.ServerUnreachable):
            await fetch(client, "GET", "/x", within=10)


@pytest.mark.parametrize("proxy", ["socks4://127.0.0.1:9", "http://127.0.0.1:port", "ftp://x"])
def test_a_proxy_that_cannot_be_used_is_said(proxy, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", proxy.replace("://", "://ann:secret@"))
    with pytest.raises(errors.NetworkSettings, match="ALL_PROXY") as caught:
        make_client("http://gpu.example")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9"])
async def test_a_proxy_that_does_not_answer_is_not_called_a_missing_server(proxy, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", proxy)
    async with make_client("http://gpu.example") as client:
        with pytest.raises(errors.ProxyFailed, match=r"does not answer.*HTTP_PROXY"):
            await fetch(client, "GET", "/x", within=10)


async def test_a_failing_proxy_is_not_called_a_missing_server():
    class Refusing(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            raise httpx.ProxyError("403 Forbidden", request=request)

    async with make_client("http://x", transport=Refusing()) as client:
        with pytest.raises(errors.ProxyFailed, match="NO_PROXY"):
            await fetch(client, "GET", "/x", within=5)


async def test_a_certificate_of_ones_own_is_trusted_by_ssl_cert_file_on_loopback_too(monkeypatch):
    async with WireServer(CERTIFICATE) as server:
        server.script("/x", reply(200, {"a": 1}))
        async with make_client(server.url) as client:
            with pytest.raises(errors.TlsFailed, match="SSL_CERT_FILE"):
                await fetch(client, "GET", "/x", within=10)
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        async with make_client(server.url) as client:
            assert await fetch(client, "GET", "/x", within=10) == {"a": 1}


async def test_a_plain_server_at_an_https_address_gets_a_tls_hint():
    async def puzzled(reader, writer):
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(puzzled, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, make_client(f"https://127.0.0.1:{port}") as client:
        with pytest.raises(errors.TlsFailed, match="http://"):
            await fetch(client, "GET", "/x", within=10)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_said(content, tmp_path, monkeypatch):
    file = tmp_path / "trusted.pem"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(errors.NetworkSettings, match="SSL_CERT_FILE"):
        make_client("https://gpu.example")


async def test_a_gateways_wish_to_be_left_alone_is_read():
    async def limited(exchange):
        await exchange.head(429, headers={"llm_provider-retry-after": "7"}, length=0)

    async with WireServer() as server:
        server.script("/x", limited)
        async with make_client(server.url) as client:
            with pytest.raises(errors.RateLimited) as caught:
                await fetch(client, "GET", "/x", within=10)
    assert caught.value.retry_after == 7.0
