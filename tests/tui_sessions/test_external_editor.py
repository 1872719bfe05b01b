"""The person's own editor: found, started without a shell, its text taken over."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from textual.app import App

from llmopt_tui.tui.external_editor import EditorError, edit_outside, editor_command


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> App[Any]:
    app: App[Any] = App()
    monkeypatch.setattr(app, "suspend", nullcontext)
    return app


def script(tmp_path: Path, body: str) -> str:
    """An editor that runs this on the file's path, `path`."""
    file = tmp_path / "my editor.py"
    file.write_text(f"import sys, pathlib\npath = pathlib.Path(sys.argv[-1])\n{body}\n")
    return f"'{sys.executable}' '{file}' --wait"


def test_visual_comes_before_editor_and_may_have_arguments() -> None:
    assert editor_command({"VISUAL": "code -w 'a b'", "EDITOR": "vi"}) == ["code", "-w", "a b"]
    assert editor_command({"VISUAL": "  ", "EDITOR": "vi"}) == ["vi"]


@pytest.mark.parametrize("environment", [{}, {"EDITOR": "vi 'unclosed"}])
def test_no_usable_editor_is_said(environment: dict[str, str]) -> None:
    with pytest.raises(EditorError):
        editor_command(environment)


async def test_the_text_comes_back_as_the_editor_left_it(app: App[Any], tmp_path: Path) -> None:
    log = tmp_path / "log"
    editor = script(
        tmp_path,
        f"text = path.read_text(encoding='utf-8')\n"
        f"pathlib.Path({str(log)!r}).write_text(f'{{path.stat().st_mode}} {{path}}')\n"
        f"path.write_text(text + ' and äöü\\n', encoding='utf-8')",
    )
    text = await edit_outside(app, "before; $(touch x) {{posting}}", {"EDITOR": editor})
    assert text == "before; $(touch x) {{posting}} and äöü"
    mode, name = log.read_text().split(" ", 1)
    assert stat.S_IMODE(int(mode)) == 0o600
    assert Path(name).name not in os.listdir(Path(name).parent)  # noqa: PTH208


@pytest.mark.parametrize(
    ("body", "message"),
    [("sys.exit(3)", "ended with code 3"), ("path.unlink()", "No such file")],
)
async def test_an_editor_that_fails_is_said(
    app: App[Any], tmp_path: Path, body: str, message: str
) -> None:
    with pytest.raises(EditorError, match=message):
        await edit_outside(app, "text", {"EDITOR": script(tmp_path, body)})


async def test_an_editor_that_does_not_exist_is_said(app: App[Any]) -> None:
    with pytest.raises(EditorError, match="could not be started"):
        await edit_outside(app, "text", {"EDITOR": "no-such-editor-anywhere"})


async def test_a_terminal_that_cannot_be_lent_is_said() -> None:
    app: App[Any] = App()
    async with app.run_test():
        with pytest.raises(EditorError, match="cannot be handed over"):
            await edit_outside(app, "text", {"EDITOR": "true"})
