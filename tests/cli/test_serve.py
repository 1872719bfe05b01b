"""`serve`: what the command refuses, and the command line that it starts the app with."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from llmopt_tui.cli import serve
from llmopt_tui.cli.main import main
from llmopt_tui.config.flags import StartFlags
from tests.app.files import make_workspace


@pytest.fixture
def workspace(tmp_path: Path):
    return make_workspace(tmp_path / "ws")


def test_a_port_that_is_taken_is_said(workspace, capsys) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--workspace", str(workspace.root), "--port", str(port)]) == 1
    assert f"port {port} cannot be used" in capsys.readouterr().err


def test_no_port_is_a_wrong_request(workspace, capsys) -> None:
    assert main(["serve", "--workspace", str(workspace.root), "--port", "99999"]) == 2
    assert "is no port" in capsys.readouterr().err


def test_without_the_package_it_says_how_to_get_it(workspace, capsys, monkeypatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["serve", "--workspace", str(workspace.root)]) == 2
    assert "textual-serve" in capsys.readouterr().err


def test_the_app_gets_every_flag_as_it_is(tmp_path: Path) -> None:
    nasty = "; touch /tmp/x $(id) `id` 'q' \"d\""
    flags = StartFlags(tmp_path / nasty, nasty, True, tmp_path / "m.gguf", True)
    assert serve.command(flags) == [
        *(sys.executable, "-P", "-m", "llmopt_tui"),
        *("--workspace", str(tmp_path / nasty), "--host", nasty),
        *("--embedded-model", str(tmp_path / "m.gguf"), "--debug"),
    ]
