"""The web server: it serves the page and a websocket per tab, until a signal ends it."""

from __future__ import annotations

import asyncio
import html
import json
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from string import Template

import textual_serve
from aiohttp import WSMsgType, web

from llmopt_tui.web.guard import ANSWER_HEADERS, is_token, refusal
from llmopt_tui.web.tab import Tab

_LIBRARY_FILES = Path(textual_serve.__file__).parent / "static"
_PAGE_FILES = Path(__file__).parent / "page"
_PUBLIC = ("/library/", "/page/")
_LAST_SECONDS = 0.4  # seconds that the apps get to end when the server ends
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve(command: Sequence[str], listener: socket.socket, *, token: str, title: str) -> None:
    """Serve the app that `command` starts on a listening socket, until SIGINT or SIGTERM.

    Every page and websocket needs the token; `address` returns the address to open.
    """
    asyncio.run(_serve(_Pages(command, token, title), listener))


def address(listener: socket.socket, token: str) -> str:
    """The address that a person opens in a browser, with the token."""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}/?token={token}"


async def _serve(pages: _Pages, listener: socket.socket) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # on Windows ctrl+c raises KeyboardInterrupt
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    # No log of requests: their addresses hold the token.
    runner = web.AppRunner(pages.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        await ended.wait()
    finally:
        await runner.cleanup()


class _Pages:
    """The server's pages, and the tabs that are open."""

    def __init__(self, command: Sequence[str], token: str, title: str) -> None:
        self._command = command
        self._token = token
        self._title = title
        self._tabs: set[Tab] = set()

    def application(self) -> web.Application:
        """The web application: all pages, behind the guard."""
        application = web.Application(middlewares=[self._guard])
        application.add_routes(
            [
                web.get("/", self._page),
                web.get("/tab/{token}", self._tab),
                web.static("/library", _LIBRARY_FILES),
                web.static("/page", _PAGE_FILES),
            ]
        )
        application.on_response_prepare.append(_add_headers)
        application.on_shutdown.append(self._end)
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        if why := refusal(request.headers):
            raise web.HTTPForbidden(text=why)
        # Scripts, styles and fonts are the same for everybody.
        if not request.path.startswith(_PUBLIC) and not is_token(_token_of(request), self._token):
            raise web.HTTPForbidden(
                text="Open the whole address that `llmopt-tui serve` printed, with its token."
            )
        return await handler(request)

    async def _page(self, request: web.Request) -> web.Response:
        text = Template((_PAGE_FILES / "index.html").read_text("utf-8")).substitute(
            title=html.escape(self._title),
            websocket=html.escape(f"ws://{request.host}/tab/{self._token}"),
        )
        return web.Response(text=text, content_type="text/html")

    async def _tab(self, request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(heartbeat=15)
        await websocket.prepare(request)
        tab = Tab(self._command, websocket)
        self._tabs.add(tab)
        try:
            await tab.start(_cells(request, "width", 80), _cells(request, "height", 24))
            async for message in websocket:
                if message.type is WSMsgType.TEXT:
                    await _pass_on(message.data, tab)
        finally:
            await tab.stop()
            self._tabs.discard(tab)
        return websocket

    async def _end(self, application: web.Application) -> None:
        await asyncio.gather(*(tab.stop(_LAST_SECONDS) for tab in self._tabs))


def _token_of(request: web.Request) -> str:
    """The token that a request brings.

    A websocket has it in its path, because the page's script adds its own query to the address.
    """
    return request.match_info.get("token") or request.query.get("token", "")


async def _pass_on(text: str, tab: Tab) -> None:
    """Pass what the page sent to the app; ignore what is not a message of the page's script."""
    with suppress(ValueError):
        match json.loads(text):
            case ["stdin", str(keys)]:
                await tab.send_bytes(keys.encode("utf-8", "replace"))
            case ["resize", {"width": int(width), "height": int(height)}]:
                await tab.set_terminal_size(width, height)
            case ["focus"]:
                await tab.focus()
            case ["blur"]:
                await tab.blur()


def _cells(request: web.Request, name: str, default: int) -> int:
    """A size of the terminal, in cells, from the query."""
    given = request.query.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 5 else default


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(ANSWER_HEADERS)
