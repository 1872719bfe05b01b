"""Recorded sessions that many tests look at: written once, copied for each."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.tui_sessions.recordings import events, record, some_sessions


@pytest.fixture(scope="session")
def six_recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of `some_sessions`, to be copied and not to be touched."""
    folder = tmp_path_factory.mktemp("recorded") / "six"
    asyncio.run(some_sessions(folder))
    return folder


@pytest.fixture(scope="session")
def one_recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of one session, a1b2c3d4, to be copied and not to be touched."""
    folder = tmp_path_factory.mktemp("recorded") / "one"
    asyncio.run(record(folder, events("a1b2c3d4")))
    return folder


@pytest.fixture
def six_sessions(six_recorded: Path, tmp_path: Path) -> Path:
    """A results folder with six sessions of several models and ends."""
    return Path(shutil.copytree(six_recorded, tmp_path / "results"))


@pytest.fixture
def one_session(one_recorded: Path, tmp_path: Path) -> Path:
    """A results folder with one session, a1b2c3d4."""
    return Path(shutil.copytree(one_recorded, tmp_path / "results"))
