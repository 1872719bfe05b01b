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
import venv
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from platformdirs import user_cache_path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from llmopt_tui.llm.embedded_process import EngineProcess, Launch  # noqa: E402
from llmopt_tui.llm.model_file import cache_folder, starter_model_file  # noqa: E402

REQUIREMENT = "litellm[proxy]>=1.60,<2"
_START = "import sys; from litellm import run_server; sys.exit(run_server())"
_KEY, _RIGHT = "LLMOPT_GATEWAY_KEY", "sk-benchmark-0123456789"
_READY_SECONDS = 900.0
_RUN_SECONDS = 900.0
_CHAT_REPLY = re.compile(r'"POST /v1/chat/completions HTTP/1.1" (\d+)')
_RPM = 4
"""Requests a minute that the limited model's server takes: fewer than a run asks."""
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
    key: str = _RIGHT
    meanwhile: Callable[[Path], Coroutine[None, None, None]] | None = None


def install(folder: Path) -> Path:
    """The interpreter of an environment that has the proxy; made where it is missing.

    Raises CalledProcessError where it cannot be installed.
    """
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = folder / "installed"
    if not (stamp.is_file() and stamp.read_text() == REQUIREMENT):
        print(f"installing {REQUIREMENT} in {folder} ...", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", REQUIREMENT], check=True)
        stamp.write_text(REQUIREMENT)
    return python


def configuration(backends: Sequence[EngineProcess]) -> dict[str, Any]:
    """The proxy's: "small" is on every server, "limited" on the last one with few requests."""

    def served(name: str, backend: EngineProcess, **limits: int) -> dict[str, Any]:
        parameters = {
            "model": "openai/small",
            "api_base": f"{backend.url}/v1",
            "api_key": backend.api_key,
            **limits,
        }
        info = {"supports_reasoning": False, "max_input_tokens": 2048}
        return {"model_name": name, "litellm_params": parameters, "model_info": info}

    return {
        "model_list": [
            *(served("small", backend) for backend in backends),
            served("limited", backends[-1], rpm=_RPM),
        ],
        "router_settings": {
            "routing_strategy": "usage-based-routing-v2",
            "enable_pre_call_checks": True,
        },
        "general_settings": {"master_key": _RIGHT},
    }


@asynccontextmanager
async def proxy(
    python: Path, backends: Sequence[EngineProcess], folder: Path
) -> AsyncIterator[str]:
    """A running proxy; yields its address. Its log is in the folder."""
    config = folder / "litellm.yaml"
    config.write_text(json.dumps(configuration(backends)))  # JSON is YAML, too
    port = free_port()
    with (folder / "litellm.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(python, "-c", _START, "--config", config, "--telemetry", "False"),
            *("--host", "127.0.0.1", "--port", str(port)),
            stdout=log,
            stderr=log,
            cwd=folder,
            # Its own list of prices is enough, and asks no server.
            env=os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        )
    url = f"http://127.0.0.1:{port}"
    try:
        await answering(url, process)
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def answering(url: str, process: asyncio.subprocess.Process) -> None:
    """Wait until the proxy answers. Raises RuntimeError where it ends, TimeoutError."""
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(_READY_SECONDS):
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"the proxy ended with {process.returncode}")
            try:
                reply = await client.get(f"{url}/health/liveliness", timeout=5)
            except httpx.TransportError:
                await asyncio.sleep(0.5)
                continue
            if reply.is_success:
                return


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
    with TemporaryDirectory() as name:
        folder = Path(name)
        launch = Launch(model, "small", 2048, folder / "logs")
        backends = [await EngineProcess.start(launch) for _ in range(2)]
        try:
            async with proxy(python, backends, folder) as url:
                return await _table(url, backends, folder, verbose)
        finally:
            for backend in backends:
                await backend.stop()


async def _table(url: str, backends: Sequence[EngineProcess], folder: Path, verbose: bool) -> int:
    async def kill_one(workspace: Path) -> None:
        await answered(workspace, 1)
        await backends[0].kill()

    circumstances = (
        Circumstance("two servers, right key", "small", 0),
        Circumstance("wrong key", "small", 2, ("key",), key="sk-wrong"),
        Circumstance("no key", "small", 2, ("key",), key=""),
        Circumstance("unknown model", "smal", 2, ("did you mean small",)),
        Circumstance(f"{_RPM} requests a minute", "limited", 0),
        Circumstance("one server killed in the middle", "small", 0, meanwhile=kill_one),
    )
    print("| circumstance | exit | calls | seconds | the proxy's replies | status | last said |")
    print("|---|---:|---:|---:|---|---|---|", flush=True)
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
    return 1 if failures else 0


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
