"""API keys: which addresses they may go to, and how no answer repeats them.

Over http they stay on this machine unless people allow more, for http shows them to the network.
Gateways quote the headers of a request in their errors, and what comes from a server is recorded,
drawn and reported. What is shorter than a key ever is ("none", "EMPTY") is no secret and stays.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote

from llmopt_tui.core.ports import ChatRequest, Delta, ModelClient, ModelError, Piece, Reply, Tell
from llmopt_tui.core.wrapped_client import WrappedClient
from llmopt_tui.llm.errors import Forbidden, Unauthorized
from llmopt_tui.llm.network import is_loopback

BLANK = "[API key]"
SHORTEST = 8


def key_in(environ: Mapping[str, str], variable: str) -> str:
    """The key in a variable of the environment; empty where that holds none that can be sent."""
    key = environ.get(variable, "").strip()
    return key if key.isascii() and key.isprintable() else ""


def may_send_key(url: str, *, over_http: bool) -> bool:
    """Whether a key may go to an address: over https, on this machine, or where people allow it."""
    return over_http or url.startswith("https://") or is_loopback(url)


@contextmanager
def withheld_said(*, withheld: bool) -> Iterator[None]:
    """Where a server asks for a key that was withheld, the error says so, and how to allow it."""
    try:
        yield
    except (Unauthorized, Forbidden) as error:
        if withheld:
            error.hint = (
                "The API key was withheld, because http would show it to the network: "
                "use https, or allow it with key_over_http = true at the endpoint"
            )
        raise


def discreet(client: ModelClient, key: str) -> ModelClient:
    """The client, wrapped so that no answer repeats its key, where it has one."""
    return DiscreetClient(client, key) if len(key) >= SHORTEST else client


def key_sent(headers: Mapping[str, str]) -> str:
    """The key in a request's headers; empty where there is none worth keeping secret."""
    key = headers.get("Authorization", "").removeprefix("Bearer ")
    return key if len(key) >= SHORTEST else ""


def blanked(text: str, key: str) -> str:
    """The text without the key, also where it is written as in JSON or in an address."""
    if not key:
        return text
    escaped = json.dumps(key)[1:-1]
    for spelling in dict.fromkeys((key, escaped, escaped.replace("/", r"\/"), quote(key, safe=""))):
        text = text.replace(spelling, BLANK)
    return text


def blanked_bytes(content: bytes, headers: Mapping[str, str]) -> bytes:
    """What a server sent, without the key in the headers of the request."""
    key = key_sent(headers)
    if not key:
        return content
    # Any bytes survive this: a key is ASCII.
    return blanked(content.decode("latin-1"), key).encode("latin-1")


class KeyBlanker:
    """Blanks a key out of a text that comes in pieces, wherever it is cut."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._held = ""

    def feed(self, piece: str) -> str:
        """What of the text so far is sure to be no beginning of the key."""
        text = (self._held + piece).replace(self._key, BLANK)
        longest = min(len(self._key) - 1, len(text))
        held = next((n for n in range(longest, 0, -1) if self._key.startswith(text[-n:])), 0)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def rest(self) -> str:
        """The end of the text, which was held back in case the key began there."""
        rest, self._held = self._held, ""
        return rest


class DiscreetClient(WrappedClient):
    """Wraps a `ModelClient`: no answer repeats its key, however the server cuts it to pieces."""

    def __init__(self, inner: ModelClient, key: str) -> None:
        super().__init__(inner)
        self._key = key

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat; `tell` hears the pieces without the key. Raises `ModelError`."""
        text, thinking = KeyBlanker(self._key), KeyBlanker(self._key)

        def tell_text(delta: Delta) -> None:
            if delta.text or delta.thinking:
                tell(delta)

        def tell_blanked(piece: Piece) -> None:
            if isinstance(piece, Delta):
                tell_text(Delta(text.feed(piece.text), thinking.feed(piece.thinking)))
                return
            # What is held back is void, as is all that was told before.
            text.rest()
            thinking.rest()
            tell(piece)

        try:
            reply = await self.inner.chat(request, tell_blanked)
        except ModelError as error:
            error.partial = error.partial and self._blanked(error.partial)
            raise
        tell_text(Delta(text.rest(), thinking.rest()))
        return self._blanked(reply)

    def _blanked(self, reply: Reply) -> Reply:
        text, thinking = blanked(reply.text, self._key), blanked(reply.thinking, self._key)
        return replace(reply, text=text, thinking=thinking)
