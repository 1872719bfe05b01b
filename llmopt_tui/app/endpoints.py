"""Endpoints: the servers that are configured, what they have, and who takes which call.

Both front ends ask here, so that a run from the command line and one from the app are the same.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from llmopt_tui.app.clock import SystemClock
from llmopt_tui.app.connecting import calls_at_once, connect, ollama_behind
from llmopt_tui.app.surveys import EndpointSurvey, missing, surveyed
from llmopt_tui.app.wrong_request import WrongRequest
from llmopt_tui.config.settings import DEFAULT_INTERVIEWER, Settings
from llmopt_tui.core.loop.slots import Slots
from llmopt_tui.core.ports import Clock, ModelClient, ModelInfo
from llmopt_tui.core.settings import PLAYBOOK, LoopSettings
from llmopt_tui.core.text.names import find_name
from llmopt_tui.state.pulling import Pull

if TYPE_CHECKING:
    from llmopt_tui.core.proposals.interviewer import Interviewer
    from llmopt_tui.llm.embedded import EmbeddedEngine
    from llmopt_tui.llm.fetch_progress import FetchProgress
    from llmopt_tui.llm.ollama import OllamaClient
    from llmopt_tui.store.answer_cache import AnswerCache

EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class _Endpoint:
    name: str
    url: str
    client: ModelClient


Found = tuple[ModelClient, ModelInfo, str]
"""The client to ask, the model, and the version of its server."""


class Endpoints:
    """Every endpoint of the settings, and the models that each has.

    With `embedded` (or after `use_embedded`) the embedded engine is the only one. `clock` and
    `new_id` (8 hex digits) are what sessions on these endpoints get their times and ids from.
    Answers are kept in the cache of the workspace whose `results` folder is given, unless the
    settings say otherwise. `engine_restarted` is told why the embedded engine was started again.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        embedded: bool = False,
        embedded_model: Path | None = None,
        clock: Clock | None = None,
        new_id: Callable[[], str] = lambda: secrets.token_hex(4),
        results: Path | None = None,
    ) -> None:
        self.settings = settings
        self.embedded = embedded or embedded_model is not None
        self.clock = clock or SystemClock()
        self.new_id = new_id
        self._embedded_model = embedded_model
        self._engine: EmbeddedEngine | None = None
        self.engine_restarted: Callable[[str], None] = lambda why: None
        self._endpoints: list[_Endpoint] | None = None
        self._surveys: list[EndpointSurvey] = []
        self._slots: Slots | None = None
        self._results = results
        self._answers: AnswerCache | None = None

    @property
    def interviewer(self) -> str:
        """Who suggests prompts. The embedded model cannot, so the playbook does unless asked."""
        if self.embedded and self.settings.interviewer == DEFAULT_INTERVIEWER:
            return PLAYBOOK
        return self.settings.interviewer

    def use_playbook(self) -> None:
        """Have prompts suggested by the built-in catalogue from now on."""
        self.settings = replace(self.settings, interviewer=PLAYBOOK)

    async def start(self, progress: Callable[[FetchProgress], None] | None = None) -> None:
        """Fetch and start the embedded engine where it is asked for. Raises `ModelError`."""
        if self.embedded and self._engine is None:
            await self.use_embedded(progress)

    def _tell_restarted(self, why: str) -> None:
        self.engine_restarted(why)

    async def use_embedded(self, progress: Callable[[FetchProgress], None] | None = None) -> None:
        """Change to the embedded engine, fetching its model if need be. Raises `ModelError`."""
        from llmopt_tui.llm.embedded import EmbeddedEngine

        engine = EmbeddedEngine(self._embedded_model, restarted=self._tell_restarted)
        client = await engine.start(progress)
        await self._close_endpoints()
        self.embedded, self._engine = True, engine
        self._endpoints = [self._endpoint(EMBEDDED, EMBEDDED, client)]

    async def use_host(self, host: str) -> None:
        """Change to an Ollama server elsewhere. Raises `WrongRequest` on what is no address."""
        from llmopt_tui.core.text.hosts import HostError, base_url

        try:
            base_url(host)
        except HostError as error:
            raise WrongRequest(str(error)) from error
        await self.aclose()
        self.embedded = False
        self.settings = replace(self.settings, host=host, endpoints=())

    def use_settings(self, settings: Settings) -> bool:
        """Have other settings hold from now on. Returns whether `reconnect` is to be called."""
        before, self.settings = self.settings, settings
        asked = (settings.servers(), settings.cache) != (before.servers(), before.cache)
        return asked and not self.embedded

    async def reconnect(self) -> None:
        """Let go of the servers, so that those of the present settings are asked next."""
        await self._close_endpoints()

    async def survey(self) -> list[EndpointSurvey]:
        """Ask every endpoint what it has. One that does not answer is reported, not raised."""
        self._surveys = list(
            await asyncio.gather(*(surveyed(e.name, e.url, e.client) for e in self._connected()))
        )
        return self._surveys

    async def endpoints_of(self, model: str, before: ModelInfo | None = None) -> tuple[str, ...]:
        """The endpoints that have a model; only the one where it ran `before`, if that has it.

        Where several endpoints have a model of that name, they are one only where their servers
        say so: else the model is the recorded one, or the first endpoint's. Raises nothing.
        """
        found = {client.endpoint: info for client, info, _ in await self._having(model)}
        if before and before.endpoint in found:
            return (before.endpoint,)
        if not found:
            return ()
        first = next(iter(found))
        meant = before or found[first]
        same = tuple(name for name, info in found.items() if meant.is_same(info))
        return same or (first,)

    async def ollama_with(self, model: str) -> tuple[OllamaClient, ModelInfo]:
        """The Ollama server that has a model, and the model. Raises as `open` does."""
        client, info, _ = await self.find(model)
        if (ollama := ollama_behind(client)) is None:
            raise WrongRequest(f"{info.name} is on {client.endpoint}, which is no Ollama server")
        return ollama, info

    async def pull(self, model: str) -> AsyncGenerator[Pull, None]:
        """Download a model to the first Ollama server that answers; yields how far it is.

        Closing the iterator stops the download; the server keeps what came, and pulling again
        continues there. Raises `WrongRequest` where no endpoint can pull, else `ModelError`.
        """
        pull = Pull(model, self.clock.monotonic())
        yield pull
        client = await self._puller()
        async with aclosing(client.pull(model)) as steps:
            async for step in steps:
                now = self.clock.monotonic()
                pull = pull.after(step.status, step.digest, step.total, step.completed, at=now)
                yield pull
        self._surveys = []  # there is one more

    async def _puller(self) -> OllamaClient:
        surveys = self._surveys or await self.survey()
        asked = [
            (ollama, survey)
            for endpoint, survey in zip(self._connected(), surveys, strict=True)
            if (ollama := ollama_behind(endpoint.client)) is not None
        ]
        for ollama, survey in asked:
            if survey.can_pull:
                return ollama
        self._surveys = []  # one that did not answer may do so when asked again
        for _, survey in asked:
            if survey.error is not None:
                raise survey.error
        names = ", ".join(survey.name for survey in surveys)
        raise WrongRequest(
            f"only an Ollama server can be told to pull a model, and {names} is none: "
            "load the model there in its own way"
        )

    async def slots(self) -> Slots:
        """How many calls at once each endpoint takes; the same object for all sessions."""
        if self._slots is None:
            self._slots = Slots(await self.limits())
        return self._slots

    async def limits(self) -> dict[str, int]:
        """How many calls each endpoint gets at once for one model; see `calls_at_once`."""
        clients = [endpoint.client for endpoint in self._connected()]
        counts = await asyncio.gather(*map(calls_at_once, clients))
        return {c.endpoint: count for c, count in zip(clients, counts, strict=True)}

    async def loaded(self, endpoint: str) -> frozenset[str] | None:
        """The models that an endpoint has in memory, as far as it says. Raises nothing.

        None where it does not answer.
        """
        for known in self._connected():
            if known.client.endpoint == endpoint:
                found = await surveyed(known.name, known.url, known.client)
                if found.error:
                    return None
                return frozenset(m.name for m in found.models if m.loaded is not False)
        return frozenset()

    async def elsewhere(self, model: ModelInfo, lost: str) -> tuple[str, ...]:
        """The other endpoints that have the same model; () where the `lost` one answers after all.

        Raises nothing.
        """
        if await self.loaded(lost) is not None:
            return ()
        await self.survey()
        return tuple(
            client.endpoint
            for client, info, _ in await self._having(model.name)
            if client.endpoint != lost and model.is_same(info)
        )

    async def check(self, models: list[str]) -> None:
        """Make sure that candidates and interviewer are there, before anything starts.

        Raises as `open` does.
        """
        for model in models:
            await self.find(model)
        await self.interviewer_for(self.interviewer, self.settings.loop())

    async def aclose(self) -> None:
        """Close every endpoint and stop the embedded engine."""
        await self._close_endpoints()
        if self._engine is not None:
            await self._engine.stop()
            self._engine = None

    async def _close_endpoints(self) -> None:
        for endpoint in self._endpoints or ():
            await endpoint.client.aclose()
        if self._answers is not None:
            self._answers.close()
        self._endpoints, self._surveys, self._slots = None, [], None

    def _connected(self) -> list[_Endpoint]:
        if self._endpoints is None:
            self._endpoints = list(self._configured())
        return self._endpoints

    def _configured(self) -> Iterator[_Endpoint]:
        for server in self.settings.servers():
            client, url = connect(server)
            yield self._endpoint(server.name, url, client)

    def _endpoint(self, name: str, url: str, client: ModelClient) -> _Endpoint:
        """An endpoint whose client makes failed calls again, and known calls not at all."""
        from llmopt_tui.llm.retry import RetryingClient

        retrying = RetryingClient(client, self.clock)
        if self._results is None or not self.settings.cache:
            return _Endpoint(name, url, retrying)
        from llmopt_tui.llm.caching import CachingClient
        from llmopt_tui.store.answer_cache import AnswerCache

        self._answers = self._answers or AnswerCache.of(self._results)
        return _Endpoint(name, url, CachingClient(retrying, self._answers, url, self.clock))

    async def _having(self, model: str) -> list[Found]:
        """Where a model is: every endpoint that has it, in the order of the settings."""
        surveys = self._surveys or await self.survey()
        found: list[Found] = []
        for endpoint, survey in zip(self._connected(), surveys, strict=True):
            if name := find_name(model, (info.name for info in survey.models)):
                info = next(info for info in survey.models if info.name == name)
                found.append((endpoint.client, info, survey.version))
        if not found:
            self._surveys = []  # what is missing may be there when asked again
        return found

    async def find(self, model: str, endpoint: str = "") -> Found:
        """A model on an endpoint, or on the first that has it."""
        surveys = self._surveys or await self.survey()
        found = await self._having(model)
        if found:
            return next((f for f in found if f[0].endpoint == endpoint), found[0])
        raise missing(model, surveys)

    async def interviewer_for(
        self, name: str, loop: LoopSettings, *, beside: str = ""
    ) -> Interviewer:
        """The interviewer, on the candidate's own endpoint if that has it: no other one waits."""
        from llmopt_tui.core.proposals.model_interviewer import ModelInterviewer
        from llmopt_tui.core.proposals.playbook_interviewer import PlaybookInterviewer

        if name == PLAYBOOK:
            return PlaybookInterviewer()
        try:
            client, info, _ = await self.find(name, beside)
        except WrongRequest as error:
            raise WrongRequest(
                f"interviewer: {error} (or use the built-in one: --interviewer {PLAYBOOK})"
            ) from error
        return ModelInterviewer(
            client,
            info.name,
            options=loop.options,
            think=loop.think,
            think_tokens=loop.think_tokens if info.thinks and loop.think != "off" else 0,
            keep_alive=loop.keep_alive,
        )
