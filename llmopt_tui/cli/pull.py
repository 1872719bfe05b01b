"""`pull`: have an Ollama server download models, with how far it is."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shlex
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, TextIO

from llmopt_tui.cli.changing_line import cleared, redrawn
from llmopt_tui.cli.common import (
    PROGRAM,
    CommandError,
    ExitCode,
    find_workspace,
    load_settings,
    say,
    start_flags,
)
from llmopt_tui.core.text.plain import one_line

if TYPE_CHECKING:
    from llmopt_tui.app.endpoints import Endpoints
    from llmopt_tui.state.pulling import Pull

EPILOG = """\
examples:
  llmopt-tui pull gemma3n
  llmopt-tui pull qwen3 dolphin3:8b --host 192.168.1.20:11434

What was interrupted continues where it was when it is pulled again.
"""

_WORSE = (ExitCode.OK, ExitCode.WRONG_REQUEST, ExitCode.FAILED, ExitCode.NO_SERVER)
_BAR_CHARS = 20
_LINE_CHARS = 300
_TICK_SECONDS = 0.5
_LINES = 10
"""So many lines tell of a download where no terminal is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("model", metavar="MODEL", nargs="+", help="models by Ollama's names")


def run(args: argparse.Namespace) -> int:
    """Pull one after another. Exit 2 where a model is unknown, 1 where a download broke."""
    workspace = find_workspace(args)
    settings, flags = load_settings(workspace, args), start_flags(workspace, args)
    if flags.embedded:
        raise CommandError("--embedded: the embedded engine pulls nothing; leave the flag out")
    left = list(dict.fromkeys(args.model))

    async def work() -> ExitCode:
        from llmopt_tui.cli.servers import connected, surveyed

        async with connected(settings, flags) as endpoints:
            await surveyed(endpoints)
            worst = ExitCode.OK
            while left:
                worst = max(worst, await _pulled(endpoints, left[0]), key=_WORSE.index)
                left.pop(0)
            return worst

    try:
        return asyncio.run(work())
    except KeyboardInterrupt:
        names = " ".join(map(shlex.quote, left))
        say(f"{PROGRAM}: interrupted; what came is kept. Resume with: {PROGRAM} pull {names}")
        return ExitCode.INTERRUPTED


async def _pulled(endpoints: Endpoints, model: str) -> ExitCode:
    """Pull one model and say how it went."""
    from llmopt_tui.app.wrong_request import WrongRequest
    from llmopt_tui.core.ports import ModelError
    from llmopt_tui.llm.errors import ServerUnreachable

    try:
        async with (
            _progress(sys.stderr, endpoints.clock.monotonic) as follow,
            aclosing(endpoints.pull(model)) as steps,
        ):
            async for pull in steps:
                follow(pull)
    except WrongRequest as error:
        raise CommandError(error) from error
    except ModelError as error:
        say(f"{PROGRAM}: {model} was not pulled: {error}")
        if isinstance(error, ServerUnreachable):
            return ExitCode.NO_SERVER
        return ExitCode.WRONG_REQUEST if error.blame == "request" else ExitCode.FAILED
    say(f"{model}: installed")
    return ExitCode.OK


@contextlib.asynccontextmanager
async def _progress(
    stream: TextIO, monotonic: Callable[[], float]
) -> AsyncIterator[Callable[[Pull], None]]:
    """What follows a download: on a terminal a line that updates itself, elsewhere a few lines."""
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield PlainPull(stream, monotonic)
        return
    line = PullLine(stream, monotonic)
    ticking = asyncio.create_task(_tick(line))
    try:
        yield line
    finally:
        ticking.cancel()
        line.close()


async def _tick(line: PullLine) -> None:
    while True:
        await asyncio.sleep(_TICK_SECONDS)
        line.draw()


class PlainPull:
    """A line for each stage, and for each tenth of the bytes."""

    def __init__(self, stream: TextIO, monotonic: Callable[[], float]) -> None:
        self._stream, self._monotonic = stream, monotonic
        self._told: tuple[str, int] = ("", 0)

    def __call__(self, pull: Pull) -> None:
        """The download has come so far."""
        reached = pull.stage, int(pull.share * _LINES)
        if reached != self._told and pull.status not in ("", "success"):
            self._told = reached
            facts = ", ".join(pull.facts(self._monotonic()))
            text = one_line(f"{pull.model}: {facts}", _LINE_CHARS)
            print(text, file=self._stream, flush=True)


class PullLine:
    """One line with a bar, drawn over itself."""

    def __init__(self, stream: TextIO, monotonic: Callable[[], float]) -> None:
        self._stream, self._monotonic = stream, monotonic
        self._pull: Pull | None = None
        self._drawn = 0.0

    def __call__(self, pull: Pull) -> None:
        """The download has come so far."""
        self._pull = pull
        if self._monotonic() - self._drawn >= _TICK_SECONDS / 5:
            self.draw()

    def draw(self) -> None:
        """Draw the line as it is now."""
        if self._pull is None:
            return
        self._drawn = self._monotonic()
        self._stream.write(redrawn(_line(self._pull, self._drawn)))
        self._stream.flush()

    def close(self) -> None:
        """Take the line away."""
        self._stream.write(cleared())
        self._stream.flush()


def _line(pull: Pull, now: float) -> str:
    full = int(_BAR_CHARS * pull.share)
    bar = f"[{'#' * full}{'-' * (_BAR_CHARS - full)}]" if pull.total else ""
    return "  ".join(part for part in (pull.model, bar, *pull.facts(now)) if part)
