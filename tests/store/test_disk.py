"""What is asked of the disk beyond files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from llmopt_tui.store import disk


def held_by(readers: int, replace: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
    """`Path.replace` as it is where so many readers have to end first."""
    waiting = iter(range(readers))

    def held(self: Path, target: Path) -> Path:
        if next(waiting, None) is not None:
            raise PermissionError(13, "in use")
        return replace(self, target)

    return held


@pytest.mark.parametrize(("readers", "waited"), [(0, True), (2, True), (3, False)])
def test_a_file_in_use_is_replaced_once_its_readers_have_ended(
    readers: int, waited: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "_ATTEMPTS", 3)
    monkeypatch.setattr(disk, "_PAUSE_SECONDS", 0)
    (tmp_path / "old").write_text("old")
    (tmp_path / "new").write_text("new")
    monkeypatch.setattr(Path, "replace", held_by(readers, Path.replace))
    if waited:
        disk.put_in_place(tmp_path / "new", tmp_path / "old")
        assert (tmp_path / "old").read_text() == "new"
    else:
        with pytest.raises(PermissionError):
            disk.put_in_place(tmp_path / "new", tmp_path / "old")
        assert (tmp_path / "old").read_text() == "old"
        assert (tmp_path / "new").read_text() == "new"
