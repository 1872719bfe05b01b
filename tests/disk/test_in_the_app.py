"""The disk fails under the app: one notice says it, nothing stays locked, the run goes on later."""

from __future__ import annotations

import asyncio
import errno
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.config.settings import Settings
from llmopt_tui.store.lock import owner_of
from llmopt_tui.tui.notices import Notice
from tests.disk.stage import Disk, Program, at_call, half_written, remove
from tests.tui.harness import Stage, until

ONE = ("--model", "gemma3n", "--case", "greet", "--max-iterations", "2")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    return Program(tmp_path, monkeypatch)


async def run_in_the_app(program: Program, disturb: Callable[[], object]) -> str:
    """Run the first model on the first case, disturbed. Returns the notice that is shown."""
    stage = Stage(program.workspace.root)
    settings = Settings(mode="auto", max_iterations=2)
    stage.workspace = program.workspace  # type: ignore[assignment]
    stage.endpoints = Endpoints(settings)  # type: ignore[assignment]
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await stage.ready(pilot)
        disturb()
        await pilot.press("space", "tab", "space", "ctrl+r")
        await until(pilot, lambda: stage.workbench.query(Notice))
        controller = stage.app.controller
        assert controller is not None
        await until(pilot, lambda: not controller.running)
        assert [owner_of(folder) for folder in program.folders] == [None] * len(program.folders)
        assert list(program.results.glob(".*.lock")) == []
        (notice,) = stage.workbench.query(Notice)
        return notice.text


@pytest.mark.parametrize("moment", [1, 8, 105])
def test_a_disk_that_fills_up(moment: int, program: Program, tmp_path: Path, monkeypatch) -> None:
    with pytest.MonkeyPatch.context() as patch:
        whole = Program(tmp_path / "whole", patch)
        assert whole("run", *ONE) == 0
    disk = Disk(monkeypatch)

    def disturb() -> None:
        disk.count, disk.fail_at = 0, moment

    text = asyncio.run(run_in_the_app(program, disturb))
    found = re.fullmatch(
        r"/\S+ cannot be written: No space left on device\. Free some space and "
        r"(resume with: llmopt-tui (resume [0-9a-f]{8})|run it again)",
        text,
    )
    assert found, text
    assert list(half_written(program.results)) == []
    disk.fail_at = None
    assert program(*(found[2].split() if found[2] else ("run", *ONE))) == 0
    assert program.outcome() == whole.outcome()


async def test_results_that_cannot_be_written(program: Program, monkeypatch) -> None:
    disk = Disk(monkeypatch, errno.EROFS)

    def disturb() -> None:
        disk.count, disk.fail_at = 0, 1

    assert await run_in_the_app(program, disturb) == (
        f"{program.results} cannot be written: Read-only file system. "
        "Make it writable and run it again"
    )


async def test_a_file_where_the_results_should_be(program: Program) -> None:
    text = await run_in_the_app(program, lambda: program.results.write_text("mine"))
    assert text.endswith("Move away what is in its place and run it again")


async def test_results_that_go_away(program: Program) -> None:
    def disturb() -> None:
        at_call(program, 3, lambda: remove(program.results))

    text = await run_in_the_app(program, disturb)
    assert "No such file or directory. Let nothing remove it and run it again" in text
