"""A model client for OpenAI-compatible servers: vLLM, llama.cpp, LM Studio, LiteLLM and the like.

A reply counts as complete only with a finish reason and the closing [DONE]: some servers lose an
error in the middle of a stream and just end it.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Collection, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmopt_tui.core.ports import (
    ChatRequest,
    Delta,
    Metrics,
    ModelError,
    ModelInfo,
    OptionValue,
    Reply,
    Tell,
)
from llmopt_tui.core.text.hosts import base_url
from llmopt_tui.llm.deadlines import Deadlines
from llmopt_tui.llm.errors import (
    BadReply,
    EndedEarly,
    LlmError,
    NotOllama,
    RequestError,
    Unauthorized,
    is_page,
)
from llmopt_tui.llm.errors.advice import advise
from llmopt_tui.llm.http import EventStream, fetch, open_stream
from llmopt_tui.llm.keys import key_in, may_send_key, withheld_said
from llmopt_tui.llm.network import make_client
from llmopt_tui.llm.openai_models import (
    model_infos,
    with_gateway_details,
    with_template,
    with_thinkers,
)
from llmopt_tui.llm.openai_request import dropped_options, request_body
from llmopt_tui.llm.openai_wire import DONE, Transcript, decoded, payload
from llmopt_tui.llm.thinking import ThinkSplitter, with_answer
from llmopt_tui.llm.written import Written

if TYPE_CHECKING:
    import httpx

DEFAULT_PORT = 8000
_CHAT = "/v1/chat/completions"


class OpenAIClient:
    """One OpenAI-compatible endpoint.

    `url` is the server's address with or without its `/v1`. The API key is read from the
    environment variable `api_key_env` on the first call, or given as `api_key`; it goes to another
    machine over https only, unless `key_over_http` (see `keys.may_send_key`). `thinks` names the
    models that think before they answer, for servers that do not say; `*` in a name is anything.
    `extras` are body fields that only this very server understands. Raises HostError for an
    address that is none.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str = "",
        api_key_env: str | None = None,
        api_key: str | None = None,
        key_over_http: bool = False,
        parallel: int = 0,
        thinks: Collection[str] = (),
        extras: Mapping[str, Any] | None = None,
        deadlines: Deadlines | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = base_url(url, default_port=DEFAULT_PORT)
        self._name = name or self._url
        self._api_key_env = api_key_env
        self._api_key = api_key
        self._key_over_http = key_over_http
        self._parallel = parallel
        self._thinks = tuple(thinks)
        self._extras = dict(extras or {})
        self._deadlines = deadlines or Deadlines()
        self._transport = transport
        self._connection: httpx.AsyncClient | None = None

    @property
    def endpoint(self) -> str:
        """The endpoint's name, as people configured it; else its address."""
        return self._name

    @property
    def parallel(self) -> int:
        """How many calls at once people allow the endpoint; 0 leaves it to what it says."""
        return self._parallel

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat; `tell` hears each piece as it comes.

        Thoughts come from the server's own field for them; only where that stays empty are raw
        tags at the start of the content taken for thoughts. Options without an equivalent (num_ctx
        among them) are left out. Raises ModelError, with what came so far as its `partial`.
        """
        answer = _Answer(request)
        body = request_body(request, self._extras)
        try:
            with self._told():
                client = self._client()
                async with (
                    open_stream(client, _CHAT, body, self._deadlines) as stream,
                    aclosing(_chunks(stream)) as chunks,
                ):
                    async for chunk in chunks:
                        for piece in answer.read(chunk):
                            tell(piece)
                for piece in answer.rest():
                    tell(piece)
                return answer.reply()
        except ModelError as error:
            error.partial = error.partial or answer.partial()
            raise

    async def models(self) -> Sequence[ModelInfo]:
        """The models that this endpoint lists. Raises ModelError."""
        with self._told():
            within = self._deadlines.listing
            listing = await fetch(self._client(), "GET", "/v1/models", within=within)
        return with_thinkers(await self._described(model_infos(listing, self._name)), self._thinks)

    async def _described(self, models: tuple[ModelInfo, ...]) -> tuple[ModelInfo, ...]:
        """The models with what some servers tell of them elsewhere."""
        if any(model.context_length is None for model in models):
            return with_gateway_details(models, await self._told_at("/model/info"))
        if len(models) == 1 and models[0].parameter_size:  # llama.cpp's server
            return with_template(models, await self._told_at("/props"))
        return models

    async def _told_at(self, path: str) -> object:
        """What the server tells at a path that many servers do not know; None where it does not."""
        try:
            return await fetch(self._client(), "GET", path, within=self._deadlines.probe)
        except ModelError:
            return None

    def dropped(self, options: Mapping[str, OptionValue]) -> tuple[str, ...]:
        """The names of the options that servers of this kind do not take, and are not sent."""
        return dropped_options(options)

    async def slots(self) -> int | None:
        """How many calls the server takes at once, as llama.cpp's tells; None for others."""
        document = await self._told_at("/props")
        slots = document.get("total_slots") if isinstance(document, dict) else None
        return slots if isinstance(slots, int) and slots > 0 else None

    async def version(self) -> str:
        """The server's version, where it says one in a known place; else "". Raises ModelError."""
        for path, key in (("/version", "version"), ("/props", "build_info")):
            try:
                with self._told():
                    within = self._deadlines.probe
                    document = await fetch(self._client(), "GET", path, within=within)
            except (RequestError, NotOllama):  # it answers, but knows no such path
                continue
            if isinstance(document, dict) and isinstance(document.get(key), str):
                return str(document[key])
        return ""

    async def aclose(self) -> None:
        """Close the connections. A later call opens them again."""
        if self._connection is not None:
            await self._connection.aclose()
            self._connection = None

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors advise what helps with this kind of server, and say which key was refused."""
        withheld = self._withholds_key
        try:
            with withheld_said(withheld=withheld):
                yield
        except LlmError as error:
            refused = isinstance(error, Unauthorized) and self._connection and not withheld
            if refused and self._key_name:
                said = error.message.removeprefix(error.summary)
                error.message = f"The server refuses the key in {self._key_name}{said}"
                error.hint = "Check the key and its rights"
            advise(error, "openai")
            raise

    @property
    def _key_name(self) -> str:
        """The variable that holds the key; empty where there is none."""
        return "" if self._api_key is not None else self._api_key_env or ""

    @property
    def _withholds_key(self) -> bool:
        """Whether there is a key that is not sent, since all who listen could read it."""
        key = self._api_key or key_in(os.environ, self._api_key_env or "")
        return bool(key) and not may_send_key(self._url, over_http=self._key_over_http)

    def _client(self) -> httpx.AsyncClient:
        if self._connection is None:
            key = self._key()
            sends = bool(key) and not self._withholds_key
            self._connection = make_client(
                self._url,
                deadlines=self._deadlines,
                headers={"Authorization": f"Bearer {key}"} if sends else {},
                transport=self._transport,
            )
        return self._connection

    def _key(self) -> str | None:
        if self._api_key is not None or self._api_key_env is None:
            return self._api_key
        key = os.environ.get(self._api_key_env, "").strip()
        if not key:
            raise Unauthorized(
                f"The endpoint {self.endpoint} needs a key",
                hint=f"Set the environment variable {self._api_key_env}",
            )
        if not (key.isascii() and key.isprintable()):
            raise Unauthorized(
                f"The environment variable {self._api_key_env} holds no usable key",
                hint="A key is printable ASCII on one line",
            )
        return key


class _Answer:
    """One answer while it is written: pieces out as early as possible, the whole at the end."""

    def __init__(self, request: ChatRequest) -> None:
        self._transcript = Transcript()
        self._splitter = ThinkSplitter()
        self._written = Written(request)

    def read(self, chunk: Mapping[str, Any]) -> Iterator[Delta]:
        """The pieces that a chunk brings. Raises EndlessReply."""
        content, thinking = self._transcript.read(chunk)
        if thinking and not self._written.thinks:
            # The server tells thoughts apart: tags are content from here.
            yield from _delta(*self._splitter.finish())
        self._written.add(content, thinking)
        if thinking:
            yield Delta(thinking=thinking)
        if content:
            if self._written.thinks:
                yield Delta(content)
            else:
                yield from _delta(*self._splitter.feed(content))

    def rest(self) -> Iterator[Delta]:
        """The piece that was held back. Raises EndedEarly where the answer has no proper end."""
        if self._transcript.finish_reason is None:
            raise EndedEarly()
        yield from _delta(*self._splitter.finish())

    def partial(self) -> Reply | None:
        """What came before a failure; None where nothing did."""
        if not self._written:
            return None
        metrics = self._transcript.metrics()
        return self._reply(replace(metrics, truncated=metrics.truncated or self._written.cut_off))

    def reply(self) -> Reply:
        """The whole answer. Raises ThoughtsOnly where it is but thoughts."""
        return with_answer(self._reply(self._transcript.metrics()))

    def _reply(self, metrics: Metrics) -> Reply:
        return Reply(*self._written.parts(), metrics)


def _delta(text: str, thinking: str) -> Iterator[Delta]:
    if text or thinking:
        yield Delta(text, thinking)


async def _chunks(stream: EventStream) -> AsyncGenerator[Mapping[str, Any], None]:
    """The events up to [DONE]; a server that does not stream sends one whole reply instead."""
    if is_page(b"", stream.content_type):
        raise NotOllama.page()
    if "json" in stream.content_type:
        yield decoded(await stream.document())
        return
    empty = True
    async for line in stream.lines():
        data = payload(line)
        if data == DONE:
            return
        if data:
            empty = False
            yield decoded(data)
    if "event-stream" not in stream.content_type:
        raise NotOllama()
    raise BadReply("The server's reply is empty") if empty else EndedEarly()
