"""OllamaClient: chats, models and pulls over Ollama's own protocol.

The native routes, not the OpenAI-compatible ones: only they take num_ctx, keep the model's own
sampler values, report metrics and deliver errors that occur in the middle of a stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import httpx

from llmopt_tui.core.ports import (
    ChatRequest,
    Message,
    ModelError,
    ModelInfo,
    OptionValue,
    Reply,
    Tell,
)
from llmopt_tui.core.text.hosts import base_url
from llmopt_tui.core.text.names import find_name
from llmopt_tui.llm.deadlines import Deadlines
from llmopt_tui.llm.errors import (
    BadRequest,
    EndpointMissing,
    NotOllama,
    ThinkingUnsupported,
    quoted,
)
from llmopt_tui.llm.http import fetch, open_stream
from llmopt_tui.llm.keys import may_send_key, withheld_said
from llmopt_tui.llm.network import make_client
from llmopt_tui.llm.ollama_making import PullProgress, created, pulled
from llmopt_tui.llm.ollama_models import (
    ModelDetails,
    RunningModel,
    model_details,
    model_info,
    running_models,
    runs,
)
from llmopt_tui.llm.ollama_request import chat_body, think_field
from llmopt_tui.llm.ollama_wire import Answer, checked, events, objects, text_of


class OllamaClient:
    """A `ModelClient` for one Ollama server, or one that imitates it.

    `host` is an address as people write it (see `hosts.base_url`), `name` the endpoint's name.
    `api_key` goes to another machine over https only, unless `key_over_http`: a key for a hosted
    service must not leak into a LAN. Where the server then asks for one, the error says so.
    What `models()` lists is remembered: chats then send names as listed, and know who thinks.
    """

    def __init__(
        self,
        host: str | None = None,
        *,
        name: str = "",
        parallel: int = 0,
        api_key: str | None = None,
        key_over_http: bool = False,
        deadlines: Deadlines | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.url = base_url(host)
        self._name = name or self.url
        self._parallel = parallel
        self._deadlines = deadlines or Deadlines()
        self._api_key = api_key
        self._key_over_http = key_over_http
        self._transport = transport
        self._connection: httpx.AsyncClient | None = None
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
        """Close the connections; running chats are cancelled on the server."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.aclose()

    def dropped(self, options: Mapping[str, OptionValue]) -> tuple[str, ...]:
        """None: Ollama takes every option, and says so where it knows one not."""
        return ()

    async def slots(self) -> int | None:
        """How many calls it takes at once: None, as Ollama does not tell."""
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
        found = [
            model
            for entry in objects(reply, "models")
            if (model := model_info(entry, self._name)).name
        ]
        if running is not None:
            found = [replace(m, loaded=any(runs(m, other) for other in running)) for m in found]
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
        return running_models(reply)

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
        return model_details(reply)

    async def pull(self, model: str) -> AsyncGenerator[PullProgress, None]:
        """Download a model. See `pulled`."""
        async with aclosing(pulled(self._http, model, self._deadlines)) as steps:
            async for step in steps:
                yield step

    async def create(
        self,
        name: str,
        *,
        base: str,
        system: str,
        parameters: Mapping[str, OptionValue],
        messages: Sequence[Message] = (),
    ) -> AsyncGenerator[str, None]:
        """Make a model of another one, with a system text and parameters; yields what is done.

        `messages` are turns that every chat with it begins with. An empty system text leaves the
        base's as it is. Ends only when the server says that it
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
            **({"messages": [asdict(message) for message in messages]} if messages else {}),
        }
        async with aclosing(created(self._http, body, self._deadlines)) as steps:
            async for step in steps:
                yield step

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat; `tell` hears each piece as it comes. Raises `ModelError`.

        An error after the first piece carries what had come in `partial`.
        """
        body = self._body(request)
        with withheld_said(withheld=self._withholds_key):
            try:
                return await self._chat(request, body, tell)
            except ThinkingUnsupported:
                # Only the opening reply can say this, so `tell` has heard nothing.
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
            error.partial = error.partial or answer.partial()
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
        return any(runs(info, other) for other in running)

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        model = self._as_listed(request.model)
        info = self._listed.get(model)
        think = think_field(
            request,
            thinks=info is not None and info.thinks,
            refused=model in self._without_think,
        )
        return chat_body(request, model, think)

    def _as_listed(self, name: str) -> str:
        return find_name(name, self._listed) or name

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
        with withheld_said(withheld=self._withholds_key):
            return checked(await fetch(self._http, "GET", path, within=within))

    @property
    def _http(self) -> httpx.AsyncClient:
        """The connection, made at the first call: what is wrong with it is that call's error."""
        if self._connection is None:
            sends = bool(self._api_key) and not self._withholds_key
            self._connection = make_client(
                self.url,
                deadlines=self._deadlines,
                headers={"Authorization": f"Bearer {self._api_key}"} if sends else {},
                transport=self._transport,
            )
        return self._connection

    @property
    def _withholds_key(self) -> bool:
        """Whether there is a key that is not sent, since all who listen could read it."""
        return bool(self._api_key) and not may_send_key(self.url, over_http=self._key_over_http)
