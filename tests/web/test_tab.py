"""A tab with a process that is no app: what the page gets, and that nothing is left of it."""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import pytest
from aiohttp import web

from llmopt_tui.web.tab import Tab
from tests.web.serving import ended

STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("__GANGLION__", flush=True)
packet = str(child.pid).encode()
sys.stdout.buffer.write(b"D" + len(packet).to_bytes(4, "big") + packet)
sys.stdout.flush()
import time
time.sleep(600)
"""


class Page:
    """The page's end of a websocket."""

    def __init__(self) -> None:
        self.drawn = b""
        self.closed = asyncio.Event()
        self.news = asyncio.Event()

    async def send_bytes(self, data: bytes) -> None:
        self.drawn += data
        self.news.set()

    async def send_str(self, text: str) -> None:
        raise AssertionError(text)

    async def close(self) -> None:
        self.closed.set()


async def started(script: str, page: Page) -> Tab:
    command = [sys.executable, "-c", script]
    tab = Tab(command, cast("web.WebSocketResponse", page))
    await tab.start(80, 24)
    return tab


async def test_what_a_process_said_before_it_died_is_in_the_page() -> None:
    page = Page()
    tab = await started("raise SystemExit('no such \\x1b[31mworkspace')", page)
    await asyncio.wait_for(page.closed.wait(), 30)
    assert "no such ␛[31mworkspace" in page.drawn.decode()
    await tab.stop()


async def test_an_app_that_prints_first_is_shown_all_the_same() -> None:
    page = Page()
    tab = await started("print('hello\\n__GANGLION__\\nD\\0\\0\\0\\2ok', end='')", page)
    await asyncio.wait_for(page.closed.wait(), 30)
    assert page.drawn == b"ok"
    await tab.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="watches processes as Linux can")
async def test_a_process_that_does_not_listen_is_ended_with_what_it_started() -> None:
    page = Page()
    tab = await started(STUBBORN, page)
    await asyncio.wait_for(page.news.wait(), 30)
    assert tab._process is not None
    pids = [tab._process.pid, int(page.drawn)]
    assert not any(ended(pid, 0) for pid in pids)
    await tab.stop(0.05)
    assert all(ended(pid) for pid in pids)
