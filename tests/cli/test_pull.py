"""`llmopt-tui pull`: against a scripted server, and with downloads that break."""

from __future__ import annotations

import io
import signal
import subprocess
from collections.abc import AsyncGenerator

import pytest

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.surveys import EndpointSurvey
from llmopt_tui.cli import servers
from llmopt_tui.cli.main import main
from llmopt_tui.cli.pull import PlainPull, PullLine
from llmopt_tui.llm.errors import ModelMissing, ServerUnreachable, TruncatedStream
from llmopt_tui.state.pulling import Pull
from tests.cli.support import (
    NOBODY,
    clean_environment,
    program,
    set_environment,
    simulated_server,
)
from tests.nasty import NASTY
from tests.tui_widgets.screen_text import obeyed

GB = 1_000_000_000
WITHOUT = ("--without", "gemma3n:latest", "--without", "qwen3:latest")


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch):
    environment = clean_environment(tmp_path)
    set_environment(monkeypatch, environment)
    monkeypatch.chdir(tmp_path)
    return environment


def test_models_are_pulled_in_plain_lines_and_then_there(capsys):
    with simulated_server(*WITHOUT) as server:
        assert main(["pull", "qwen3", "gemma3n", "qwen3", "--host", server]) == 0
        out, err = capsys.readouterr()
        lines = err.splitlines()
        assert out == ""
        assert [line for line in lines if line.endswith("installed")] == [
            "qwen3: installed",
            "gemma3n: installed",
        ]
        assert "qwen3: checking it" in lines
        assert "\x1b" not in err
        assert main(["models", "--host", server]) == 0
        assert "qwen3:latest" in capsys.readouterr().out
        assert main(["pull", "nobody", "qwen3", "--host", server]) == 2
        err = capsys.readouterr().err
        assert "llmopt-tui: nobody was not pulled: The server finds no such model" in err
        assert err.endswith("qwen3: installed\n")


def test_an_interrupt_says_how_to_go_on(environment):
    with simulated_server(*WITHOUT, "--delay", "0.2") as server:
        command = program("pull", "qwen3", "gemma3n", "--host", server)
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        assert process.stderr
        try:
            assert process.stderr.readline() == "qwen3: looking it up\n"
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 130
    assert err.endswith("what came is kept. Resume with: llmopt-tui pull qwen3 gemma3n\n")
    assert "Traceback" not in err


class Breaking(Endpoints):
    """Its downloads end as told."""

    ends: dict[str, Exception | None]

    async def survey(self):
        return [EndpointSurvey("a", "http://a", can_pull=True)]

    async def pull(self, model: str) -> AsyncGenerator[Pull, None]:
        yield Pull(model, 0.0).after("pulling aa", "aa", 5 * GB, GB, at=0.0)
        if error := self.ends[model]:
            raise error


@pytest.mark.parametrize(
    ("ends", "code"),
    [
        ([TruncatedStream("It broke\x1b[31m")], 1),
        ([ModelMissing(), TruncatedStream("It broke"), None], 1),
        ([TruncatedStream("It broke"), ServerUnreachable()], 3),
    ],
)
def test_what_breaks_is_said_and_the_worst_is_the_exit_code(monkeypatch, capsys, ends, code):
    def make(settings, flags):
        endpoints = Breaking(settings)
        endpoints.ends = {f"m{n}": error for n, error in enumerate(ends)}
        return endpoints

    monkeypatch.setattr(servers, "make_endpoints", make)
    assert main(["pull", *(f"m{n}" for n in range(len(ends)))]) == code
    err = capsys.readouterr().err
    assert "was not pulled: It broke" in err
    assert "\x1b" not in err
    assert ("m2: installed" in err) == (None in ends)


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["qwen3", "--host", NOBODY], 3, "Start the server"),
        (["qwen3", "--embedded"], 2, "the embedded engine pulls nothing"),
        ([], 2, "MODEL"),
    ],
)
def test_what_cannot_be_pulled_from_is_said(capsys, arguments, code, complaint):
    assert main(["pull", *arguments]) == code
    assert complaint in capsys.readouterr().err


class Time:
    """A monotonic clock that stands until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def course(model: str = "m") -> list[tuple[float, Pull]]:
    """A download of 5 GB in 50 s, a step each tenth of a second, then checked and installed."""
    pull, steps = Pull(model, 0.0), []
    for n in range(501):
        pull = pull.after("pulling aa", "aa", 5 * GB, n * GB // 100, at=n / 10)
        steps.append((n / 10, pull))
    for n, status in enumerate(("verifying sha256 digest", "writing manifest", "success")):
        steps.append((51.0 + n, pull.after(status, "", None, 0, at=51.0 + n)))
    return steps


def test_a_log_gets_a_line_for_each_tenth_and_each_stage():
    stream, time = io.StringIO(), Time()
    follow = PlainPull(stream, time)
    for time.now, pull in course():
        follow(pull)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "m: 0.0 of 5.0 GB"
    assert lines[5] == "m: 2.5 of 5.0 GB, 100 MB/s, 25 s left"
    assert lines[10:] == ["m: 5.0 of 5.0 GB, 100 MB/s", "m: checking it", "m: installing it"]


def test_a_terminal_gets_one_line_with_a_bar_that_passes_time(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    stream, time = io.StringIO(), Time()
    line = PullLine(stream, time)
    steps = course()
    for time.now, pull in steps[:251]:
        line(pull)
    drawn = stream.getvalue().split("\r\x1b[K")
    assert "\n" not in stream.getvalue()
    assert drawn[-1] == "m [##########----------] 2.5 of 5.0 GB 100 MB/s 25 s left"
    time.now, pull = steps[501]
    line(pull)
    time.now += 12
    line.draw()
    assert stream.getvalue().endswith("m [####################] checking it 12 s")
    line.close()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_names_and_states_are_inert(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    for nasty in NASTY:
        pull = Pull(nasty, 0.0).after(nasty, "", None, 0, at=0.0)
        plain, bar = io.StringIO(), io.StringIO()
        PlainPull(plain, Time())(pull)
        line = PullLine(bar, Time())
        line(pull)
        line.draw()
        assert not obeyed(plain.getvalue())
        assert not obeyed(bar.getvalue().replace("\r\x1b[K", ""))
