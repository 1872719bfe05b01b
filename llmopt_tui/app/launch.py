"""From names to a session ready to run: endpoints, models, interviewer, folder.

Both front ends start here, so that a run from the command line and one from the app are the same.
"""

from __future__ import annotations

import asyncio
import os
import platform
import secrets
import shlex
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from llmopt_tui import __version__
from llmopt_tui.app.clock import SystemClock
from llmopt_tui.app.workspace import Workspace, case_from_snapshot
from llmopt_tui.config.settings import DEFAULT_INTERVIEWER, Endpoint, Settings
from llmopt_tui.core.case import Case, Split
from llmopt_tui.core.events import Event, SessionStarted
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.session import ModelTestSession
from llmopt_tui.core.loop.suite import SuitePlan
from llmopt_tui.core.ports import Clock, ModelClient, ModelError, ModelInfo
from llmopt_tui.core.proposals.interviewer import Interviewer, ModelInterviewer, PlaybookInterviewer
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.text.names import find_name, near_names
from llmopt_tui.state.pulling import Pull
from llmopt_tui.state.run_state import RunState
from llmopt_tui.store.writer import SessionWriter

if TYPE_CHECKING:
    from llmopt_tui.llm.embedded import EmbeddedEngine
    from llmopt_tui.llm.model_file import FetchProgress
    from llmopt_tui.llm.ollama import OllamaClient

PLAYBOOK = "playbook"
EMBEDDED = "embedded"


class LaunchError(Exception):
    """The request itself is wrong: a name that nothing answers to. Nothing was started."""


@dataclass(frozen=True, slots=True)
class EndpointSurvey:
    """What an endpoint answered when it was asked what it has; `error` where it did not.

    `can_pull`: it answers, and downloads models that it does not have.
    """

    name: str
    url: str
    version: str = ""
    models: tuple[ModelInfo, ...] = ()
    error: ModelError | None = None
    can_pull: bool = False


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session with the folder it is kept in and the state it is drawn from."""

    session: ModelTestSession
    writer: SessionWriter
    control: RunControl
    state: RunState


@dataclass(frozen=True, slots=True)
class _Endpoint:
    name: str
    url: str
    client: ModelClient


_Found = tuple[ModelClient, ModelInfo, str]
"""A model, whom to ask for it, and the version of that server."""


class Launcher:
    """Knows the endpoints and what they have; opens sessions on them.

    With `embedded` (or after `use_embedded`) the embedded engine is the only endpoint.
    """

    def __init__(
        self,
        workspace: Workspace,
        settings: Settings,
        *,
        embedded: bool = False,
        embedded_model: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.workspace = workspace
        self.settings = settings
        self.embedded = embedded or embedded_model is not None
        self._embedded_model = embedded_model
        self.clock = clock or SystemClock()
        self._engine: EmbeddedEngine | None = None
        self._endpoints: list[_Endpoint] | None = None
        self._surveys: list[EndpointSurvey] = []

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

    async def use_embedded(self, progress: Callable[[FetchProgress], None] | None = None) -> None:
        """Change to the embedded engine, fetching its model if need be. Raises `ModelError`."""
        from llmopt_tui.llm.embedded import EmbeddedEngine
        from llmopt_tui.llm.retry import RetryingClient

        engine = EmbeddedEngine(self._embedded_model)
        client = await engine.start(progress)
        await self._close_endpoints()
        self.embedded, self._engine = True, engine
        self._endpoints = [_Endpoint(EMBEDDED, EMBEDDED, RetryingClient(client, self.clock))]

    async def use_host(self, host: str) -> None:
        """Change to an Ollama server elsewhere. Raises `LaunchError` on what is no address."""
        from llmopt_tui.core.text.hosts import HostError, base_url

        try:
            base_url(host)
        except HostError as error:
            raise LaunchError(str(error)) from error
        await self.aclose()
        self.embedded = False
        self.settings = replace(self.settings, host=host, endpoints=())

    async def survey(self) -> list[EndpointSurvey]:
        """Ask every endpoint what it has. One that does not answer is reported, not raised."""
        self._surveys = list(
            await asyncio.gather(*(_survey(endpoint) for endpoint in self._connected()))
        )
        return self._surveys

    async def open(
        self, model: str, case: Case, *, control: RunControl, plan: SuitePlan, endpoint: str = ""
    ) -> OpenSession:
        """A session of one candidate on one case, as a suite plans it, in a folder of its own.

        It runs on `endpoint`, or on the first that has the model. Raises `LaunchError` where none
        has the model or the interviewer, `ModelError` where none answers, `OSError` where the
        folder cannot be made.
        """
        client, info, version = await self._find(model, endpoint)
        interviewer = await self._make_interviewer(
            plan.interviewer_model, plan.settings, beside=client.endpoint
        )
        session_id = secrets.token_hex(4)
        session = ModelTestSession(
            session_id=session_id,
            suite_id=plan.suite_id,
            case=case,
            model=info,
            client=client,
            interviewer=interviewer,
            settings=plan.settings,
            control=control,
            clock=self.clock,
            environment=_environment(version),
            baseline_model=plan.baseline_model,
        )
        writer = SessionWriter.create(self.workspace.results, session_id, info.name)
        return OpenSession(session, writer, control, RunState())

    async def resume(self, folder: Path, *, control: RunControl, endpoint: str = "") -> OpenSession:
        """A recorded session that goes on where it broke off, with the settings it began with.

        On `endpoint`, else on the first that has its model. Raises `LaunchError` where it cannot
        go on, `FolderTakenError` where another process runs it, otherwise as `open` does.
        """
        writer, reading = SessionWriter.reopen(folder)
        try:
            session, state = await self._resumed(reading.events, control, endpoint)
        except BaseException:
            await writer.close()
            raise
        return OpenSession(session, writer, control, state)

    async def _resumed(
        self, events: Sequence[Event], control: RunControl, endpoint: str
    ) -> tuple[ModelTestSession, RunState]:
        state = RunState()
        for event in events:
            state.consume(event)
        started = state.record.started
        if started is None:
            raise LaunchError("its journal holds no beginning: there is nothing to go on with")
        if reason := why_ended(state.record):
            raise LaunchError(f"it has ended, {reason}: nothing is left to do")
        case = _case_of(started)
        if started.model.endpoint == EMBEDDED and not self.embedded:
            raise LaunchError(
                "it ran on the embedded engine: start with --embedded to go on with it"
            )
        client, info, version = await self._find(started.model.name, endpoint)
        if started.model.digest and info.digest and started.model.digest != info.digest:
            raise LaunchError(
                f"{info.name} is not the model it was (digest {info.digest[:12]}, then "
                f"{started.model.digest[:12]}); run it anew to compare like with like"
            )
        session = ModelTestSession(
            session_id=started.session_id,
            suite_id=started.suite_id,
            case=case,
            model=info,
            client=client,
            interviewer=await self._make_interviewer(
                started.interviewer_model, started.settings, beside=client.endpoint
            ),
            settings=started.settings,
            control=control,
            clock=self.clock,
            environment=_environment(version),
            baseline_model=started.baseline_model,
            past=events,
        )
        return session, state

    async def again(
        self, record: SessionRecord, split: Split, *, control: RunControl
    ) -> ModelTestSession:
        """A session that tests the best prompt of a recorded one once more, on one split.

        Its single iteration is run with the settings of then; those examples are its train ones,
        and no folder is made for it. Raises as `open` does.
        """
        started, best = record.started, record.best
        if started is None or best is None:
            raise LaunchError("it has no score to compare with")
        case = _case_of(started)
        examples = tuple(replace(example, split="train") for example in case.split(split))
        if not examples:
            raise LaunchError("its case holds none of the examples that it was measured on")
        name = started.model.name
        endpoints = await self.endpoints_of(name, started.model)
        client, info, version = await self._find(name, *endpoints[:1])
        return ModelTestSession(
            session_id=started.session_id,
            case=replace(case, prompt=case.prompt.with_text(best.prompt), examples=examples),
            model=info,
            client=client,
            interviewer=PlaybookInterviewer(),
            settings=replace(
                started.settings,
                max_iterations=1,
                validate=False,
                mode="auto",
                server_wait=self.settings.server_wait,
            ),
            control=control,
            clock=self.clock,
            environment=_environment(version),
        )

    async def endpoints_of(self, model: str, before: ModelInfo | None = None) -> tuple[str, ...]:
        """The endpoints that have a model; only the one where it ran `before`, if that has it.

        Of different models with one name it is that of then, or the first endpoint's. Raises
        nothing.
        """
        found = [(client.endpoint, info.digest) for client, info, _ in await self._having(model)]
        digest = before.digest if before else next((digest for _, digest in found), "")
        same = [endpoint for endpoint, other in found if digest in ("", other) or not other]
        if before and before.endpoint in same:
            return (before.endpoint,)
        return tuple(same or (endpoint for endpoint, _ in found))

    async def ollama_with(self, model: str) -> tuple[OllamaClient, ModelInfo]:
        """The Ollama server that has a model, and the model. Raises as `open` does."""
        client, info, _ = await self._find(model)
        if (ollama := _ollama(client)) is None:
            raise LaunchError(f"{info.name} is on {client.endpoint}, which is no Ollama server")
        return ollama, info

    async def pull(self, model: str) -> AsyncGenerator[Pull, None]:
        """Download a model to the first Ollama server that answers; yields how far it is.

        Closing the iterator stops the download; the server keeps what came, and pulling again
        goes on from there. Raises `LaunchError` where no endpoint can pull, else `ModelError`.
        """
        pull = Pull(model, self.clock.monotonic())
        yield pull
        client = await self._puller()
        async with aclosing(client.pull(model)) as steps:
            async for step in steps:
                pull = pull.after(
                    step.status,
                    step.digest,
                    step.total,
                    step.completed,
                    at=self.clock.monotonic(),
                )
                yield pull
        self._surveys = []  # there is one more

    async def _puller(self) -> OllamaClient:
        surveys = self._surveys or await self.survey()
        asked = [
            (ollama, survey)
            for endpoint, survey in zip(self._connected(), surveys, strict=True)
            if (ollama := _ollama(endpoint.client)) is not None
        ]
        for ollama, survey in asked:
            if survey.can_pull:
                return ollama
        self._surveys = []  # who did not answer may do so when asked again
        for _, survey in asked:
            if survey.error is not None:
                raise survey.error
        names = ", ".join(survey.name for survey in surveys)
        raise LaunchError(
            f"only an Ollama server can be told to pull a model, and {names} is none: "
            "load the model there in its own way"
        )

    async def limits(self) -> dict[str, int]:
        """How many calls each endpoint gets at once for one model.

        What people allow, and never more than the server says it takes: a server with one slot
        gets one. So does one that says nothing, unless people allow it more.
        """
        clients = [endpoint.client for endpoint in self._connected()]
        slots = await asyncio.gather(*(client.slots() for client in clients))
        return {
            client.endpoint: min(client.parallel or said or 1, said or client.parallel or 1)
            for client, said in zip(clients, slots, strict=True)
        }

    async def loaded(self, endpoint: str) -> frozenset[str]:
        """The models that an endpoint has in memory, as far as it says. Raises nothing."""
        for known in self._connected():
            if known.client.endpoint == endpoint:
                survey = await _survey(known)
                return frozenset(m.name for m in survey.models if m.loaded is not False)
        return frozenset()

    async def check(self, models: list[str]) -> None:
        """Make sure that candidates and interviewer are there, before anything starts.

        Raises as `open` does.
        """
        for model in models:
            await self._find(model)
        await self._make_interviewer(self.interviewer, self.settings.loop())

    async def aclose(self) -> None:
        """Let go of every endpoint and stop the embedded engine."""
        await self._close_endpoints()
        if self._engine is not None:
            await self._engine.stop()
            self._engine = None

    async def _close_endpoints(self) -> None:
        for endpoint in self._endpoints or ():
            await endpoint.client.aclose()
        self._endpoints, self._surveys = None, []

    def _connected(self) -> list[_Endpoint]:
        if self._endpoints is None:
            self._endpoints = list(self._configured())
        return self._endpoints

    def _configured(self) -> Iterator[_Endpoint]:
        from llmopt_tui.llm.retry import RetryingClient

        for server in self.settings.servers():
            client, url = _connect(server)
            yield _Endpoint(server.name, url, RetryingClient(client, self.clock))

    async def _having(self, model: str) -> list[_Found]:
        """Where a model is: every endpoint that has it, in the order of the settings."""
        surveys = self._surveys or await self.survey()
        found: list[_Found] = []
        for endpoint, survey in zip(self._connected(), surveys, strict=True):
            if name := find_name(model, (info.name for info in survey.models)):
                info = next(info for info in survey.models if info.name == name)
                found.append((endpoint.client, info, survey.version))
        if not found:
            self._surveys = []  # what is missing may be there when asked again
        return found

    async def _find(self, model: str, endpoint: str = "") -> _Found:
        """A model on an endpoint, or on the first that has it."""
        surveys = self._surveys or await self.survey()
        found = await self._having(model)
        if found:
            return next((f for f in found if f[0].endpoint == endpoint), found[0])
        errors = [survey.error for survey in surveys if survey.error]
        if errors and len(errors) == len(surveys):
            raise errors[0]
        known = [info.name for survey in surveys for info in survey.models]
        if near := near_names(model, known):
            hint = f"did you mean {', '.join(near)}?"
        else:
            hints = [f"there is: {', '.join(known)}"] if known else []
            if any(survey.can_pull for survey in surveys):
                hints.append(f"pull it: llmopt-tui pull {shlex.quote(model)}")
            hint = "; or ".join(hints) or "there is none"
        raise LaunchError(f"no endpoint has the model {model!r}; {hint}")

    async def _make_interviewer(
        self, name: str, loop: LoopSettings, *, beside: str = ""
    ) -> Interviewer:
        """The interviewer, on the candidate's own endpoint if that has it: no other one waits."""
        if name == PLAYBOOK:
            return PlaybookInterviewer()
        try:
            client, info, _ = await self._find(name, beside)
        except LaunchError as error:
            raise LaunchError(
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


def why_ended(record: SessionRecord) -> str:
    """Why a session has come to its end; empty where it can go on.

    One that failed or was stopped can: what it lacked may be there now.
    """
    if record.finished is None or record.finished.stop_reason in ("failed", "stopped_by_user"):
        return ""
    return record.finished.stop_reason.replace("_", " ")


def _case_of(started: SessionStarted) -> Case:
    """The case and prompt that a session was begun with. Raises LaunchError."""
    try:
        return case_from_snapshot(started.case, started.prompt)
    except ValueError as error:
        raise LaunchError(f"its case cannot be read: {error}") from error


def _connect(server: Endpoint) -> tuple[ModelClient, str]:
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


def _ollama(client: ModelClient) -> OllamaClient | None:
    """The client of an Ollama server itself; None where it is of another kind."""
    from llmopt_tui.llm.keys import DiscreetClient
    from llmopt_tui.llm.ollama import OllamaClient
    from llmopt_tui.llm.retry import RetryingClient

    while isinstance(client, RetryingClient | DiscreetClient):
        client = client.inner
    return client if isinstance(client, OllamaClient) else None


async def _survey(endpoint: _Endpoint) -> EndpointSurvey:
    try:
        models = tuple(await endpoint.client.models())
        version = await endpoint.client.version()
    except ModelError as error:
        return EndpointSurvey(endpoint.name, endpoint.url, error=error)
    can_pull = _ollama(endpoint.client) is not None
    return EndpointSurvey(endpoint.name, endpoint.url, version, models, can_pull=can_pull)


def _environment(server_version: str) -> dict[str, str]:
    return {
        "program": f"llmopt-tui {__version__}",
        "python": platform.python_version(),
        "server_version": server_version,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    }
