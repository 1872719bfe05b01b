"""What the command line does otherwise on Windows, as far as it can be seen elsewhere."""

from __future__ import annotations

import errno
import io

import pytest

from llmopt_tui.cli import main
from llmopt_tui.cli.changing_line import cleared, redrawn


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)


@pytest.mark.usefixtures("windows")
def test_a_line_is_taken_away_without_escape_sequences() -> None:
    assert cleared() == f"\r{' ' * 19}\r"
    assert redrawn("x" * 50).removeprefix(cleared()).startswith("x")
    assert len(redrawn("x" * 50).removeprefix(cleared())) == 19


@pytest.mark.usefixtures("windows")
def test_pipes_and_files_carry_utf_8_whatever_the_code_page(monkeypatch) -> None:
    out, err = (io.TextIOWrapper(io.BytesIO(), "cp1252") for _ in range(2))
    typed = io.TextIOWrapper(io.BytesIO("naïve 試験".encode()), "cp1252")
    for name, stream in (("stdin", typed), ("stdout", out), ("stderr", err)):
        monkeypatch.setattr(f"sys.{name}", stream)
    main._make_streams_safe()
    assert typed.read() == "naïve 試験"
    out.write("試験")
    out.flush()
    assert out.buffer.getvalue() == "試験".encode()


@pytest.mark.usefixtures("windows")
def test_a_pager_that_was_closed_is_no_mistake_in_the_program() -> None:
    assert main._reader_has_gone(OSError(errno.EINVAL, "Invalid argument"))
    assert not main._reader_has_gone(OSError(errno.EINVAL, "Invalid argument", "a:b"))
    assert not main._reader_has_gone(OSError(errno.ENOSPC, "full"))
