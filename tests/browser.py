"""A page in a real Chromium, driven by its DevTools protocol, its terminal read as a person would.

The terminal in the page is drawn on a canvas, which has no text to look at. So what the page's
websocket brings is drawn a second time, on a screen whose text can be read; `picture` has what
Chromium itself drew.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pyte
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",  # root has none; it opens our own page and nothing else
    "--disable-dev-shm-usage",
    "--enable-unsafe-swiftshader",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
    "--window-size=1280,800",
)
CTRL = 2


def chromium() -> str:
    """The Chromium of this machine. Skips the test where there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    pytest.skip(f"there is no Chromium on this machine (looked for {', '.join(NAMES)})")


class Page:
    """One page. `requests` are the addresses it has asked for, `closed` that its terminal ended."""

    def __init__(self, devtools: aiohttp.ClientWebSocketResponse) -> None:
        self.requests: list[str] = []
        self.closed = False
        self.console: list[str] = []
        self._devtools = devtools
        self._session: str | None = None
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._news = asyncio.Event()
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def text(self) -> str:
        """What the terminal in the page shows now."""
        return "\n".join(self._screen.display)

    async def open(self, url: str) -> None:
        """Go to an address."""
        if self._session is None:
            target = await self.ask("Target.createTarget", url="about:blank")
            target_id = target["targetId"]
            attached = await self.ask("Target.attachToTarget", targetId=target_id, flatten=True)
            self._session = attached["sessionId"]
            for domain in ("Network", "Page", "Runtime", "Log"):
                await self.ask(f"{domain}.enable")
        await self.ask("Page.navigate", url=url)

    async def press(self, key: str, modifiers: int = 0) -> None:
        """Press and let go of a key: a character, "Tab" or "Enter"."""
        code = {"Tab": 9, "Enter": 13}.get(key) or ord(key.upper())
        stroke: dict[str, Any] = {
            "key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers,
        }  # fmt: skip
        if not modifiers and (text := {"Tab": "", "Enter": "\r"}.get(key, key)):
            stroke["text"] = text
        await self.ask("Input.dispatchKeyEvent", type="keyDown", **stroke)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", **stroke)

    async def evaluate(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = await self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        return answer["result"].get("value")

    async def picture(self) -> bytes:
        """What the page looks like, as PNG."""
        return base64.b64decode((await self.ask("Page.captureScreenshot"))["data"])

    async def wait_for(self, seen: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until something is so, looked at whenever the browser reports anything."""
        try:
            async with asyncio.timeout(seconds):
                while not seen():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise TimeoutError(
                f"not so within {seconds:.0f} s; console: {self.console}; the terminal shows:\n"
                f"{self.text}"
            ) from None

    async def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send the browser a command. Returns its result."""
        number = len(self._answers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        await self._devtools.send_json(message)
        return await self._answers[number]

    async def listen(self) -> None:
        """Take in what the browser reports, until it is gone."""
        async for message in self._devtools:
            said = json.loads(message.data)
            if "id" in said:
                answer = self._answers[said["id"]]
                if "error" in said:
                    answer.set_exception(RuntimeError(str(said["error"])))
                else:
                    answer.set_result(said["result"])
            else:
                self._take(said["method"], said["params"])
                self._news.set()

    def _take(self, method: str, event: dict[str, Any]) -> None:
        match method:
            case "Network.requestWillBeSent":
                self.requests.append(event["request"]["url"])
            case "Network.webSocketCreated":
                self.requests.append(event["url"])
                self.closed = False
                size = parse_qs(urlsplit(event["url"]).query)
                self._screen.reset()
                self._screen.resize(int(size["height"][0]), int(size["width"][0]))
            case "Network.webSocketFrameSent":
                match json.loads(event["response"]["payloadData"]):
                    case ["resize", {"width": width, "height": height}]:
                        self._screen.resize(height, width)
            case "Network.webSocketFrameReceived" if event["response"]["opcode"] == 2:
                # pyte knows neither this question nor its answer and would print its last letter.
                drawn = base64.b64decode(event["response"]["payloadData"])
                self._stream.feed(drawn.replace(b"\x1b[?2026$p", b""))
            case "Network.webSocketClosed":
                self.closed = True
            case "Runtime.exceptionThrown":
                self.console.append(str(event["exceptionDetails"]))
            case "Log.entryAdded" if event["entry"]["level"] == "error":
                self.console.append(event["entry"]["text"])


@contextlib.asynccontextmanager
async def opened_browser(profile: Path) -> AsyncIterator[Page]:
    """A Chromium of its own with one page; `profile` is an empty folder for what it keeps."""
    process = await asyncio.create_subprocess_exec(
        *(chromium(), *FLAGS, f"--user-data-dir={profile}"),
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(60):
            while not (
                found := re.search(
                    rb"DevTools listening on (\S+)", line := await process.stderr.readline()
                )
            ):
                assert line, "Chromium ended before it was ready"
        draining = asyncio.create_task(process.stderr.read())
        async with aiohttp.ClientSession() as client:
            async with client.ws_connect(found[1].decode(), max_msg_size=0) as devtools:
                page = Page(devtools)
                listening = asyncio.create_task(page.listen())
                try:
                    yield page
                finally:
                    listening.cancel()
                    draining.cancel()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
