import asyncio
import json
import signal
import subprocess
from pathlib import Path

import pytest

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.cli import servers
from llmopt_tui.cli.main import main
from llmopt_tui.core.ports import ModelError
from tests.app.files import CASE, make_workspace
from tests.cli.support import (
    NOBODY,
    clean_environment,
    program,
    set_environment,
    simulated_server,
)

FIELDS = {
    "schema_version", "suite_id", "status", "models", "cases", "case_snapshots", "baseline_model",
    "interviewer_model", "settings", "sessions", "rankings", "overall", "against_baseline",
    "transfer", "optimized_prompts", "processing_times", "pareto", "insights", "recommendation",
    "constant_answers", "started_at", "finished_at",
}  # fmt: skip


@pytest.fixture(scope="module")
def server():
    with simulated_server() as url:
        yield url


@pytest.fixture
def environment(tmp_path, monkeypatch):
    environment = clean_environment(tmp_path)
    set_environment(monkeypatch, environment)
    return environment


@pytest.fixture
def workspace(tmp_path, environment):
    second = CASE.replace('"greet"', '"second"', 1)
    return make_workspace(tmp_path / "ws", cases={"greet.toml": CASE, "second.toml": second})


@pytest.fixture
def run(workspace, server):
    """`llmopt-tui run` in process, on the workspace and the simulated server."""
    return lambda *arguments: main(
        ["run", "--workspace", str(workspace.root), "--host", server, *arguments]
    )


def suites(workspace) -> list[Path]:
    return sorted(workspace.results.glob("optimization_suite_*.json"))


def test_json_is_exactly_the_suite_as_stored(run, workspace, capsys):
    code = run("--model", "gemma3n", "--case", "greet", "--json", "--max-iterations", "2")
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert code == 0
    assert document == json.loads(suites(workspace)[0].read_text())
    assert set(document) == FIELDS
    assert document["status"] == "completed"
    assert document["models"] == ["gemma3n:latest"]
    (session,) = document["sessions"]
    assert session["status"] == "completed"
    assert session["stop_reason"]
    assert (workspace.results / session["folder"] / "session_data.json").is_file()
    assert "iteration 1  original  " in err


def test_models_and_cases_are_run_one_after_another(run, workspace, capsys):
    code = run(
        *("--model", "gemma3n", "qwen3", "--case", "greet", "--case", "second"),
        *("--interviewer", "playbook", "--max-iterations", "1", "--model", "GEMMA3N:latest"),
    )
    out, err = capsys.readouterr()
    assert code == 0
    document = json.loads(suites(workspace)[0].read_text())
    assert [(s["model"], s["case"]) for s in document["sessions"]] == [
        ("gemma3n:latest", "greet"),
        ("gemma3n:latest", "second"),
        ("qwen3:latest", "greet"),
        ("qwen3:latest", "second"),
    ]
    assert document["interviewer_model"] == "playbook"
    assert {row["model"] for row in document["rankings"]["second"]} == set(document["models"])
    assert "session 4/4  qwen3:latest × second" in err
    assert [line.split()[:2] for line in out.splitlines()[1:5]] == [
        [session["model"], session["case"]] for session in document["sessions"]
    ]
    assert f"overall: {document['recommendation']['reason']}" in out
    (suite,) = suites(workspace)
    assert out.splitlines()[-2:] == [f"suite   {suite}", f"report  {suite.with_suffix('.md')}"]
    assert suite.with_suffix(".md").read_text().startswith(f"# Suite {document['suite_id']}")


def test_flags_reach_the_loop(run, workspace, capsys):
    code = run(
        *("--model", "gemma3n", "--case", "greet", "--interviewer", "playbook"),
        *("--max-iterations", "1", "--target", "0.5", "--repeats", "2", "--seed", "7"),
        *("--option", "num_ctx=4096", "--option", "stop=END", "--json"),
    )
    assert code == 0
    settings = json.loads(capsys.readouterr().out)["settings"]
    assert (settings["mode"], settings["target"], settings["repeats"]) == ("auto", 0.5, 2)
    assert settings["options"]["seed"] == 7
    assert settings["options"]["num_ctx"] == 4096
    assert settings["options"]["stop"] == ["END"]
    (folder,) = workspace.results.glob("session_*")
    iteration = json.loads((folder / "test_iteration_1.json").read_text())
    assert [run["repeat"] for run in iteration["runs"]].count(2) >= 1


def test_an_explicit_baseline_is_run_too(run, capsys):
    code = run(
        *("--model", "qwen3", "--case", "greet", "--baseline", "gemma3n"),
        *("--max-iterations", "1", "--interviewer", "playbook", "--json"),
    )
    document = json.loads(capsys.readouterr().out)
    assert code == 0
    assert document["baseline_model"] == "gemma3n"
    assert document["models"] == ["gemma3n:latest", "qwen3:latest"]


WRONG = {
    "no model": (["--case", "greet"], "--model is missing"),
    "no case": (["--model", "gemma3n"], '--case is missing; there is "greet", "second"'),
    "unknown case": (
        ["--model", "gemma3n", "--case", "gret"],
        '--case: there is no case "gret"; did you mean "greet"?',
    ),
    "unknown model": (["--model", "gema3n", "--case", "greet"], "gemma3n:latest"),
    "unknown interviewer": (
        ["--model", "gemma3n", "--case", "greet", "--interviewer", "llama3.3"],
        "llama3.2:latest",
    ),
    "unknown baseline": (
        ["--model", "gemma3n", "--case", "greet", "--baseline", "qwen4"],
        "qwen3:latest",
    ),
    "target beyond 1": (
        ["--model", "gemma3n", "--case", "greet", "--target", "95"],
        "command line: --target: must be between 0 and 1, not 95.0",
    ),
    "no number": (
        ["--model", "gemma3n", "--case", "greet", "--max-iterations", "many"],
        'command line: --max-iterations: must be a whole number, not "many"',
    ),
    "unknown option": (
        ["--model", "gemma3n", "--case", "greet", "--option", "temprature=1"],
        'command line: --option temprature: unknown option; did you mean "temperature"?',
    ),
    "option without a value": (
        ["--model", "gemma3n", "--case", "greet", "--option", "seed"],
        '--option: "seed" is not of the form KEY=VALUE',
    ),
    "seed of no number": (
        ["--model", "gemma3n", "--case", "greet", "--seed", "x"],
        'command line: --option seed: must be a whole number, not "x"',
    ),
    "no model file": (
        ["--model", "m", "--case", "greet", "--embedded-model", "nowhere.gguf"],
        "--embedded-model: there is no file",
    ),
    "no host": (
        ["--model", "m", "--case", "greet", "--host", "ftp://x"],
        "command line: --host: A host starts with http:// or https://",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_request_starts_nothing(run, workspace, capsys, arguments, message):
    assert run(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert not workspace.results.exists()


def test_a_model_file_that_is_none_is_a_wrong_request(run, workspace, capsys):
    file = workspace.cases / "greet.toml"
    assert run("--embedded-model", str(file), "--case", "greet") == 2
    assert str(file) in capsys.readouterr().err
    assert not workspace.results.exists()


def test_every_mistake_of_the_flags_is_named_at_once(run, capsys):
    assert run("--model", "x", "--case", "y", "--target", "2", "--repeats", "0") == 2
    err = capsys.readouterr().err
    assert "--target" in err
    assert "--repeats" in err


def test_every_unknown_model_is_named_at_once(run, capsys):
    assert run("--model", "gema3n", "qwen33", "--case", "greet") == 2
    err = capsys.readouterr().err
    assert "gema3n" in err
    assert "qwen33" in err


def test_problems_of_the_asked_case_alone_stop_the_run(run, workspace, capsys):
    (workspace.cases / "second.toml").write_text("x = ")
    assert run("--model", "gemma3n", "--case", "second") == 2
    assert "cases/second.toml: is not valid TOML" in capsys.readouterr().err
    arguments = ("--model", "gemma3n", "--case", "greet", "--max-iterations", "1")
    assert run(*arguments, "--interviewer", "playbook") == 0


def test_a_folder_without_cases_says_how_to_make_some(tmp_path, environment, capsys):
    assert main(["run", "--workspace", str(tmp_path), "--model", "m", "--case", "c"]) == 2
    assert "llmopt-tui init" in capsys.readouterr().err


def test_without_a_server_it_is_exit_3_and_nothing_is_made(workspace, capsys):
    arguments = ["--workspace", str(workspace.root), "--host", NOBODY]
    assert main(["run", *arguments, "--model", "m", "--case", "greet", "--json"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert NOBODY in err
    assert "--embedded" in err
    assert not workspace.results.exists()


class LostServer(Endpoints):
    """Endpoints whose server is gone when the second session is to begin."""

    opened = 0

    async def interviewer_for(self, *args, beside="", **kwargs):
        self.opened += bool(beside)
        if self.opened == 2 and beside:
            raise ModelError("The server is gone\x1b[2J")
        return await super().interviewer_for(*args, beside=beside, **kwargs)


def test_a_session_that_cannot_begin_is_recorded_and_the_others_go_on(
    run, workspace, monkeypatch, capsys
):
    monkeypatch.setattr(
        servers,
        "make_endpoints",
        lambda settings, flags: LostServer(settings),
    )
    code = run(
        *("--model", "gemma3n", "qwen3", "llama3.2", "--case", "greet", "--json"),
        *("--max-iterations", "1", "--interviewer", "playbook"),
    )
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert code == 1
    assert document["status"] == "failed"
    assert [s["status"] for s in document["sessions"]] == ["completed", "failed", "completed"]
    assert document["sessions"][1]["error_message"] == "The server is gone\x1b[2J"
    assert "failed: The server is gone" in err
    assert "\x1b" not in err


def test_results_that_cannot_be_written_are_exit_1_without_a_traceback(run, workspace, capsys):
    workspace.results.write_text("a file where the folder should be")
    assert run("--model", "gemma3n", "--case", "greet", "--interviewer", "playbook") == 1
    err = capsys.readouterr().err
    assert "cannot be written" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_interrupted_run_keeps_everything_and_says_where(workspace, environment, number):
    with simulated_server("--delay", "0.02") as url:
        command = program(
            *("run", "--workspace", workspace.root, "--host", url, "--json"),
            *("--model", "gemma3n", "--case", "greet", "--target", "1"),
        )
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr
        try:
            for line in process.stderr:
                if line.startswith("iteration 1"):
                    break
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    document = json.loads(out)
    assert document == json.loads(suites(workspace)[0].read_text())
    assert document["status"] == "interrupted"
    (session,) = document["sessions"]
    folder = workspace.results / session["folder"]
    assert session["status"] == "interrupted"
    assert str(folder) in err
    assert json.loads((folder / "session_data.json").read_text())["status"] == "interrupted"
    assert (folder / "test_iteration_1.json").is_file()
    assert "Traceback" not in err


def test_an_interrupt_before_anything_started_leaves_nothing(run, workspace, monkeypatch, capsys):
    class Slow(Endpoints):
        async def survey(self):
            signal.raise_signal(signal.SIGINT)
            await asyncio.Event().wait()

    monkeypatch.setattr(servers, "make_endpoints", lambda settings, flags: Slow(settings))
    assert run("--model", "gemma3n", "--case", "greet") == 130
    assert capsys.readouterr().err == "llmopt-tui: interrupted\n"
    assert not workspace.results.exists()


def test_embedded_without_a_model_means_the_embedded_one(workspace, monkeypatch, server, capsys):
    class Embedded(Endpoints):
        """The simulated server in the embedded engine's place."""

        async def start(self, progress=None):
            pass

        async def survey(self):
            surveys = await super().survey()
            (only,) = surveys
            self._surveys = [type(only)(only.name, only.url, only.version, only.models[:1])]
            return self._surveys

    monkeypatch.setattr(
        servers,
        "make_endpoints",
        lambda settings, flags: Embedded(settings, embedded=flags.embedded),
    )
    code = main(
        [
            *("run", "--workspace", str(workspace.root), "--host", server, "--embedded"),
            *("--case", "greet", "--max-iterations", "1", "--json"),
        ]
    )
    document = json.loads(capsys.readouterr().out)
    assert code == 0
    assert document["models"] == ["gemma3n:latest"]
    assert document["interviewer_model"] == "playbook"


@pytest.mark.parametrize(
    ("setting", "flags", "tried"),
    [
        ("", [], None),
        ("", ["--transfer"], []),  # no better prompt was found
        ("transfer = true", [], []),
        ("transfer = true", ["--no-transfer"], None),
    ],
)
def test_prompts_are_tried_on_other_models_where_it_is_asked_for(
    run, workspace, capsys, setting, flags, tried
):
    (workspace.root / "llmopt.toml").write_text(setting)
    models = ("--model", "gemma3n", "qwen3")
    code = run(*models, "--case", "greet", "--json", "--max-iterations", "1", *flags)
    assert code == 0
    assert json.loads(capsys.readouterr().out)["transfer"] == tried


def test_examples_that_cannot_fit_are_named_before_they_are_asked(run, workspace, capsys):
    file = workspace.cases / "greet.toml"
    long = '[[examples]]\nid = "long"\ninputs = { name = "' + "word " * 200 + '" }\n'
    file.write_text(file.read_text() + long)
    run("--model", "gemma3n", "--case", "greet", "--option", "num_ctx=64", "--max-iterations", "1")
    said = capsys.readouterr().err
    named = "cannot fit the context window of 64 tokens and will be scored as failed: long"
    assert named in said
    assert said.index(named) < said.index("iteration 1")


def test_a_second_run_of_the_workspace_takes_its_answers_from_the_cache(
    run, workspace, monkeypatch, capsys
):
    monkeypatch.setenv("LLMOPT_CACHE", "true")
    arguments = ("--model", "gemma3n", "--case", "greet", "--interviewer", "playbook")
    served = []
    for more in ((), (), ("--no-cache",)):
        assert run(*arguments, *more) == 0
        newest = max(workspace.results.glob("session_*"), key=lambda f: f.stat().st_mtime_ns)
        data = json.loads((newest / "session_data.json").read_text())
        served.append((data["totals"]["cached"], data["totals"]["calls"]))
        report = (newest / "optimization_report.md").read_text()
        assert ("came from the cache" in report) == bool(data["totals"]["cached"])
    calls = served[0][1]
    assert calls > 0
    assert served == [(0, calls), (calls, calls), (0, calls)]
    main(["doctor", "--workspace", str(workspace.root), "--host", NOBODY])
    (line,) = [x for x in capsys.readouterr().out.splitlines() if "answer cache" in x]
    assert f"{calls} answers" in line
