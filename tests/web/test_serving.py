"""The served app over plain HTTP and websockets: who is let in, what runs, how it ends."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.app.files import make_workspace
from tests.web.serving import Serving, children, drawn, ended, serving

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="watches processes as Linux can")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspace(tmp_path_factory.mktemp("served") / "ws").root


@pytest.fixture(scope="module")
def served(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(workspace, tmp_path_factory.mktemp("here")) as running:
        yield running


async def status(url: str, **headers: str) -> int:
    """The status of an answer, as of a handshake where that is what is asked for."""
    async with aiohttp.ClientSession() as client:
        if "/tab/" not in url:
            async with client.get(url, headers=headers) as answer:
                return answer.status
        try:
            async with client.ws_connect(url, headers=headers):
                return 101
        except aiohttp.WSServerHandshakeError as error:
            return error.status


async def test_its_own_page_and_tab_are_open_to_who_has_the_token(served: Serving) -> None:
    assert await status(served.url) == 200
    assert await status(served.websocket, Origin=served.origin) == 101


@pytest.mark.parametrize("path", ["page", "tab"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://attacker.example"},
        {"Origin": "null"},
        {"Host": "attacker.example"},
        {"Host": "attacker.example", "Origin": "http://attacker.example"},
    ],
)
async def test_foreign_pages_and_names_are_refused(
    served: Serving, path: str, headers: dict[str, str]
) -> None:
    url = served.url if path == "page" else served.websocket
    assert await status(url, **headers) == 403


@pytest.mark.parametrize(
    "path",
    ["/", "/?token=", "/?token=wrong", "/tab/wrong", "/tab/", "/ws", "/download/x", "/nothing"],
)
async def test_nothing_is_answered_without_the_token(served: Serving, path: str) -> None:
    assert await status(served.origin + path, Origin=served.origin) == 403


async def test_the_token_is_random_and_said_once(workspace: Path, served: Serving) -> None:
    with serving(workspace, workspace.parent) as other:
        assert other.token != served.token
        assert len(other.token) >= 32
        assert await status(other.url) == 200
        assert await status(other.websocket) == 101
        assert await status(served.url) == 200
        other.process.terminate()
        assert other.process.communicate(timeout=30) == ("", "")


async def test_the_page_names_nothing_outside(served: Serving) -> None:
    """A page that was reached through a forwarded port talks to that port."""
    forwarded = "localhost:9999"
    async with aiohttp.ClientSession() as client:
        async with client.get(served.url, headers={"Host": forwarded}) as answer:
            page = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
        assert re.findall(r"\w+://[^/\"]+", page) == [f"ws://{forwarded}"]
        assert "default-src 'none'" in policy
        for file in re.findall(r'(?:src|href)="(/[^"]+)"', page):
            async with client.get(served.origin + file) as answer:
                assert answer.status == 200
                assert answer.headers["Content-Security-Policy"] == policy


async def test_modules_of_the_folder_that_it_is_started_in_are_not_run(
    workspace: Path, tmp_path: Path
) -> None:
    for name in ("argparse", "textual", "llmopt_tui"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w').close()\nraise SystemExit(9)\n")
    with serving(workspace, tmp_path) as running:
        async with aiohttp.ClientSession() as client:
            async with client.ws_connect(running.websocket) as tab:
                assert "Greeting" in await asyncio.wait_for(drawn(tab, "Greeting"), 30)
    assert not (tmp_path / "ran").exists()


@needs_linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_at_once_with_its_children(
    workspace: Path, tmp_path: Path, number: signal.Signals
) -> None:
    with serving(workspace, tmp_path) as running:
        async with aiohttp.ClientSession() as client:
            async with client.ws_connect(running.websocket) as tab:
                await asyncio.wait_for(drawn(tab, "Greeting"), 30)
                [app] = children(running.process.pid)
                began = time.monotonic()
                running.process.send_signal(number)
                # The client's end of the websocket is not read: a page may be as slow.
                code = await asyncio.to_thread(running.process.wait, 30)
                took = time.monotonic() - began
        assert code == 0
        assert ended(app, 0)
        assert took < 2.0  # less than half a second for the apps; the rest is for a busy machine


@needs_linux
async def test_an_app_whose_server_was_killed_ends(workspace: Path, tmp_path: Path) -> None:
    with serving(workspace, tmp_path) as running:
        async with aiohttp.ClientSession() as client:
            async with client.ws_connect(running.websocket) as tab:
                await asyncio.wait_for(drawn(tab, "Greeting"), 30)
                [app] = children(running.process.pid)
                running.process.kill()
                assert ended(app)


@needs_linux
async def test_a_tab_that_is_closed_ends_its_app_alone(served: Serving) -> None:
    async with aiohttp.ClientSession() as client:
        async with client.ws_connect(served.websocket) as kept:
            await asyncio.wait_for(drawn(kept, "Greeting"), 30)
            [first] = children(served.process.pid)
            async with client.ws_connect(served.websocket) as closed:
                await asyncio.wait_for(drawn(closed, "Greeting"), 30)
                [second] = set(children(served.process.pid)) - {first}
            assert ended(second)
            assert not ended(first, 0)
