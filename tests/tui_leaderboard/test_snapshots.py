"""How the Leaderboard looks: the last word after the tests on what it does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot

from llmopt_tui.state.time_left import Estimate
from llmopt_tui.tui.screens.leaderboard import LeaderboardScreen
from tests import suites
from tests.tui_sessions.host import Host, until
from tests.tui_widgets.screen_text import screen_text

SIZES = [(80, 24), (120, 40), (200, 60)]
Compare = Callable[..., bool]

pytestmark = pytest.mark.parametrize("size", SIZES)


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def ready(*keys: str, text: str) -> Callable[[Pilot[Any]], Any]:
    async def before(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: isinstance(pilot.app.screen, LeaderboardScreen))
        screen = pilot.app.screen
        assert isinstance(screen, LeaderboardScreen)
        await until(pilot, lambda: screen.board.cells)
        await pilot.press(*keys)
        await until(pilot, lambda: text in " ".join(screen_text(pilot.app).split()))

    return before


def test_over_all_cases(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    suites.write(tmp_path, suites.suite())
    app = Host(lambda: LeaderboardScreen(tmp_path))
    before = ready(text="share the first place")
    assert snap_compare(app, terminal_size=size, run_before=before)


def test_one_case_with_a_winner(
    snap_compare: Compare, tmp_path: Path, size: tuple[int, int]
) -> None:
    suites.write(tmp_path, suites.suite())
    app = Host(lambda: LeaderboardScreen(tmp_path))
    before = ready("right", text="beyond noise")
    assert snap_compare(app, terminal_size=size, run_before=before)


def test_while_it_runs(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    file = suites.write(tmp_path, suites.running())
    app = Host(lambda: LeaderboardScreen(tmp_path, running(file)))
    before = ready("2", text="left 45:12")
    assert snap_compare(app, terminal_size=size, run_before=before)


def test_plots(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    suites.write(tmp_path, suites.suite(cases=suites.CASES[:1]))
    app = Host(lambda: LeaderboardScreen(tmp_path))
    before = ready("3", text="Score over iterations")
    assert snap_compare(app, terminal_size=size, run_before=before)


def test_transfer(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    suites.write(tmp_path, suites.with_transfer(suites.suite()))
    app = Host(lambda: LeaderboardScreen(tmp_path))
    before = ready("right", "6", "right", text="of its own")
    assert snap_compare(app, terminal_size=size, run_before=before)


def running(file: Path, waiting: int = 0) -> Any:
    """What the screen asks of a controller that runs this suite."""
    found = Estimate(20, 704, 1096, 3800.0, 5000.0, (), (3900.0, 6400.0))
    plan = SimpleNamespace(suite_id="e5f6a7b8")
    suite = SimpleNamespace(file=file, plan=plan, members=(), transfers=())
    left = SimpleNamespace(of=lambda suite: found, seconds=lambda suite: 2712.0)
    return SimpleNamespace(
        running=True,
        suite=suite,
        time_left=left,
        mode="manual",
        transfer=False,
        paused=False,
        held_up=False,
        stopping=False,
        waiting=[object()] * waiting,
    )
