"""A LiteLLM proxy before two llama.cpp servers, and what the program makes of it.

    python benchmarks/gateways.py [--model FILE.gguf] [--peers DIR]

The proxy is installed from the package index into an environment of its own, once: about a hundred
packages. Two servers of the embedded engine are behind it. A small suite is run through it by the
program itself, as a process, each time under other circumstances: the table says what was seen.
The command fails where that is not what it should be.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from platformdirs import user_cache_path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.litellm_proxy import MASTER_KEY, RPM, install, proxy  # noqa: E402
from llmopt_tui.llm.embedded_process import EngineProcess, Launch  # noqa: E402
from llmopt_tui.llm.model_file import cache_folder, starter_model_file  # noqa: E402

_KEY = "LLMOPT_GATEWAY_KEY"
_RUN_SECONDS = 900.0
_CHAT_REPLY = re.compile(r'"POST /v1/chat/completions HTTP/1.1" (\d+)')
_CASE = """\
schema_version = 1
id = "tiny"
title = "A tiny case"
prompt = "tiny"
[output]
max_tokens = 12
[[criteria]]
kind = "length"
unit = "words"
max = 5
"""
_EXAMPLE = """
[[examples]]
id = "{id}"
split = "{split}"
inputs = {{ thing = "{thing}" }}
"""
_PROMPT = """\
schema_version = 1
name = "tiny"
description = "Says what a thing is for."
text = "What is a {{thing}} for?"
"""
_SETTINGS = """\
interviewer = "playbook"
[[endpoints]]
name = "gateway"
url = "{url}"
kind = "openai"
api_key_env = "LLMOPT_GATEWAY_KEY"
parallel = 2
"""


@dataclass(frozen=True)
class Seen:
    """How one run of the program ended. `document` is the suite's, {} where there is none."""

    code: int
    seconds: float
    document: dict[str, Any]
    said: str

    @property
    def sessions(self) -> list[dict[str, Any]]:
        """The rows of the suite's sessions."""
        found: list[dict[str, Any]] = self.document.get("sessions", [])
        return found

    @property
    def calls(self) -> int:
        """The candidates' calls."""
        return sum(row["calls"] for row in self.sessions)

    @property
    def last(self) -> str:
        """The last line on standard error."""
        return (self.said.strip().splitlines() or [""])[-1]


@dataclass(frozen=True)
class Circumstance:
    """What is different in a run, and how it should end: its code, and words that it should say."""

    name: str
    model: str
    code: int
    words: Sequence[str] = ()
    key: str = MASTER_KEY
    meanwhile: Callable[[Path], Coroutine[None, None, None]] | None = None


def workspace(folder: Path, url: str) -> Path:
    """A workspace with one tiny case, whose only endpoint is the proxy."""
    for name in ("prompts", "cases"):
        (folder / name).mkdir(parents=True)
    examples = zip(
        ("a", "b", "c"), ("train", "train", "validation"), ("pump", "door", "map"), strict=True
    )
    case = _CASE + "".join(
        _EXAMPLE.format(id=id, split=split, thing=thing) for id, split, thing in examples
    )
    (folder / "cases" / "tiny.toml").write_text(case)
    (folder / "prompts" / "tiny.toml").write_text(_PROMPT)
    (folder / "llmopt.toml").write_text(_SETTINGS.format(url=url))
    return folder


async def seen(circumstance: Circumstance, folder: Path) -> Seen:
    """Run the program once, and do meanwhile what is to be done."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "llmopt_tui", "--workspace", folder, "run", "--json"),
        *("--model", circumstance.model, "--case", "tiny", "--max-iterations", "2"),
        *("--proposals", "1", "--demonstrations", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {_KEY: circumstance.key},
    )
    work = circumstance.meanwhile(folder) if circumstance.meanwhile else asyncio.sleep(0)
    meanwhile = asyncio.create_task(work)
    try:
        async with asyncio.timeout(_RUN_SECONDS):
            out, said = await process.communicate()
    finally:
        meanwhile.cancel()
        if process.returncode is None:
            process.kill()
            await process.wait()
    document = json.loads(out) if out.strip() else {}
    return Seen(
        process.returncode or 0, time.monotonic() - began, document, said.decode("utf-8", "replace")
    )


async def answered(folder: Path, count: int) -> None:
    """Wait until a session of the workspace has so many answers."""
    while True:
        journals = list((folder / "results").glob("session_*/events.jsonl"))
        text = "".join(journal.read_text() for journal in journals)
        if text.count('"run_finished"') >= count:
            return
        await asyncio.sleep(0.05)


async def measure(python: Path, model: Path, verbose: bool) -> int:
    """Go through every circumstance and print the table. Returns the exit code."""
    print("| circumstance | exit | calls | seconds | the proxy's replies | status | last said |")
    print("|---|---:|---:|---:|---|---|---|", flush=True)
    failures = 0
    for patient in (True, False):
        with TemporaryDirectory() as name:
            folder = Path(name)
            launch = Launch(model, "small", 2048, folder / "logs")
            backends = [await EngineProcess.start(launch) for _ in range(2)]
            try:
                async with proxy(python, backends, folder, patient=patient) as url:
                    failures += await _rows(url, backends, folder, patient, verbose)
            finally:
                for backend in backends:
                    await backend.stop()
    return 1 if failures else 0


async def _rows(
    url: str, backends: Sequence[EngineProcess], folder: Path, patient: bool, verbose: bool
) -> int:
    """Print a row for each circumstance. Returns how many did not end as they should."""

    async def kill_one(workspace: Path) -> None:
        await answered(workspace, 1)
        await backends[0].kill()

    limited = Circumstance(f"{RPM} requests a minute", "limited", 0)
    dying = Circumstance("one server killed in the middle", "small", 0, meanwhile=kill_one)
    circumstances: tuple[Circumstance, ...] = (
        Circumstance("two servers, right key", "small", 0),
        Circumstance("wrong key", "small", 2, ("key",), key="sk-wrong"),
        Circumstance("no key", "small", 2, ("key",), key=""),
        Circumstance("unknown model", "smal", 2, ("did you mean small",)),
        limited,
        dying,
    )
    if not patient:
        circumstances = tuple(
            replace(each, name=f"{each.name}, the proxy retries nothing")
            for each in (limited, dying)
        )
    failures, read = 0, 0
    for n, circumstance in enumerate(circumstances):
        found = await seen(circumstance, workspace(folder / f"workspace{n}", url))
        statuses = ", ".join(row["status"] for row in found.sessions) or "nothing began"
        said = found.last.replace("|", "/")
        log = (folder / "litellm.log").read_text(errors="replace")
        replies = Counter(_CHAT_REPLY.findall(log[read:]))
        read = len(log)
        answers = ", ".join(f"{n} x {status}" for status, n in sorted(replies.items())) or "none"
        right = found.code == circumstance.code and all(w in found.said for w in circumstance.words)
        failures += not right
        print(
            f"| {circumstance.name} | {found.code}{'' if right else ' WRONG'} | {found.calls} "
            f"| {found.seconds:.0f} | {answers} | {statuses} | {said} |",
            flush=True,
        )
        if verbose or not right:
            print(found.said, file=sys.stderr)
    return failures


def main() -> int:
    """Read the arguments, install the proxy and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", type=Path, help="a GGUF file; default: the starter model")
    parser.add_argument("--peers", type=Path, help="where the proxy is, or is to be installed")
    parser.add_argument("--verbose", action="store_true", help="print all that the program said")
    arguments = parser.parse_args()
    folder = arguments.peers or user_cache_path("llmopt-tui", appauthor=False) / "gateways"
    try:
        python = install(folder)
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"LiteLLM cannot be installed here: {error}", file=sys.stderr)
        return 1
    version = "from importlib.metadata import version; print(version('litellm'))"
    told = subprocess.run([python, "-c", version], check=True, capture_output=True, text=True)
    print(f"LiteLLM {told.stdout.strip()}, load {os.getloadavg()[0]:.1f}", flush=True)
    model = arguments.model or asyncio.run(starter_model_file(cache_folder()))
    return asyncio.run(measure(python, model, arguments.verbose))


if __name__ == "__main__":
    raise SystemExit(main())
