"""Reaching the model servers: the endpoints for one command, started and closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from llmopt_tui.cli.common import PROGRAM, CommandError, ExitCode, say
from llmopt_tui.config.flags import StartFlags
from llmopt_tui.config.settings import Settings

if TYPE_CHECKING:
    from llmopt_tui.app.endpoints import Endpoints
    from llmopt_tui.app.surveys import EndpointSurvey
    from llmopt_tui.core.ports import ModelError
    from llmopt_tui.llm.fetch_progress import FetchProgress


def make_endpoints(settings: Settings, flags: StartFlags) -> Endpoints:
    """The endpoints that a command works with, with the cache of its workspace."""
    from llmopt_tui.app.endpoints import Endpoints
    from llmopt_tui.app.workspace import Workspace

    return Endpoints(
        settings,
        embedded=flags.embedded,
        embedded_model=flags.embedded_model,
        results=Workspace(flags.workspace).results,
    )


@asynccontextmanager
async def connected(settings: Settings, flags: StartFlags) -> AsyncIterator[Endpoints]:
    """The endpoints whose embedded engine runs, where one is asked for.

    Raises CommandError: exit 2 where the model file is none, exit 3 where the engine does not
    start.
    """
    from llmopt_tui.core.ports import ModelError

    endpoints = make_endpoints(settings, flags)
    try:
        try:
            await endpoints.start(_FetchLines())
        except ModelError as error:
            wrong_file = flags.embedded_model is not None and error.blame == "request"
            code = ExitCode.WRONG_REQUEST if wrong_file else ExitCode.NO_SERVER
            raise CommandError(error, code=code) from error
        yield endpoints
    finally:
        await endpoints.aclose()


def unreachable(error: ModelError) -> CommandError:
    """What a command ends with where a server cannot be used: exit 2 where the request is to blame
    (a key, an address), exit 3 where no server answers."""
    wrong = error.blame == "request"
    return CommandError(error, code=ExitCode.WRONG_REQUEST if wrong else ExitCode.NO_SERVER)


async def surveyed(endpoints: Endpoints) -> list[EndpointSurvey]:
    """What every endpoint has. Raises CommandError as `no_server` says where none can be used."""
    surveys = await endpoints.survey()
    if not any(survey.error is None for survey in surveys):
        raise no_server(surveys)
    return surveys


def no_server(surveys: list[EndpointSurvey]) -> CommandError:
    """The error that says why no server can be used, and what to do.

    Exit 2 where a server is there, and a key, a certificate or an address is wrong, even beside
    others that do not answer: that is what a person can mend for sure, and it is said first.
    """
    wrong = [survey for survey in surveys if survey.error and survey.error.blame == "request"]
    lines = failing([*wrong, *(survey for survey in surveys if survey not in wrong)])
    if wrong:
        return CommandError(*lines, code=ExitCode.WRONG_REQUEST)
    advice = f"Start the server, name another with --host, or try {PROGRAM} --embedded"
    return CommandError(*lines, advice, code=ExitCode.NO_SERVER)


def failing(surveys: list[EndpointSurvey]) -> list[str]:
    """A line for each endpoint that cannot be used: which, where and why."""
    return [
        f"{survey.name} ({survey.url}): {survey.error}"
        for survey in surveys
        if survey.error is not None
    ]


class _FetchLines:
    """Says each stage on the way to the embedded model once."""

    def __init__(self) -> None:
        self._stage = ""

    def __call__(self, progress: FetchProgress) -> None:
        if progress.stage in (self._stage, "checking"):
            return
        self._stage = progress.stage
        size = f" ({progress.total_bytes / 1e6:.0f} MB)" if progress.total_bytes else ""
        say(f"{progress.stage} the embedded model{size}")
