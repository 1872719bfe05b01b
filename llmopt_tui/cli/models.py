"""`models`: the models that each endpoint has."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from llmopt_tui.cli.common import (
    PROGRAM,
    CommandError,
    ExitCode,
    find_workspace,
    load_settings,
    put_json,
    put_table,
    say,
    start_flags,
)
from llmopt_tui.cli.servers import connected, no_server

if TYPE_CHECKING:
    from llmopt_tui.app.surveys import EndpointSurvey
    from llmopt_tui.app.workspace import Workspace
    from llmopt_tui.config.flags import StartFlags
    from llmopt_tui.config.settings import Settings
    from llmopt_tui.core.ports import ModelInfo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """Print every endpoint's models; exit 2 or 3 where none can be used, see `no_server`."""
    workspace = find_workspace(args)
    settings = load_settings(workspace, args)
    surveys = asyncio.run(_survey(workspace, settings, start_flags(workspace, args)))
    answered = [survey for survey in surveys if survey.error is None]
    if args.json:
        put_json({"schema_version": 1, "endpoints": [_document(survey) for survey in surveys]})
        return ExitCode.OK if answered else no_server(surveys).code
    if not answered:
        raise no_server(surveys)
    titles = ("model", "endpoint", "size", "parameters", "quantization", "context", "thinks")
    rows = [_row(survey, model) for survey in answered for model in survey.models]
    if rows:
        put_table(titles, rows, right=(2, 3, 5))
    else:
        raise CommandError(f"there is no model; pull one, for example: {PROGRAM} pull gemma3n")
    for survey in surveys:
        if survey.error is not None:
            say(f"{survey.name} ({survey.url}): {survey.error}")
    return ExitCode.OK


async def _survey(
    workspace: Workspace, settings: Settings, flags: StartFlags
) -> list[EndpointSurvey]:
    async with connected(settings, flags) as endpoints:
        return await endpoints.survey()


def _row(survey: EndpointSurvey, model: ModelInfo) -> tuple[str, ...]:
    return (
        model.name,
        survey.name,
        "" if model.size is None else f"{model.size / 1e9:.1f} GB",
        model.parameter_size,
        model.quantization,
        "" if model.context_length is None else str(model.context_length),
        "yes" if model.thinks else "",
    )


def _document(survey: EndpointSurvey) -> dict[str, object]:
    return {
        "name": survey.name,
        "url": survey.url,
        "version": survey.version,
        "error": None if survey.error is None else str(survey.error),
        "models": [
            {
                "name": model.name,
                "digest": model.digest,
                "size": model.size,
                "family": model.family,
                "parameter_size": model.parameter_size,
                "quantization": model.quantization,
                "capabilities": None if model.capabilities is None else list(model.capabilities),
                "context_length": model.context_length,
                "remote": model.remote,
            }
            for model in survey.models
        ],
    }
