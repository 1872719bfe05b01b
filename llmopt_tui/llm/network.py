"""The way to a server: its proxy, the certificates that are trusted, and the client made of them.

The proxy is chosen here rather than by httpx, which cannot read ranges and brackets of IPv6 in
NO_PROXY and gives up proxies and certificates together for this machine's own servers.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from collections.abc import Mapping
from urllib.request import getproxies

import httpx

from llmopt_tui.core.version import __version__
from llmopt_tui.llm.deadlines import Deadlines
from llmopt_tui.llm.errors import NetworkSettings

_PORTS = {"http": 80, "https": 443}


def make_client(
    base_url: str,
    *,
    deadlines: Deadlines | None = None,
    headers: Mapping[str, str] | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """A client for one server. Raises NetworkSettings.

    Redirects are not followed, they would turn a POST into a GET. No Origin header is ever sent.
    """
    limits = deadlines or Deadlines()
    proxy = None if transport else proxy_for(base_url, getproxies())
    try:
        return httpx.AsyncClient(
            base_url=base_url,
            headers={"User-Agent": f"llmopt-tui/{__version__}", **(headers or {})},
            timeout=httpx.Timeout(None, connect=limits.connect, write=limits.write),
            limits=httpx.Limits(max_connections=None),
            trust_env=False,
            proxy=proxy,
            verify=_trusted(base_url),
            follow_redirects=False,
            transport=transport,
        )
    except ImportError as error:
        raise NetworkSettings(
            "A SOCKS proxy needs the package socksio", hint="Install it beside this program"
        ) from error
    except (httpx.InvalidURL, ValueError) as error:
        # The address may hold a password, so it is not repeated.
        raise NetworkSettings(
            "The proxy's address cannot be used",
            hint="Write it as http://host:port or socks5://host:port in HTTP_PROXY, HTTPS_PROXY "
            "or ALL_PROXY",
        ) from error


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine, by name or address."""
    host = httpx.URL(url).host.casefold().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def proxy_for(url: str, proxies: Mapping[str, str]) -> str | None:
    """The address of the proxy for a URL; None where the server is reached directly.

    `proxies` is what `urllib.request.getproxies` returns: addresses by scheme, "all" among them,
    and under "no" the hosts that need none. This machine never needs one: a proxy would send its
    traffic out.
    """
    target = httpx.URL(url)
    proxy = proxies.get(target.scheme) or proxies.get("all")
    if not proxy or is_loopback(url):
        return None
    if any(_exempts(rule, target) for rule in proxies.get("no", "").split(",")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _exempts(rule: str, target: httpx.URL) -> bool:
    """Whether an entry of NO_PROXY is for this URL: a name, an address or a range, with a port."""
    host, port = _host_and_port(rule.strip().casefold().rpartition("://")[2].rstrip("/"))
    if port and port != str(target.port or _PORTS[target.scheme]):
        return False
    if host == "*":
        return True
    try:
        hosts = ipaddress.ip_network(host, strict=False)
    except ValueError:
        name = host.removeprefix("*").lstrip(".")
        return bool(name) and f".{target.host.casefold()}".endswith(f".{name}")
    try:
        return ipaddress.ip_address(target.host) in hosts
    except ValueError:
        return False


def _host_and_port(text: str) -> tuple[str, str]:
    """Host, or range, and port; the port is empty where there is none. Brackets go."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return (host + rest, "") if rest.startswith("/") else (host, rest.removeprefix(":"))
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return host, port
    return text, ""


def _trusted(base_url: str) -> ssl.SSLContext:
    """The certificates that are trusted: SSL_CERT_FILE's or SSL_CERT_DIR's, else httpx's own."""
    if not base_url.startswith("https://"):
        # Reading the certificate store takes longer than all the rest. Where no TLS can be, a
        # context without certificates does, which would trust nobody.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        name = next(name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name))
        raise NetworkSettings(
            f"{name} names no certificates that can be read",
            hint=f"Let {name} name a PEM file of certificates, or unset it"
            if name == "SSL_CERT_FILE"
            else f"Let {name} name a folder of certificates, or unset it",
        ) from error
