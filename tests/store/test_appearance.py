"""How the app looked is kept privately, and harms nothing where it cannot be."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path

import pytest

from llmopt_tui.store.appearance import Appearance, AppearanceFile, Panes

PANES = Panes({"left": 0.3, "talk": 0.25}, frozenset({"cases"}), "log")


def test_theme_and_panes_are_kept_apart_and_what_is_unknown_stays(tmp_path: Path) -> None:
    path = tmp_path / "state" / "appearance.json"
    file = AppearanceFile(path)
    assert file.read() == Appearance()
    file.keep_panes(PANES)
    file.keep_theme("nord", "llmopt-light")
    assert file.read() == Appearance("nord", "llmopt-light", PANES)
    path.write_text(json.dumps({**json.loads(path.read_text()), "later": [1]}))
    file.keep_theme("dracula", "")
    assert json.loads(path.read_text())["later"] == [1]
    assert file.read().panes == PANES
    if os.name != "nt":
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 3000, b'{"theme": 3, "panes": [1]}',
        b'{"panes": {"shares": {"left": "x", "talk": NaN, "m": 7}, "hidden": [3, []]}}',
    ],
)  # fmt: skip
def test_a_broken_file_says_nothing_and_is_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "appearance.json"
    path.write_bytes(content)
    file = AppearanceFile(path)
    assert file.read() == Appearance()
    file.keep_panes(PANES)
    assert file.read().panes == PANES


def test_what_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "appearance.json"):
        file = AppearanceFile(path)
        file.keep_theme("nord", "")
        assert file.read() == Appearance()


def _keep(path: Path, theme: str) -> None:
    for _ in range(40):
        AppearanceFile(path).keep_theme(theme, "")
        assert AppearanceFile(path).read().theme in {"nord", "dracula"}


def test_two_processes_at_once_leave_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "appearance.json"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_keep, args=(path, t)) for t in ("nord", "dracula")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert AppearanceFile(path).read().theme in {"nord", "dracula"}
    assert [file.name for file in tmp_path.iterdir()] == ["appearance.json"]
