import json
from pathlib import Path

import pytest

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.surveys import EndpointSurvey
from llmopt_tui.cli import servers
from llmopt_tui.cli.common import put_table
from llmopt_tui.cli.main import main
from llmopt_tui.core.ports import ModelError
from tests.app.files import CASE, make_workspace
from tests.cli.support import NOBODY, clean_environment, set_environment, simulated_server


@pytest.fixture(scope="module")
def server():
    with simulated_server() as url:
        yield url


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch):
    set_environment(monkeypatch, clean_environment(tmp_path))
    monkeypatch.chdir(tmp_path)


def test_init_says_what_it_created_and_what_it_kept(tmp_path, capsys):
    assert main(["init", "my work"]) == 0
    out = capsys.readouterr().out
    assert "created  cases/skills_extraction.toml" in out
    assert f"--workspace '{tmp_path / 'my work'}'" in out
    assert main(["init", "my work"]) == 0
    out = capsys.readouterr().out
    assert "  created  " not in out
    assert "kept     cases/skills_extraction.toml" in out
    assert main(["cases", "--workspace", "my work"]) == 0


def test_init_where_nothing_can_be_made_is_exit_1(tmp_path, capsys):
    Path("file").write_text("")
    assert main(["init", "file"]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_cases_are_listed_in_columns(tmp_path, capsys):
    make_workspace(tmp_path / "ws")
    assert main(["cases", "--workspace", "ws"]) == 0
    out, err = capsys.readouterr()
    head, row = out.splitlines()
    assert head.split() == ["case", "title", "prompt", "criteria", "train", "validation"]
    assert row.index("greet") == head.index("case")
    assert row.split()[-2:] == ["1", "1"]
    assert err == ""


def test_examples_that_repeat_inputs_are_warned_of(tmp_path, server, capsys):
    make_workspace(tmp_path, cases={"greet.toml": CASE.replace('"Bo"', '" ADA"')})
    shared = "validation shares inputs with train (g-2 = g-1)"
    assert main(["cases"]) == 0
    assert f"warning: greet: {shared}" in capsys.readouterr().err
    assert main(["cases", "--json"]) == 0
    (warning,) = json.loads(capsys.readouterr().out)["warnings"]
    assert warning["case"] == "greet"
    assert warning["message"].startswith(shared)
    code, out = doctor(capsys, "--host", server)
    assert code == 0
    assert f"warn  case greet        {shared}" in out


def test_cases_with_problems_are_exit_2_with_all_of_them(tmp_path, capsys):
    bad = CASE.replace('"greet"', '"bad"', 1).replace("title", "titel")
    make_workspace(tmp_path / "ws", cases={"greet.toml": CASE, "bad.toml": bad})
    assert main(["cases", "--workspace", "ws"]) == 2
    out, err = capsys.readouterr()
    assert "greet" in out
    assert len(err.splitlines()) == 2
    assert main(["cases", "--workspace", "ws", "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert [case["id"] for case in document["cases"]] == ["greet"]
    assert [problem["where"] for problem in document["problems"]] == ["title", "titel"]


def test_cases_of_no_workspace_says_what_to_do(capsys):
    assert main(["cases"]) == 2
    assert "llmopt-tui init" in capsys.readouterr().err


def test_an_empty_cases_folder_is_no_error(tmp_path, capsys):
    make_workspace(tmp_path, cases={})
    assert main(["cases"]) == 0
    assert "no case" in capsys.readouterr().out


def test_models_are_listed_with_their_endpoint(server, capsys):
    assert main(["models", "--host", server]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split()[:3] == ["model", "endpoint", "size"]
    assert "qwen3:latest" in out
    assert main(["models", "--host", server, "--json"]) == 0
    (endpoint,) = json.loads(capsys.readouterr().out)["endpoints"]
    assert endpoint["url"] == server
    assert endpoint["error"] is None
    assert {"gemma3n:latest", "qwen3:latest"} <= {model["name"] for model in endpoint["models"]}


def test_models_without_a_server_are_exit_3(capsys):
    assert main(["models", "--host", NOBODY]) == 3
    assert NOBODY in capsys.readouterr().err
    assert main(["models", "--host", NOBODY, "--json"]) == 3
    (endpoint,) = json.loads(capsys.readouterr().out)["endpoints"]
    assert endpoint["error"]


def test_a_wrong_setting_stops_a_command(capsys):
    Path("llmopt.toml").write_text("interviewr = 'x'")
    assert main(["models"]) == 2
    assert 'llmopt.toml: interviewr: unknown key; did you mean "interviewer"?' in (
        capsys.readouterr().err
    )


class Half(Endpoints):
    """One endpoint answers without a model, the other does not answer."""

    async def survey(self):
        error = ModelError("refused\x1b[31m")
        return [EndpointSurvey("a", "http://a"), EndpointSurvey("b", "http://b", error=error)]


def test_a_server_without_models_says_how_to_get_one(monkeypatch, capsys):
    monkeypatch.setattr(servers, "make_endpoints", lambda settings, _: Half(settings))
    assert main(["models"]) == 2
    assert "llmopt-tui pull" in capsys.readouterr().err


def test_a_table_is_aligned_and_harmless(capsys):
    put_table(("name", "n"), [("a\x1b[31m\nb", "1"), ("long name of it", "22")], right=(1,))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert len({len(line) for line in lines}) == 1
    assert "\x1b" not in "".join(lines)


def doctor(capsys, *arguments: str) -> tuple[int, str]:
    code = main(["doctor", *arguments])
    return code, capsys.readouterr().out


def test_the_doctor_finds_nothing_wrong_where_nothing_is(tmp_path, server, capsys):
    make_workspace(tmp_path)
    code, out = doctor(capsys, "--host", server)
    assert code == 0
    assert "FAIL" not in out
    assert f"{server}, version 0.32.15, has gemma3n:latest" in out
    assert "cases: 1" in out


def test_the_doctor_names_what_is_wrong_and_how_to_mend_it(tmp_path, capsys):
    make_workspace(tmp_path, cases={"greet.toml": "x ="})
    Path("llmopt.toml").write_text("target = 5")
    code, out = doctor(capsys, "--host", NOBODY)
    assert code == 1
    failing = [line.split()[1] for line in out.splitlines() if line.startswith("FAIL")]
    assert failing == ["case", "settings", "server"]
    assert "start it, name another with --host" in out


def test_the_doctor_outside_of_a_workspace_says_how_to_make_one(server, capsys):
    code, out = doctor(capsys, "--host", server)
    assert code == 1
    assert "llmopt-tui init" in out


def test_the_doctor_finds_results_that_cannot_be_written(tmp_path, server, capsys):
    make_workspace(tmp_path)
    (tmp_path / "results").write_text("")
    code, out = doctor(capsys, "--host", server)
    assert code == 1
    assert "FAIL  results" in out
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("tmp")] == []


@pytest.mark.parametrize(
    ("environ", "terminal", "colours"),
    [
        ({"NO_COLOR": "1", "TERM": "xterm"}, True, "none (NO_COLOR is set)"),
        ({"TERM": "xterm"}, False, "none (not a terminal)"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, True, "16 million"),
        ({"TERM": "xterm-256color"}, True, "256"),
        ({"TERM": "xterm"}, True, "16"),
        ({"TERM": "dumb"}, True, "none (TERM is dumb)"),
    ],
)
def test_the_doctor_knows_the_terminals_colours(environ, terminal, colours):
    from llmopt_tui.cli.doctor import terminal_colours

    assert terminal_colours(environ, terminal) == colours
