"""Running the program in tests: in process, as a process, and against a simulated server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
# A port that nothing listens on: reserved, and refused at once.
NOBODY = "http://127.0.0.1:1"


def clean_environment(tmp_path: Path) -> dict[str, str]:
    """The environment without what would change the program, its folders inside `tmp_path`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LLMOPT_", "OLLAMA_")) and name not in ("NO_COLOR", "COLORTERM")
    }
    return kept | {
        "LLMOPT_CONFIG_DIR": str(tmp_path / "config"),
        "LLMOPT_CACHE_DIR": str(tmp_path / "cache"),
        "LLMOPT_CACHE": "false",
        "PYTHONPATH": str(REPOSITORY),
    }


def program(*arguments: object) -> list[str]:
    """The command line of the program as a process."""
    return [sys.executable, "-m", "llmopt_tui", *map(str, arguments)]


@contextmanager
def simulated_server(*arguments: str) -> Iterator[str]:
    """A simulated Ollama in a process of its own; gives its URL."""
    command = [sys.executable, "-m", "tests.fakes.ollama", *arguments]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield json.loads(server.stdout.readline())["url"]
        finally:
            server.terminate()


def set_environment(monkeypatch, environment: Mapping[str, str]) -> None:
    """Make this the whole environment of the test's own process."""
    for name in set(os.environ) - set(environment):
        if name.startswith(("LLMOPT_", "OLLAMA_")) or name in ("NO_COLOR", "COLORTERM"):
            monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
