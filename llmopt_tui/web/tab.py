"""Tab: one app process behind one page, from its start to its end."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from llmopt_tui.core.text.plain import visible

_DRIVER = "llmopt_tui.tui.page_driver:PageDriver"
_PRELUDE = b"__GANGLION__\n"  # what the driver writes before its first packet
_STDERR_BYTES = 64 * 1024
_NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Windows alone has it


class Tab(AppService):
    """An app process and the websocket of its page.

    AppService speaks the driver's protocol. This class starts the process without a shell, says in
    the page why an app ended, and ends a process that does not end by itself.
    """

    def __init__(self, command: Sequence[str], websocket: web.WebSocketResponse) -> None:
        async def close() -> None:
            await websocket.close()

        super().__init__(
            shlex.join(command),
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=close,
            download_manager=DownloadManager(),
        )
        self._arguments = command

    async def _open_app_process(
        self, width: int = 80, height: int = 24
    ) -> asyncio.subprocess.Process:
        environment = self._build_environment(width, height) | {"TEXTUAL_DRIVER": _DRIVER}
        process = await asyncio.create_subprocess_exec(
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            # A process group of its own: ctrl+c in the server's terminal reaches only the server,
            # and processes that the app started end with the app (on Windows by themselves).
            start_new_session=True,
            creationflags=_NEW_GROUP,
        )
        self._process, self._stdin = process, process.stdin
        return process

    async def run(self) -> None:
        """Pass what the app draws to the page until the app ends, then close the page."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        assert process.stderr is not None
        complaints = asyncio.create_task(_tail(process.stderr))
        while (line := await process.stdout.readline()) not in (b"", _PRELUDE):
            pass
        if line:
            await self._carry(process.stdout)
        await process.wait()
        _kill(process)
        with suppress(ConnectionError, RuntimeError):  # the page may be gone
            if said := visible((await complaints).decode("utf-8", "replace")):
                text = "\x1b[0m\x1b[2J\x1b[H" + said.replace("\n", "\r\n")
                await self.remote_write_bytes(text.encode())
            await self.remote_close()

    async def _carry(self, stdout: asyncio.StreamReader) -> None:
        """Pass on the packets of the app: a letter, the size in 4 bytes, the payload."""
        handlers = {b"D": self.on_data, b"M": self.on_meta}
        with suppress(asyncio.IncompleteReadError):
            while True:
                kind = await stdout.readexactly(1)
                size = int.from_bytes(await stdout.readexactly(4), "big")
                payload = await stdout.readexactly(size)
                # A closed page takes nothing, but the app must not block on unread output.
                with suppress(ConnectionError, RuntimeError):
                    if handler := handlers.get(kind):
                        await handler(payload)

    async def stop(self, grace: float = 10.0) -> None:
        """Ask the app to end; after `grace` seconds, kill it and the processes it started."""
        if self._process is None or self._task is None:
            return
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await self.send_meta({"type": "quit"})
                    await self._process.wait()
                    await asyncio.wait([self._task])
        finally:
            _kill(self._process)
            self._task.cancel()


async def _tail(stream: asyncio.StreamReader) -> bytes:
    """The last bytes of a stream, which is read to its end."""
    kept = b""
    while data := await stream.read(4096):
        kept = (kept + data)[-_STDERR_BYTES:]
    return kept


def _kill(process: asyncio.subprocess.Process) -> None:
    """Kill what is left of a process and its group."""
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
