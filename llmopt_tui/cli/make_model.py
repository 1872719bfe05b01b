"""`export --to ollama`: an Ollama server makes a model of a session's best prompt."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from llmopt_tui.cli.common import (
    PROGRAM,
    CommandError,
    ExitCode,
    find_workspace,
    load_settings,
    put,
    say,
    start_flags,
)

if TYPE_CHECKING:
    from llmopt_tui.app.workspace import Workspace
    from llmopt_tui.config.flags import StartFlags
    from llmopt_tui.config.settings import Settings
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.reports.exports.winner import Winner


def make_model(args: argparse.Namespace, record: SessionRecord) -> int:
    """Have the model made and say how it is used. Raises CommandError."""
    from llmopt_tui.app.exporting import NothingToExportError, require_winner
    from llmopt_tui.app.wrong_request import WrongRequest
    from llmopt_tui.core.ports import ModelError
    from llmopt_tui.reports.exports.modelfile import InexpressibleError

    workspace = find_workspace(args)
    settings, flags = load_settings(workspace, args), start_flags(workspace, args)
    try:
        winner = require_winner(record)
        asyncio.run(_make(workspace, settings, flags, winner, args.name.strip()))
    except (NothingToExportError, InexpressibleError, WrongRequest) as error:
        raise CommandError(error) from error
    except ModelError as error:
        code = ExitCode.WRONG_REQUEST if error.blame == "request" else ExitCode.FAILED
        raise CommandError(error, code=code) from error
    _put_usage(winner, args)
    return ExitCode.OK


async def _make(
    workspace: Workspace, settings: Settings, flags: StartFlags, winner: Winner, name: str
) -> None:
    from llmopt_tui.cli.servers import connected, surveyed
    from llmopt_tui.reports.exports.modelfile import parameters, shown_turns, system_text

    messages = shown_turns(winner)
    async with connected(settings, flags) as endpoints:
        await surveyed(endpoints)
        client, base = await endpoints.ollama_with(winner.model.name)
        if base.digest and winner.model.digest and base.digest != winner.model.digest:
            say(
                f"{base.name} is not the model it was (digest {base.digest[:12]}, then "
                f"{winner.model.digest[:12]}): the scores were measured on that one"
            )
        steps = client.create(
            name,
            base=base.name,
            system=system_text(winner),
            parameters=parameters(winner),
            messages=messages,
        )
        async with aclosing(steps):
            async for status in steps:
                say(status)


def _put_usage(winner: Winner, args: argparse.Namespace) -> None:
    from llmopt_tui.reports.exports.modelfile import parameters, question_text, remarks, system_text

    system = system_text(winner)
    options = ", ".join(f"{name} {value}" for name, value in parameters(winner).items())
    put(f"made {args.name.strip()} of {winner.model.name}")
    put(f"system text: {system}" if system else f"system text: as {winner.model.name} has it")
    put(f"parameters: {options}")
    for remark in remarks(winner):
        put(remark)
    if winner.prompt.demonstrations:
        put(f"the prompt: {question_text(winner)}")
    if winner.prompt.placeholders:
        put(f"{PROGRAM} export {args.id} --to python gives a script that fills them")
    else:
        put(f"ollama run {args.name.strip()}")
