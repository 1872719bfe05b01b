"""A past session's journal is read once, as long as it does not change."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmopt_tui.store import sessions
from llmopt_tui.store.journal import FILE_NAME
from llmopt_tui.tui import past
from llmopt_tui.tui.screens.recorded import RecordedScreen
from llmopt_tui.tui.screens.sessions import SessionsScreen
from llmopt_tui.tui.session_view import SessionView
from llmopt_tui.tui.widgets.row_table import RowTable
from tests.tui_sessions.host import Host, until
from tests.tui_sessions.recordings import some_sessions


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that are read, one after another, from an empty memory."""
    folders: list[Path] = []
    load = sessions.load_session

    def counted(folder: Path) -> sessions.LoadedSession:
        folders.append(folder)
        return load(folder)

    monkeypatch.setattr(sessions, "load_session", counted)
    past._read.cache_clear()
    return folders


async def test_what_was_previewed_is_opened_from_memory(tmp_path: Path, read: list[Path]) -> None:
    await some_sessions(tmp_path)
    app = Host(lambda: SessionsScreen(tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.screen.query_one(RowTable).row_count == 6)
        await until(pilot, lambda: read)
        screen = app.screen
        assert isinstance(screen, SessionsScreen)
        await until(pilot, screen.copyable)
        folders = list(read)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecordedScreen))
        await until(pilot, lambda: app.screen.query_one(SessionView).state)
        assert read == folders


async def test_a_journal_that_grew_is_read_again(tmp_path: Path, read: list[Path]) -> None:
    await some_sessions(tmp_path)
    (folder,) = tmp_path.glob("session_a1b2c3d4*")  # noqa: ASYNC240
    first = past.load(folder)
    assert past.load(folder) is first
    journal = folder / FILE_NAME
    journal.write_bytes(journal.read_bytes() + b"torn")
    assert past.load(folder) is not first
    assert len(read) == 2


def test_a_missing_journal_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="events"):
        past.load(tmp_path)
