"""How an Ollama server comes to a model: downloads it, or makes it of another one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from llmopt_tui.llm.deadlines import Deadlines
from llmopt_tui.llm.errors import ModelMissing, TruncatedStream
from llmopt_tui.llm.http import open_stream
from llmopt_tui.llm.ollama_wire import count_of, events, text_of

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class PullProgress:
    """One step of a download. Bytes are of the layer `digest`, and may go back on a retry."""

    status: str
    digest: str = ""
    total: int | None = None
    completed: int = 0


async def pulled(
    http: httpx.AsyncClient, model: str, deadlines: Deadlines
) -> AsyncGenerator[PullProgress, None]:
    """Download a model; ends only when the server says that it succeeded.

    Closing the iterator stops the download; another pull resumes it. Raises `ModelError`: errors
    of the registry come in the stream, under status 200.
    """
    try:
        async with aclosing(_steps(http, "/api/pull", {"model": model}, deadlines)) as steps:
            async for step in steps:
                yield PullProgress(
                    status=text_of(step, "status"),
                    digest=text_of(step, "digest"),
                    total=count_of(step, "total"),
                    completed=count_of(step, "completed") or 0,
                )
                if text_of(step, "status") == "success":
                    return
    except ModelMissing as error:
        raise ModelMissing("The server finds no such model", hint="Check its name") from error
    raise TruncatedStream("The download ended before it was complete", hint="Pull again")


async def created(
    http: httpx.AsyncClient, body: Mapping[str, Any], deadlines: Deadlines
) -> AsyncGenerator[str, None]:
    """Make a model as the body says; yields what is done, and ends only when it is made.

    Raises `ModelError`.
    """
    async with aclosing(_steps(http, "/api/create", body, deadlines)) as steps:
        async for step in steps:
            yield (status := text_of(step, "status"))
            if status == "success":
                return
    raise TruncatedStream("The connection ended before the model was made", hint="Try again")


async def _steps(
    http: httpx.AsyncClient, path: str, body: Mapping[str, Any], deadlines: Deadlines
) -> AsyncGenerator[Mapping[str, Any], None]:
    # Verifying is silent for as long as it takes to hash every layer.
    patient = replace(deadlines, gap=deadlines.load)
    async with (
        open_stream(http, path, {**body, "stream": True}, patient) as stream,
        aclosing(events(stream.lines())) as steps,
    ):
        async for step in steps:
            yield step
