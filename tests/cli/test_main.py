import subprocess
import sys
import types

import pytest

from llmopt_tui import __version__
from llmopt_tui.cli import cases, main
from llmopt_tui.config.flags import StartFlags
from tests.app.files import make_workspace
from tests.cli.support import clean_environment, program, set_environment


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch):
    environment = clean_environment(tmp_path)
    set_environment(monkeypatch, environment)
    monkeypatch.chdir(tmp_path)
    return environment


def test_version_and_help_answer_on_standard_output(capsys):
    assert main.main(["--version"]) == 0
    assert capsys.readouterr().out == f"llmopt-tui {__version__}\n"
    assert main.main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in ("init", "models", "cases", "run", "sessions", "show", "report", "doctor"):
        assert f"\n    {command} " in text
    assert "exit codes:" in text


@pytest.mark.parametrize(
    "command", ["init", "models", "cases", "run", "sessions", "show", "report", "rebuild", "doctor"]
)
def test_every_command_has_help_with_the_common_flags(capsys, command):
    assert main.main([command, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: llmopt-tui {command}")
    assert "--workspace DIR" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rum"], 'command: there is no "rum"; did you mean "run"? See llmopt-tui --help'),
        (["zzz"], 'command: there is no "zzz"; there is "init", "models", '),
        (["--wrkspace", "x"], 'unknown flag "--wrkspace"; did you mean "--workspace"?'),
        (["run", "--modle", "x"], 'unknown flag "--modle"; did you mean "--model"? See llmopt-tui'),
        (["run", "--max-iteration=3"], 'unknown flag "--max-iteration"; did you mean "--max-iter'),
        (["cases", "extra"], 'unexpected argument "extra". See llmopt-tui cases --help'),
        (["show"], "the following arguments are required: ID. See llmopt-tui show --help"),
        (["cases", "--workspace"], "argument --workspace: expected one argument"),
        (["cases", "--workspace", "nowhere"], "nowhere is not a folder. Make a workspace: "),
        (["cases", "--js"], 'unknown flag "--js"; did you mean "--json"?'),
        (["show", "x\x1b[31m", "\x9b"], "unexpected argument"),
    ],
)
def test_a_wrong_command_line_is_one_clear_line_and_exit_2(capsys, arguments, message):
    assert main.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.startswith("llmopt-tui: ")
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_common_flags_stand_before_or_after_the_command(tmp_path, capsys):
    make_workspace(tmp_path / "ws")
    assert main.main(["--workspace", str(tmp_path / "ws"), "cases"]) == 0
    before = capsys.readouterr().out
    assert main.main(["cases", "--workspace", str(tmp_path / "ws")]) == 0
    assert capsys.readouterr().out == before


def failing(error: BaseException):
    def run(args):
        raise error

    return run


def test_a_mistake_in_the_program_is_no_traceback(monkeypatch, capsys):
    monkeypatch.setattr(cases, "run", failing(KeyError("\x1b[31mx")))
    assert main.main(["cases"]) == 1
    err = capsys.readouterr().err
    assert "unexpected KeyError" in err
    assert "--debug" in err
    assert "Traceback" not in err
    assert "\x1b" not in err


def test_debug_shows_the_traceback(monkeypatch, capsys):
    monkeypatch.setattr(cases, "run", failing(KeyError("x")))
    assert main.main(["cases", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_is_exit_130(monkeypatch, capsys):
    monkeypatch.setattr(cases, "run", failing(KeyboardInterrupt()))
    assert main.main(["cases"]) == 130
    assert capsys.readouterr().err == "llmopt-tui: interrupted\n"


# Writes only once the pipe has no reader any more.
_AFTER_THE_READER = """
import select, sys
poll = select.poll()
poll.register(1, 0)
poll.poll(10_000)
from llmopt_tui.cli.main import main
sys.exit(main())
"""


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_away_is_no_error_text(tmp_path, environment, unbuffered):
    make_workspace(tmp_path / "ws")
    script = tmp_path / "script.py"
    script.write_text(_AFTER_THE_READER)
    pipeline = f"{sys.executable} {script} --workspace {tmp_path / 'ws'} cases | true"
    done = subprocess.run(
        ["bash", "-c", f"{pipeline}; echo ${{PIPESTATUS[0]}}"],
        env=environment | {"PYTHONUNBUFFERED": unbuffered},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_a_terminal_without_unicode_gets_numbers_instead_of_an_error(tmp_path, environment):
    make_workspace(tmp_path / "é")
    done = subprocess.run(
        program("init", tmp_path / "é"),
        env=environment | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "\\xe9" in done.stdout


@pytest.fixture
def started(monkeypatch):
    """What the app was started with."""
    seen: list[object] = []
    module = types.ModuleType("llmopt_tui.tui.app")

    def run_app(*given):
        seen.extend(given)
        return types.SimpleNamespace(exit_code=0, resume_id="a1b2c3d4")

    module.run_app = run_app  # type: ignore
    monkeypatch.setitem(sys.modules, "llmopt_tui.tui.app", module)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    return seen


def test_without_a_command_the_app_starts_with_the_flags(tmp_path, started):
    model = tmp_path / "m.gguf"
    model.write_text("")
    assert main.main(["--host", "box", "--embedded-model", str(model)]) == 0
    workspace, flags = started
    assert workspace.root == tmp_path
    assert flags == StartFlags(tmp_path, host="box", embedded=True, embedded_model=model)
    assert flags.settings == {"host": "box"}


def test_leaving_the_app_in_a_run_says_how_to_resume(started, monkeypatch, capsys):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    code = main.main([])
    said = capsys.readouterr().err
    assert "llmopt-tui resume a1b2c3d4" in said
    assert code == 0


def test_a_model_file_that_is_not_there_is_a_wrong_request(started, capsys):
    assert main.main(["--embedded-model", "nowhere.gguf"]) == 2
    assert "--embedded-model: there is no file" in capsys.readouterr().err
    assert started == []


def test_without_a_terminal_the_app_says_what_to_use_instead(started, monkeypatch, capsys):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert main.main([]) == 2
    assert "llmopt-tui run" in capsys.readouterr().err
    assert started == []


def test_the_way_to_the_app_imports_nothing_heavy(environment):
    code = """
import sys, types
app = types.ModuleType("llmopt_tui.tui.app")
def run_app(workspace, flags):
    heavy = {"pydantic", "httpx", "asyncio", "textual", "rich", "jsonschema", "numpy",
             "platformdirs", "rapidfuzz", "json_repair", "tomllib", "llmopt_tui.core.scoring"}
    print(sorted(heavy & sys.modules.keys()))
    return types.SimpleNamespace(exit_code=0, resume_id="")
app.run_app = run_app
sys.modules["llmopt_tui.tui.app"] = app
sys.stdin.isatty = sys.stderr.isatty = lambda: True
from llmopt_tui.cli.main import main
sys.exit(main([]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("[]\n", "", 0)
