"""`doctor`: what is installed, reachable and missing, and how to fix it."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from llmopt_tui.cli.cases import repeated
from llmopt_tui.cli.common import PROGRAM, CommandError, ExitCode, find_workspace, put, start_flags
from llmopt_tui.core.version import __version__
from llmopt_tui.reports.install_hint import install_command

if TYPE_CHECKING:
    from llmopt_tui.app.surveys import EndpointSurvey
    from llmopt_tui.app.workspace import Workspace
    from llmopt_tui.config.flags import StartFlags
    from llmopt_tui.config.settings import Settings


_ENGINE_SECONDS = 60.0
_MARKS = {"ok": "ok  ", "missing": "-   ", "warning": "warn", "failing": "FAIL"}


@dataclass(frozen=True, slots=True)
class _Finding:
    """One line: `missing` is what one can do without, `failing` what one cannot.

    `warning`: all works, and the results will mislead.
    """

    state: Literal["ok", "missing", "warning", "failing"]
    subject: str
    detail: str
    mend: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command takes only the common flags."""


def run(args: argparse.Namespace) -> int:
    """Print every finding as it is made; exit 1 where one is failing."""
    failing = False
    for finding in _findings(args):
        put(f"{_MARKS[finding.state]}  {finding.subject:<16}  {finding.detail}")
        if finding.mend and finding.state != "ok":
            put(f"{'':24}{finding.mend}")
        failing = failing or finding.state == "failing"
    return ExitCode.FAILED if failing else ExitCode.OK


def _findings(args: argparse.Namespace) -> Iterator[_Finding]:
    yield _Finding("ok", PROGRAM, __version__)
    yield _Finding("ok", "Python", f"{platform.python_version()} on {platform.platform()}")
    yield _Finding("ok", "colours", terminal_colours(os.environ, sys.stdout.isatty()))
    yield from _criteria()
    yield _engine()
    yield _model_file()
    try:
        workspace = find_workspace(args)
    except CommandError as error:
        yield _Finding("failing", "workspace", str(error))
        return
    yield from _workspace(workspace)
    loaded = workspace.load_settings({} if args.host is None else {"host": args.host})
    for problem in loaded.problems:
        yield _Finding("failing", "settings", str(problem), "fix the line, or take it out")
    try:
        flags = start_flags(workspace, args)
        for survey in asyncio.run(_survey(workspace, loaded.settings, flags)):
            yield _endpoint(survey)
    except CommandError as error:
        yield _Finding("failing", "embedded model", str(error))


def _criteria() -> Iterator[_Finding]:
    """What is wrong with criteria that other packages bring; nothing where nothing is."""
    from llmopt_tui.core.scoring import CRITERIA

    for fault in CRITERIA.faults():
        yield _Finding("failing", "criterion", fault, "update that package, or uninstall it")


def _workspace(workspace: Workspace) -> Iterator[_Finding]:
    if not workspace.cases.is_dir():
        mend = f"{PROGRAM} init makes one there; --workspace DIR names another"
        yield _Finding("failing", "workspace", f"{workspace.root} has no cases/ folder", mend)
    else:
        loaded = workspace.load_cases()
        yield _Finding("ok", "workspace", f"{workspace.root}, cases: {len(loaded.cases)}")
        for case in loaded.cases:
            for message in repeated(case):
                mend = "take the repeated examples out of one split"
                yield _Finding("warning", f"case {case.id}", message, mend)
        for problem in loaded.problems:
            yield _Finding("failing", "case file", str(problem), "fix the line in that file")
    yield _results(workspace.results)
    yield _cache(workspace.results)


def _results(folder: Path) -> _Finding:
    place = folder if folder.exists() else folder.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            return _Finding("ok", "results", f"{folder} can be written")
    except OSError as error:
        detail = f"{folder} cannot be written: {error.strerror}"
        return _Finding("failing", "results", detail, "change its permissions, or the workspace")


def _cache(results: Path) -> _Finding:
    from llmopt_tui.store.answer_cache import FOLDER, MOST_BYTES, AnswerCache

    cache = AnswerCache.of(results)
    size = cache.size()
    cache.close()
    where = results / FOLDER
    if size is None:
        return _Finding("ok", "answer cache", f"{where} is empty")
    limit = f"at most {MOST_BYTES / 1e6:.0f}"
    detail = f"{size.answers:,} answers in {where}, {size.bytes / 1e6:.1f} MB ({limit})"
    return _Finding("ok", "answer cache", detail)


async def _survey(
    workspace: Workspace, settings: Settings, flags: StartFlags
) -> list[EndpointSurvey]:
    from llmopt_tui.cli.servers import connected

    async with connected(settings, flags) as endpoints:
        return await endpoints.survey()


def _endpoint(survey: EndpointSurvey) -> _Finding:
    subject = f"server {survey.name}"
    if survey.error is not None and survey.error.blame == "request":
        # It is there: a key, a certificate or an address is wrong.
        detail = f"{survey.url}: {survey.error.message}"
        return _Finding("failing", subject, detail, survey.error.hint)
    if survey.error is not None:
        mend = f"start it, name another with --host, or use {PROGRAM} --embedded"
        return _Finding("failing", subject, f"{survey.url}: {survey.error}", mend)
    names = ", ".join(model.name for model in survey.models[:8])
    more = f" and {len(survey.models) - 8} more" if len(survey.models) > 8 else ""
    detail = f"{survey.url}, version {survey.version or 'unknown'}"
    if not survey.models:
        mend = f"pull a model, for example: {PROGRAM} pull gemma3n"
        return _Finding("missing", subject, f"{detail}, no model", mend)
    return _Finding("ok", subject, f"{detail}, has {names}{more}")


def _engine() -> _Finding:
    if importlib.util.find_spec("xllamacpp") is None:
        mend = f"to run models without a server: {install_command('embedded')}"
        return _Finding("missing", "embedded engine", "not installed", mend)
    try:
        # In a process of its own: on a machine it does not suit, it does not merely raise.
        done = subprocess.run(
            [sys.executable, "-P", "-c", "import xllamacpp; print(xllamacpp.__version__)"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ENGINE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return _Finding("failing", "embedded engine", f"cannot be started: {error}")
    if done.returncode == 0:
        return _Finding("ok", "embedded engine", f"xllamacpp {done.stdout.strip()}")
    said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    mend = "it needs the system's libgomp1 and a processor with AVX2"
    return _Finding("failing", "embedded engine", f"cannot be imported: {said}", mend)


def _model_file() -> _Finding:
    from llmopt_tui.llm.model_file import STARTER, cache_folder

    file = cache_folder() / STARTER.file_name
    size = f"{STARTER.file_bytes / 1e6:.0f} MB"
    try:
        whole = file.stat().st_size == STARTER.file_bytes
    except OSError:
        whole = False
    if whole:
        return _Finding("ok", "embedded model", f"{STARTER.name}, {size}, {file}")
    return _Finding(
        "missing",
        "embedded model",
        f"{STARTER.name} is not fetched",
        f"{PROGRAM} --embedded fetches it once ({size})",
    )


def terminal_colours(environ: Mapping[str, str], is_terminal: bool) -> str:
    """How many colours the app will draw with, and why."""
    if environ.get("NO_COLOR"):
        return "none (NO_COLOR is set)"
    if not is_terminal:
        return "none (not a terminal)"
    if environ.get("COLORTERM", "").casefold() in ("truecolor", "24bit"):
        return "16 million"
    term = environ.get("TERM", "")
    if term in ("", "dumb"):
        return f"none (TERM is {term or 'not set'})"
    return "256" if "256color" in term else "16"
