"""`show`, `report`, `export` and `rebuild` of a session whose winner has demonstrations."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from llmopt_tui.cli.main import main
from llmopt_tui.config.prompt_files import read_prompt_file
from llmopt_tui.store.writer import SessionWriter
from tests.cli.support import clean_environment, set_environment
from tests.raced import raced_events


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a raced session in a workspace, which is the current directory."""
    set_environment(monkeypatch, clean_environment(tmp_path))
    monkeypatch.chdir(tmp_path)

    async def keep() -> Path:
        writer = SessionWriter.create(tmp_path / "results", "a1b2c3d4", "gemma3n:latest")
        for event in raced_events():
            await writer.keep(event)
        await writer.close()
        return writer.folder

    return asyncio.run(keep())


def test_the_winners_demonstrations_are_shown(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", "a1b2c3d4"]) == 0
    shown = capsys.readouterr().out
    assert "With 1 demonstration as earlier turns of the chat" in shown
    assert "demonstration 1, of example se-002:" in shown
    assert "  posting: We look for a cook." in shown
    assert '  answer: {"skills": ["cooking"]}' in shown


def test_what_is_kept_is_what_is_rebuilt(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = {file.name: file.read_bytes() for file in folder.iterdir()}
    for name in kept:
        if name != "events.jsonl":
            (folder / name).unlink()
    assert main(["rebuild", "a1b2c3d4"]) == 0
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == kept
    data = json.loads(kept["session_data.json"])
    assert data["best_variant"]["demonstrations"][0]["answer"] == '{"skills": ["cooking"]}'


def test_the_best_prompt_is_loaded_as_a_persons_own(folder: Path) -> None:
    found = read_prompt_file((folder / "best_prompt.toml").read_bytes(), "skills_extraction")
    assert found.faults == ()
    assert found.prompt is not None
    assert found.prompt.demonstrations[0].example_id == "se-002"
