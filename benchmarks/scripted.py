"""A scripted Ollama server as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent


@contextmanager
def scripted_ollama(*arguments: str) -> Iterator[str]:
    """The server's address, until the block ends. The arguments are those of tests/fakes/ollama."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.ollama", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())["url"]
    finally:
        server.kill()
        server.wait()
