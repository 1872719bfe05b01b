"""`serve`: the app in a browser, on the loopback address alone."""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from llmopt_tui.cli import serve
from llmopt_tui.cli.main import main
from llmopt_tui.config.flags import StartFlags
from tests.app.files import make_workspace
from tests.cli.support import clean_environment, program


@pytest.fixture
def workspace(tmp_path: Path):
    return make_workspace(tmp_path / "ws")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def test_the_app_is_served_on_the_loopback_address_alone(workspace, tmp_path: Path) -> None:
    pytest.importorskip("textual_serve")
    port = free_port()
    command = program("serve", "--workspace", workspace.root, "--port", port)
    environment = clean_environment(tmp_path)
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            assert f"http://127.0.0.1:{port}" in process.stderr.readline()
            page = _page(port)
            assert "llmopt-tui" in page
            listening = Path("/proc/net/tcp")
            if listening.exists():
                hosts = re.findall(
                    rf"([0-9A-F]{{8}}):{port:04X} 00000000:0000 0A", listening.read_text()
                )
                assert hosts == ["0100007F"]
        finally:
            process.terminate()


def _page(port: int) -> str:
    """The page, as soon as somebody gives it."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/")
    give_up = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.read().decode()
        except urllib.error.URLError:
            if time.monotonic() > give_up:
                raise


def test_a_port_that_is_taken_is_said(workspace, capsys) -> None:
    pytest.importorskip("textual_serve")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--workspace", str(workspace.root), "--port", str(port)]) == 1
    assert f"port {port} cannot be used" in capsys.readouterr().err


def test_no_port_is_a_wrong_request(workspace, capsys) -> None:
    pytest.importorskip("textual_serve")
    assert main(["serve", "--workspace", str(workspace.root), "--port", "99999"]) == 2
    assert "is no port" in capsys.readouterr().err


def test_without_the_package_it_says_how_to_get_it(workspace, capsys, monkeypatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["serve", "--workspace", str(workspace.root)]) == 2
    assert "pip install textual-serve" in capsys.readouterr().err


def test_nothing_in_a_flag_reaches_the_shell(tmp_path: Path) -> None:
    nasty = "; touch /tmp/x $(id) `id` 'q' \"d\""
    flags = StartFlags(
        workspace=tmp_path / nasty, host=nasty, embedded=False, embedded_model=None, debug=False
    )
    assert shlex.split(serve.command(flags))[3:] == [
        "--workspace", str(tmp_path / nasty), "--host", nasty,
    ]  # fmt: skip
