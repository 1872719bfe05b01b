"""A LiteLLM proxy: installed apart from this project, configured, started, ended."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import venv
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from llmopt_tui.llm.embedded_process import EngineProcess

REQUIREMENT = "litellm[proxy]>=1.60,<2"
MASTER_KEY = "sk-benchmark-0123456789"
RPM = 4
"""Requests a minute that the limited model's server takes: fewer than a run asks."""
_START = "import sys; from litellm import run_server; sys.exit(run_server())"
_READY_SECONDS = 900.0


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


def configuration(backends: Sequence[EngineProcess], *, patient: bool) -> dict[str, Any]:
    """The proxy's: "small" is on every server, "limited" on the last one with few requests.

    A `patient` proxy makes failed calls again by itself, as it does unless it is told otherwise.
    """

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
            served("limited", backends[-1], rpm=RPM),
        ],
        "router_settings": {
            "routing_strategy": "usage-based-routing-v2",
            "enable_pre_call_checks": True,
            **({} if patient else {"num_retries": 0}),
        },
        "general_settings": {"master_key": MASTER_KEY},
    }


@asynccontextmanager
async def proxy(
    python: Path, backends: Sequence[EngineProcess], folder: Path, *, patient: bool
) -> AsyncIterator[str]:
    """A running proxy; yields its address. Its log is in the folder."""
    config = folder / "litellm.yaml"
    config.write_text(json.dumps(configuration(backends, patient=patient)))  # JSON is YAML, too
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
