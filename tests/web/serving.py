"""`llmopt-tui serve` as a process, and a client of its tabs that is no browser."""

from __future__ import annotations

import os
import re
import select
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from tests.cli.support import NOBODY, clean_environment, program


@dataclass
class Serving:
    """A running `serve`: its process, the address that it printed, and what that is made of."""

    process: subprocess.Popen[str]
    url: str
    said: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return "http://" + urlsplit(self.url).netloc

    @property
    def token(self) -> str:
        return self.url.partition("?token=")[2]

    @property
    def websocket(self) -> str:
        return f"{self.origin}/tab/{self.token}?width=140&height=40"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextmanager
def serving(
    workspace: Path,
    folder: Path,
    *flags: object,
    host: str = NOBODY,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Serving]:
    """`serve` on a workspace, started in `folder`; gone with everything it started at the end."""
    arguments = ("serve", "--workspace", workspace, "--host", host, "--port", free_port(), *flags)
    command = program(*arguments)
    command[1:1] = ["-P"]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=clean_environment(folder) | dict(environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.search(r"http://\S+", line)
            assert found, line
            yield Serving(process, found[0])
        finally:
            process.terminate()


async def drawn(websocket: aiohttp.ClientWebSocketResponse, what: str) -> str:
    """What a tab has drawn when it has drawn `what`, or when it has ended."""
    seen = ""
    async for message in websocket:
        if message.type is aiohttp.WSMsgType.BINARY:
            seen += message.data.decode()
            if what in seen:
                break
    return seen


def children(pid: int) -> list[int]:
    """The processes that a process has started, as Linux lists them."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in listed.read_text().split()]


def ended(pid: int, seconds: float = 30.0) -> bool:
    """Whether a process has ended, or does within so many seconds. Linux alone."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], seconds)[0])
    finally:
        os.close(watched)
