"""OllamaClient: chats, models and pulls over Ollama's own protocol.

The native routes, not the OpenAI-compatible ones: only they take num_ctx, keep the model's own
sampler values, report metrics and deliver errors that occur in the middle of a stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import httpx

from llmopt_tui.core.ports import (
    ChatRequest,
    ModelError,
    ModelInfo,
    OptionValue,
    Reply,
    Tell,
)
from llmopt_tui.core.text.hosts import base_url
from llmopt_tui.core.text.names import find_name, is_cloud, same_model
from llmopt_tui.llm.deadlines import Deadlines
from llmopt_tui.llm.errors import (
    BadRequest,
    EndpointMissing,
    ModelMissing,
    NotOllama,
    ThinkingUnsupported,
    TruncatedStream,
    quoted,
)
from llmopt_tui.llm.http import fetch, open_stream
from llmopt_tui.llm.network import make_client
from llmopt_tui.llm.ollama_wire import (
    Answer,
    checked,
    count_of,
    events,
    object_of,
    objects,
    text_of,
)


@dataclass(frozen=True, slots=True)
class RunningModel:
    """A model in memory. Sizes in bytes; `context_length` is the window it really has."""

    name: str
    digest: str = ""
    size: int | None = None
    size_vram: int | None = None
    context_length: int | None = None


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """What a server tells of one model; None where it does not say."""

    capabilities: tuple[str, ...] | None = None
    context_length: int | None = None


@dataclass(frozen=True, slots=True)
class PullProgress:
    """One step of a download. Bytes are of the layer `digest`, and may go back on a retry."""

    status: str
    digest: str = ""
    total: int | None = None
    completed: int = 0


class OllamaClient:
    """A `ModelClient` for one Ollama server, or one that imitates it.

    `host` is whatever people write (see `hosts.base_url`); `name` is how they call the endpoint.
    `api_key` is sent to https hosts only: a key for a hosted service must not leak into a LAN.
    What `models()` lists is remembered: chats then send names as listed, and know who thinks.
    """

    def __init__(
        self,
        host: str | None = None,
        *,
        name: str = "",
        parallel: int = 0,
        api_key: str | None = None,
        deadlines: Deadlines | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.url = base_url(host)
        self._name = name or self.url
        self._parallel = parallel
        self._deadlines = deadlines or Deadlines()
        key = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._http = make_client(
            self.url,
            deadlines=self._deadlines,
            headers=key if self.url.startswith("https://") else {},
            transport=transport,
        )
        self._listed: dict[str, ModelInfo] = {}
        self._details: dict[tuple[str, str], ModelDetails] = {}
        self._without_think: set[str] = set()

    @property
    def endpoint(self) -> str:
        """The endpoint's name, as people configured it."""
        return self._name

    @property
    def parallel(self) -> int:
        """How many calls at once people allow the endpoint; 0 leaves it to what it says."""
        return self._parallel

    async def aclose(self) -> None:
        """Let go of connections; running chats are cancelled on the server."""
        await self._http.aclose()

    async def slots(self) -> int | None:
        """Ollama does not tell how many calls it takes at once."""
        return None

    async def version(self) -> str:
        """The server's version; empty where it does not tell one. Raises `ModelError`."""
        try:
            reply = await self._get("/api/version", self._deadlines.probe)
        except EndpointMissing:
            return ""
        return text_of(reply, "version")

    async def models(self) -> Sequence[ModelInfo]:
        """The models that this server has, in its order. Raises `ModelError`."""
        reply = await self._get("/api/tags", self._deadlines.listing)
        if not isinstance(reply.get("models"), list):
            raise NotOllama()
        try:
            running = await self.running()
        except ModelError:
            # A server that is busy unloading answers late; its models are known all the same.
            running = None
        found = [model for entry in objects(reply, "models") if (model := self._model(entry)).name]
        if running is not None:
            found = [replace(m, loaded=any(_runs(m, other) for other in running)) for m in found]
        # All at once: a server that hangs at one model keeps nobody waiting for each of them.
        models = await asyncio.gather(*map(self._with_details, found))
        self._listed = {model.name: model for model in models}
        return models

    async def running(self) -> tuple[RunningModel, ...] | None:
        """The models in memory; None where the server does not tell. Raises `ModelError`."""
        try:
            reply = await self._get("/api/ps", self._deadlines.probe)
        except EndpointMissing:
            return None
        return tuple(
            RunningModel(
                name=text_of(entry, "name") or text_of(entry, "model"),
                digest=text_of(entry, "digest"),
                size=count_of(entry, "size"),
                size_vram=count_of(entry, "size_vram"),
                context_length=count_of(entry, "context_length"),
            )
            for entry in objects(reply, "models")
        )

    async def show(self, model: str) -> ModelDetails:
        """What the server tells of one model. Raises `ModelError`."""
        reply = checked(
            await fetch(
                self._http,
                "POST",
                "/api/show",
                body={"model": self._as_listed(model)},
                within=self._deadlines.listing,
            )
        )
        info = object_of(reply, "model_info")
        window = count_of(info, f"{text_of(info, 'general.architecture')}.context_length")
        return ModelDetails(_capabilities(reply), window)

    async def pull(self, model: str) -> AsyncGenerator[PullProgress, None]:
        """Download a model; ends only when the server says that it succeeded.

        Closing the iterator stops the download; another pull goes on where it was. Raises
        `ModelError`: errors of the registry come in the stream, under status 200.
        """
        try:
            async with aclosing(self._pull(model)) as steps:
                async for step in steps:
                    yield step
        except ModelMissing as error:
            raise ModelMissing("The server finds no such model", hint="Check its name") from error

    async def _pull(self, model: str) -> AsyncGenerator[PullProgress, None]:
        # Verifying is silent for as long as it takes to hash every layer.
        patient = replace(self._deadlines, gap=self._deadlines.load)
        body = {"model": model, "stream": True}
        async with (
            open_stream(self._http, "/api/pull", body, patient) as stream,
            aclosing(events(stream.lines())) as steps,
        ):
            async for step in steps:
                status = text_of(step, "status")
                yield PullProgress(
                    status=status,
                    digest=text_of(step, "digest"),
                    total=count_of(step, "total"),
                    completed=count_of(step, "completed") or 0,
                )
                if status == "success":
                    return
        raise TruncatedStream("The download ended before it was complete", hint="Pull again")

    async def create(
        self, name: str, *, base: str, system: str, parameters: Mapping[str, OptionValue]
    ) -> AsyncGenerator[str, None]:
        """Make a model of another one, with a system text and parameters; yields what is done.

        An empty system text leaves the base's as it is. Ends only when the server says that it
        succeeded. Raises `ModelError`, for a name that the server has as well: the server itself
        would overwrite.
        """
        if find_name(name, [model.name for model in await self.models()]):
            raise BadRequest(
                f"The server has a model {quoted(name)} already",
                hint="Choose another name: nothing is overwritten",
            )
        body = {
            "model": name,
            "from": self._as_listed(base),
            **({"system": system} if system else {}),
            "parameters": dict(parameters),
            "stream": True,
        }
        patient = replace(self._deadlines, gap=self._deadlines.load)
        async with (
            open_stream(self._http, "/api/create", body, patient) as stream,
            aclosing(events(stream.lines())) as steps,
        ):
            async for step in steps:
                yield (status := text_of(step, "status"))
                if status == "success":
                    return
        raise TruncatedStream("The server broke off before the model was made", hint="Try again")

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat; `tell` hears each piece as it comes. Raises `ModelError`.

        An error after the first piece carries what had come in `partial`.
        """
        body = self._body(request)
        try:
            return await self._chat(request, body, tell)
        except ThinkingUnsupported:
            # Only the opening reply can say this, so nothing has been told yet.
            if request.think == "on" or "think" not in body:
                raise
        self._without_think.add(body["model"])
        return await self._chat(request, self._body(request), tell)

    async def _chat(self, request: ChatRequest, body: Mapping[str, Any], tell: Tell) -> Reply:
        answer = Answer(request)
        loaded = partial(self._loaded, body["model"])
        try:
            async with (
                open_stream(self._http, "/api/chat", body, self._deadlines, loaded) as stream,
                aclosing(events(stream.lines())) as stream_events,
            ):
                async for event in stream_events:
                    if delta := answer.take(event):
                        tell(delta)
                    if answer.done:
                        break
                if delta := answer.rest():
                    tell(delta)
                return answer.reply()
        except ModelError as error:
            error.partial = answer.partial()
            raise

    async def _loaded(self, model: str) -> bool | None:
        """Whether a model is in memory; None where the server does not tell."""
        try:
            running = await self.running()
        except ModelError:
            return False  # too busy to say, so still at it
        if running is None:
            return None
        info = self._listed.get(model) or ModelInfo(model)
        return any(_runs(info, other) for other in running)

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        model = self._as_listed(request.model)
        body: dict[str, Any] = {
            "model": model,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            # The default of the field is true here and false elsewhere: never left to chance.
            "stream": True,
            # A server that shortens prompts in silence makes scores lie. `shift` stays unset:
            # a value that differs from the runner's reloads the model.
            "truncate": False,
            "options": dict(request.options),
        }
        if request.format is not None:
            body["format"] = request.format
        if (think := self._think(request, model)) is not None:
            body["think"] = think
        if request.keep_alive is not None:
            body["keep_alive"] = _keep_alive(request.keep_alive)
        return body

    def _think(self, request: ChatRequest, model: str) -> bool | None:
        """What to send as `think`; None leaves the field out.

        "auto" lets a model think that can: true where that is known. Left out, current servers
        let such models think as well, and older ones leave the thoughts in the text.
        """
        if request.think == "on":
            return True
        if model in self._without_think:
            return None
        if request.think == "off":
            return False
        info = self._listed.get(model)
        return True if info is not None and info.thinks else None

    def _as_listed(self, name: str) -> str:
        return find_name(name, self._listed) or name

    def _model(self, entry: Mapping[str, Any]) -> ModelInfo:
        name = text_of(entry, "name") or text_of(entry, "model")
        details = object_of(entry, "details")
        remote = bool(text_of(entry, "remote_host") or text_of(entry, "remote_model"))
        return ModelInfo(
            name=name,
            endpoint=self._name,
            digest=text_of(entry, "digest"),
            size=count_of(entry, "size"),
            family=text_of(details, "family"),
            parameter_size=text_of(details, "parameter_size"),
            quantization=text_of(details, "quantization_level"),
            capabilities=_capabilities(entry),
            context_length=count_of(details, "context_length"),
            remote=remote or is_cloud(name),
        )

    async def _with_details(self, model: ModelInfo) -> ModelInfo:
        """Servers before 0.30 list no capabilities; they tell them model by model."""
        if model.capabilities is not None:
            return model
        key = (model.name, model.digest)
        if key not in self._details:
            try:
                self._details[key] = await self.show(model.name)
            except ModelError:
                # What cannot be learnt of one model must not hide the others.
                return model
        details = self._details[key]
        return replace(
            model,
            capabilities=details.capabilities,
            context_length=model.context_length or details.context_length,
        )

    async def _get(self, path: str, within: float) -> Mapping[str, Any]:
        return checked(await fetch(self._http, "GET", path, within=within))


def _runs(model: ModelInfo, running: RunningModel) -> bool:
    # Names that share their weights share one runner, listed under the name that loaded it.
    same_digest = bool(model.digest) and model.digest == running.digest
    return same_digest or same_model(model.name, running.name)


def _keep_alive(value: str | float) -> str | float:
    """A string without a unit is refused by the server; as a number it means seconds."""
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if number.is_integer() else number


def _capabilities(entry: Mapping[str, Any]) -> tuple[str, ...] | None:
    found = entry.get("capabilities")
    if not isinstance(found, list):
        return None
    return tuple(item for item in found if isinstance(item, str))
