"""A worker of the embedded engine: one child process that serves the model, one call at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from llmopt_tui.core.ports import ChatRequest, ModelError, ModelInfo, Reply, Tell
from llmopt_tui.llm.embedded_process import EngineProcess, Launch
from llmopt_tui.llm.errors import ServerUnreachable
from llmopt_tui.llm.openai import OpenAIClient


class Worker:
    """A child that is started when it is first needed, and again after it died.

    `endpoint` is the name that its errors and models carry. `restarted` is told why, in words, each
    time that a child died and another took its place. After `stop` it starts no more.
    """

    def __init__(self, launch: Launch, endpoint: str, restarted: Callable[[str], None]) -> None:
        self._launch = launch
        self._endpoint = endpoint
        self._restarted = restarted
        self._process: EngineProcess | None = None
        self._client: OpenAIClient | None = None
        self._stopped = False
        # Starting, restarting after a crash, and stopping never overlap.
        self._changing = asyncio.Lock()

    @property
    def process(self) -> EngineProcess | None:
        """The child process, running or dead; None where none was started."""
        return self._process

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat. Raises `ModelError`, RunnerCrashed where the child died meanwhile."""
        process, client = await self._connected()
        try:
            return await client.chat(request, tell)
        except ModelError as error:
            crash = await process.died() if error.blame == "server" else None
            if crash is None:
                raise
            crash.partial = error.partial
            raise crash from error

    async def models(self) -> Sequence[ModelInfo]:
        """The models that the child serves, which is one. Raises `ModelError`."""
        _, client = await self._connected()
        return await client.models()

    async def running(self) -> EngineProcess:
        """The child process, started if need be. Raises ServerUnreachable after `stop`."""
        process, _ = await self._connected()
        return process

    async def stop(self) -> None:
        """Close the connections and end the child."""
        self._stopped = True
        async with self._changing:
            process, client = self._process, self._client
            self._process = self._client = None
            try:
                if client is not None:
                    await client.aclose()
            finally:
                if process is not None:
                    await process.stop()

    async def _connected(self) -> tuple[EngineProcess, OpenAIClient]:
        """The child that runs, and the client of this very child: each has its own port and key."""
        async with self._changing:
            if self._stopped:
                raise ServerUnreachable("The embedded engine is not running", hint="Start it")
            if self._process is None or self._client is None or not self._process.alive:
                if self._client is not None:
                    await self._client.aclose()
                before = self._process
                process = await EngineProcess.start(self._launch)
                self._process, self._client = process, self._client_of(process)
                if before is not None:
                    self._restarted(str(await before.died() or "The embedded engine ended"))
            return self._process, self._client

    def _client_of(self, process: EngineProcess) -> OpenAIClient:
        return OpenAIClient(
            process.url,
            name=self._endpoint,
            api_key=process.api_key,
            # A reused prompt cache changes batch shapes, and with them the texts.
            extras={"cache_prompt": False},
        )
