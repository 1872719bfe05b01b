"""From an endpoint in the settings to a client that talks to it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from llmopt_tui.config.settings import Endpoint
from llmopt_tui.core.ports import ModelClient

if TYPE_CHECKING:
    from llmopt_tui.llm.ollama import OllamaClient


def connect(server: Endpoint) -> tuple[ModelClient, str]:
    """A client for a server, and the address that it talks to."""
    from llmopt_tui.core.text.hosts import base_url
    from llmopt_tui.llm.keys import discreet, key_in
    from llmopt_tui.llm.ollama import OllamaClient
    from llmopt_tui.llm.openai import DEFAULT_PORT, OpenAIClient

    if server.kind == "openai":
        client = OpenAIClient(
            server.url,
            name=server.name,
            api_key_env=server.api_key_env or None,
            key_over_http=server.key_over_http,
            parallel=server.parallel,
            thinks=server.thinks,
        )
        url = base_url(server.url, default_port=DEFAULT_PORT)
        return discreet(client, key_in(os.environ, server.api_key_env)), url
    key = key_in(os.environ, server.api_key_env or "OLLAMA_API_KEY")
    ollama = OllamaClient(
        server.url,
        name=server.name,
        parallel=server.parallel,
        api_key=key,
        key_over_http=server.key_over_http,
    )
    return discreet(ollama, key), ollama.url


async def calls_at_once(client: ModelClient) -> int:
    """How many calls an endpoint gets at once for one model.

    What people allow, and never more than the server says it takes: a server with one slot gets
    one. So does one that says nothing, unless people allow it more.
    """
    said = await client.slots()
    return min(client.parallel or said or 1, said or client.parallel or 1)


def ollama_behind(client: ModelClient) -> OllamaClient | None:
    """The client of an Ollama server itself; None where it is of another kind."""
    from llmopt_tui.core.wrapped_client import WrappedClient
    from llmopt_tui.llm.ollama import OllamaClient

    while isinstance(client, WrappedClient):
        client = client.inner
    return client if isinstance(client, OllamaClient) else None
