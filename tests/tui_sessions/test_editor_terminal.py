"""In a real terminal, the person's editor has it to itself and the program lives on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

pexpect = pytest.importorskip("pexpect")
pytestmark = pytest.mark.terminal

EDITOR = """
import pathlib, sys, time
path = pathlib.Path(sys.argv[-1])
print("EDITOR BEGINS")
time.sleep(1)  # as long as fifty frames
word = input("a word: ")
path.write_text(path.read_text() + " " + word)
print("EDITOR ENDS")
"""
CTRL_O, CTRL_S, CTRL_C, ESCAPE = "\x0f", "\x13", "\x03", "\x1b"


@pytest.fixture
def terminal(tmp_path: Path):
    script = tmp_path / "editor.py"
    script.write_text(EDITOR)
    environment = {
        **{name: value for name, value in os.environ.items() if name != "VISUAL"},
        "EDITOR": f"'{sys.executable}' '{script}'",
        "TERM": "xterm-256color",
    }
    child = pexpect.spawn(
        sys.executable,
        ["-m", "tests.tui_sessions.editor_program"],
        cwd=str(Path(__file__).parents[2]),
        env=environment,
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=20,
    )
    child.expect("placeholders")
    yield child
    child.close(force=True)


def test_nothing_is_drawn_over_the_editor_and_its_text_comes_back(terminal) -> None:
    terminal.send(CTRL_O)
    terminal.expect("EDITOR BEGINS")
    terminal.sendline("please")
    terminal.expect("EDITOR ENDS")
    assert ESCAPE not in terminal.before
    assert "TICK" not in terminal.before
    terminal.expect("please")
    terminal.send(CTRL_S)
    terminal.expect("RESULT Say {{x}}. please")


def test_an_interrupt_ends_the_editor_and_not_the_program(terminal) -> None:
    terminal.send(CTRL_O)
    terminal.expect("a word: ")
    terminal.send(CTRL_C)
    terminal.expect("ended with code")
    terminal.send(CTRL_S)
    terminal.expect("RESULT Say {{x}}.")
