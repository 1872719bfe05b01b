"""Base URLs from what people write as a host (OLLAMA_HOST, --host, an endpoint's url)."""

from __future__ import annotations

import ipaddress
import re

DEFAULT_PORT = 11434
DEFAULT_URL = f"http://127.0.0.1:{DEFAULT_PORT}"

_SCHEME_PORTS = {"http": 80, "https": 443}
_HOSTNAME = re.compile(r"[^\s/?#@:\[\]\\%<>\"'`|^{}]+")
# Addresses to listen on; a client connects to this machine instead.
_DIALLED = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, never bound


class HostError(ValueError):
    """A host that cannot be read; the message says why, without repeating credentials."""


def base_url(value: str | None, *, default_port: int = DEFAULT_PORT) -> str:
    """The base URL, without a slash at its end. None or blanks mean the local server.

    A bare host gets http and `default_port`; a URL with a scheme gets that scheme's own port;
    `ollama.com` gets https. Quotes and blanks around the value are removed, and so is an API root
    (`/api`, `/v1`) at its end; any other path stays as a prefix. Listening addresses become
    loopback ones, bare IPv6 addresses get their brackets.

    Raises HostError: unknown scheme, bad port, credentials, a query, no valid host.
    """
    text = (value or "").strip().strip("\"'").strip()
    if not text:
        return DEFAULT_URL if default_port == DEFAULT_PORT else f"http://127.0.0.1:{default_port}"
    scheme, separator, rest = text.rpartition("://")
    scheme = scheme.casefold()
    if separator and scheme not in _SCHEME_PORTS:
        raise HostError("A host starts with http:// or https://, or has no scheme")
    authority, _, path = rest.partition("/")
    if "@" in authority:
        raise HostError("A host cannot hold a user name or password; set an API key instead")
    if "?" in rest or "#" in rest:
        raise HostError("A host cannot hold a query or a fragment")

    host, port = _split(authority)
    if not separator:
        scheme = "https" if host == "ollama.com" and port in (None, 443) else "http"
        implied = _SCHEME_PORTS[scheme] if scheme == "https" else default_port
        port = implied if port is None else port
    shown_port = "" if port in (None, _SCHEME_PORTS[scheme]) else f":{port}"
    return f"{scheme}://{host}{shown_port}{_prefix(path)}"


def _split(authority: str) -> tuple[str, int | None]:
    """The host, in brackets if it is IPv6, and the port, None where none is given."""
    if address := _ipv6(authority):
        return address, None
    host, colon, port = authority.rpartition(":")
    if not colon or authority.endswith("]"):
        host, port = authority, ""
    return _host(host), _port(port)


def _host(text: str) -> str:
    if text.startswith("[") and text.endswith("]"):
        if address := _ipv6(text[1:-1]):
            return address
        raise HostError("The text in brackets is not an IPv6 address")
    if not text:
        return "127.0.0.1"
    if not _HOSTNAME.fullmatch(text):
        raise HostError("The host's name has characters that no host name has")
    return _DIALLED.get(text, text.casefold())


def _ipv6(text: str) -> str | None:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return None
    return f"[{_DIALLED.get(str(address), str(address))}]"


def _port(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
        raise HostError("A port is a number from 1 to 65535")
    return int(text)


def _prefix(path: str) -> str:
    parts = [part for part in path.split("/") if part]
    if parts and parts[-1] in ("api", "v1"):
        parts.pop()
    return "".join(f"/{part}" for part in parts)
