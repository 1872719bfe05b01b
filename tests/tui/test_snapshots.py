"""How the Workbench looks: the last word after the tests on what it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from llmopt_tui.llm.errors import ServerUnreachable
from llmopt_tui.tui.panes.start_panel import StartPanel
from tests.tui.harness import Stage, text_of, until

SIZES = [(80, 24), (120, 40)]
Compare = Callable[..., bool]

pytestmark = pytest.mark.parametrize("size", SIZES)


def test_ready(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    stage = Stage(tmp_path)

    async def before(pilot: Pilot[None]) -> None:
        await stage.ready(pilot)
        if size[0] > 100:
            panel = stage.workbench.query_one(StartPanel)
            await until(pilot, lambda: "Pick a model" in text_of(panel))

    assert snap_compare(stage.app, terminal_size=size, run_before=before)


def test_a_suggestion_waits(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    stage = Stage(tmp_path)

    async def before(pilot: Pilot[None]) -> None:
        await stage.run(pilot)
        await stage.deciding(pilot)
        await until(pilot, lambda: "reject" in text_of(stage.card))
        await until(pilot, lambda: "waiting for you" in text_of(stage.workbench))

    assert snap_compare(stage.app, terminal_size=size, run_before=before)


def test_no_server(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    stage = Stage(tmp_path, down=ServerUnreachable())

    async def before(pilot: Pilot[None]) -> None:
        await stage.up(pilot)
        panel = stage.workbench.query_one(StartPanel)
        await until(pilot, lambda: "Browse" in text_of(panel))

    assert snap_compare(stage.app, terminal_size=size, run_before=before)
