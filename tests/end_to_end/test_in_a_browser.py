"""The served app in a real Chromium, against a server that speaks Ollama's protocol."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llmopt_tui.app.workspace import init_workspace
from tests.browser import CTRL, opened_browser
from tests.cli.support import simulated_server
from tests.web.serving import serving

pytestmark = pytest.mark.browser


async def test_a_person_runs_a_case_accepts_a_suggestion_and_quits(tmp_path: Path) -> None:
    workspace = tmp_path / "ws"
    init_workspace(workspace)
    (workspace / "llmopt.toml").write_text(
        'interviewer = "playbook"\nproposals = 1\ndemonstrations = 0\n'
    )
    with simulated_server() as ollama, serving(workspace, tmp_path, host=ollama) as served:
        async with opened_browser(tmp_path / "profile") as page:
            await page.open(served.url)
            await page.wait_for(lambda: "gemma3n" in page.text and "Concise" in page.text)
            before = await page.picture()
            await page.press(" ")
            await page.wait_for(lambda: "▣ gemma3n" in page.text)
            await page.press("Tab")
            await page.wait_for(lambda: "━ Cases" in page.text)
            await page.press(" ")
            await page.wait_for(lambda: "▣ Concise" in page.text)
            await page.press("r", CTRL)
            await page.wait_for(lambda: "a accept" in page.text)
            assert await page.picture() != before

            # Keys are ignored for half a second after a suggestion appears.
            while "2 accepted" not in page.text:
                await page.press("a")
            await page.press("q")
            await page.wait_for(lambda: "Leave in the middle" in page.text)
            await page.press("y")
            await page.wait_for(lambda: page.closed)
            ended = "getComputedStyle(document.querySelector('.ended')).display"
            assert await page.evaluate(ended) == "block"
            await page.press("Enter")  # on the button that starts it again
            await page.wait_for(lambda: not page.closed and "gemma3n" in page.text)

    own = (served.origin + "/", served.origin.replace("http:", "ws:") + "/")
    assert [url for url in page.requests if not url.startswith(own)] == []
    [folder] = (workspace / "results").glob("session_*")
    interview = json.loads((folder / "interview_1.json").read_text())
    assert interview["decision"]["action"] == "accepted"


async def test_a_page_without_the_token_shows_nothing_of_the_app(tmp_path: Path) -> None:
    init_workspace(tmp_path / "ws")
    with serving(tmp_path / "ws", tmp_path) as served:
        async with opened_browser(tmp_path / "profile") as page:
            await page.open(served.origin)
            await page.wait_for(lambda: any("403" in line for line in page.console))
            assert not any(url.startswith("ws:") for url in page.requests)
