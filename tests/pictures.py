"""The pictures of README and docs: the app's screens, played to fixed points on a scripted model.

`python -m tests.pictures [FOLDER]` writes them all as SVG. The same program draws the same bytes:
clock, ids, folders and answers are fixed. To add a picture, add an entry to `PICTURES`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from llmopt_tui.app.workspace import Workspace, init_workspace
from llmopt_tui.config.settings import Settings
from llmopt_tui.tui import bars
from tests import judged_suite, suites
from tests.fakes.models import ScriptedClient
from tests.tui.harness import ONE_IDEA, Stage, StillClock, answer, text_of, until
from tests.tui_sessions.recordings import events, record

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
_SECONDS_PER_WORD = 0.35
_WORKSPACE = """\
# What this project has agreed on.
max_iterations = 6
target = 0.9        # good enough to ship

[options]
num_ctx = 16384
"""


class HeldClient(ScriptedClient):
    """Answers as told, and stops for good after some words of one request, counted from 1.

    Each word takes a while on `clock`, which stands still otherwise.
    """

    held: tuple[int, int] = (0, 0)
    """The request, and how many of its words come."""

    clock: StillClock
    _words = 0

    async def _pass(self) -> None:
        request, words = self.held
        if len(self.requests) == request:
            self._words += 1
            if self._words > words:
                self.hold()
        await super()._pass()
        self.clock.seconds += _SECONDS_PER_WORD


Play = Callable[[Stage, Pilot[None]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture. `play` brings the app to what is shown; `settings` are those it starts with.

    With `starter`, the workspace holds the starter cases, as files.
    """

    name: str
    play: Play
    size: tuple[int, int] = (120, 36)
    settings: Settings = ONE_IDEA
    starter: bool = False


async def _sees(stage: Stage, pilot: Pilot[None], *texts: str) -> None:
    """Wait until the screen shows all of these texts."""
    await until(pilot, lambda: all(text in text_of(stage.app.screen) for text in texts))


async def _running(stage: Stage, pilot: Pilot[None]) -> None:
    client = stage.client
    assert isinstance(client, HeldClient)
    # Three answers and an interview of two requests, then the second answer of iteration 2.
    client.held = (7, 14)
    await stage.run(pilot)
    await stage.deciding(pilot)
    await pilot.press("a")
    await _sees(stage, pilot, "testing cd-002", "Shift work is")


async def _deciding(stage: Stage, pilot: Pilot[None]) -> None:
    await stage.run(pilot)
    await stage.deciding(pilot)
    await _sees(stage, pilot, "waiting for you", "Stop after two sentences.")


async def _recorded(stage: Stage, pilot: Pilot[None]) -> None:
    await record(stage.workspace.results, events("a1b2c3d4"))
    await stage.ready(pilot)
    await pilot.press("b")
    await _sees(stage, pilot, "concise_description")
    await pilot.press("enter")
    await _sees(stage, pilot, "recorded 2026-11-02", "Name trade, place")


async def _trying(stage: Stage, pilot: Pilot[None]) -> None:
    await stage.ready(pilot)
    await pilot.press("ctrl+t")
    await _sees(stage, pilot, "Electrician wanted", "{{posting}}")
    await pilot.press("f5")
    await _sees(stage, pilot, "#1", "structure")
    await pilot.press(*"Stop after two sentences.", "enter", "f5")
    await _sees(stage, pilot, "#2", "P2")


async def _cases(stage: Stage, pilot: Pilot[None]) -> None:
    await stage.up(pilot)
    await pilot.press("C")
    await _sees(stage, pilot, "concise_description", "held out", "criteria")
    await pilot.press("enter", "down", "down")


async def _leaderboard(stage: Stage, pilot: Pilot[None]) -> None:
    suites.write(stage.workspace.results, judged_suite.document())
    await stage.ready(pilot)
    await pilot.press("l")
    await _sees(stage, pilot, "Ranking", "qwen3")
    await pilot.press("right")
    await _sees(stage, pilot, "one answer  ")


async def _settings(stage: Stage, pilot: Pilot[None]) -> None:
    await stage.ready(pilot)
    await pilot.press("S")
    await _sees(stage, pilot, "16384", "workspace")
    await pilot.press("down", "down", "down")
    await _sees(stage, pilot, "The score, 0 to 1")


PICTURES = (
    Picture("workbench", _running),
    Picture("decision", _deciding),
    Picture("try", _trying),
    Picture("cases", _cases, starter=True),
    Picture("recorded", _recorded),
    Picture("leaderboard", _leaderboard),
    Picture("settings", _settings, settings=Settings()),
)


async def draw(picture: Picture, home: Path) -> str:
    """The picture as SVG. `home` is an empty folder that serves as the person's."""
    root = home / "job-postings"
    root.mkdir()
    (root / "llmopt.toml").write_text(_WORKSPACE)
    stage = Stage(root, settings=picture.settings)
    if picture.starter:
        init_workspace(root)
        stage.workspace = Workspace(root)  # type: ignore[assignment]
    client = HeldClient(answer)  # type: ignore[arg-type]
    client.clock = stage.clock
    stage.client = stage.endpoints.client = client
    if picture.settings is not ONE_IDEA:
        stage.endpoints.settings = stage.workspace.load_settings().settings
    async with stage.app.run_test(size=picture.size) as pilot:
        stage.app.animation_level = "none"
        await picture.play(stage, pilot)
        for line in stage.app.screen.query(Input):
            line.cursor_blink = False
        await _stands_still(stage, pilot)
        return _alone(stage.app.export_screenshot(title=""))


async def _stands_still(stage: Stage, pilot: Pilot[None]) -> None:
    """Wait until nothing that is under way changes the screen any more."""
    seen, same = "", 0
    while same < 5:
        await pilot.pause(0.05)
        now = stage.app.export_screenshot()
        same, seen = (same + 1 if now == seen else 0), now


def _alone(svg: str) -> str:
    """The picture without the fonts that it would load from elsewhere."""
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


@contextlib.contextmanager
def fixed_surroundings(home: Path) -> Iterator[None]:
    """A home folder, a time zone and an environment that are the same everywhere."""
    before, tick = dict(os.environ), bars._TICK_SECONDS
    for name in list(os.environ):
        if name.startswith("LLMOPT_") or name == "OLLAMA_HOST":
            del os.environ[name]
    os.environ |= {"HOME": str(home), "USERPROFILE": str(home), "TZ": "UTC"}
    os.environ["LLMOPT_CONFIG_DIR"] = str(home / ".config" / "llmopt-tui")
    bars._TICK_SECONDS = 3600.0
    _use_time_zone()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before
        bars._TICK_SECONDS = tick
        _use_time_zone()


def _use_time_zone() -> None:
    if hasattr(time, "tzset"):
        time.tzset()


def write_all(folder: Path) -> None:
    """Write every picture into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        with tempfile.TemporaryDirectory() as name, fixed_surroundings(Path(name)):
            svg = asyncio.run(draw(picture, Path(name)))
        (folder / f"{picture.name}.svg").write_text(svg, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
