from __future__ import annotations

import csv
import io
import json
import shutil
import tomllib
from xml.etree import ElementTree

import pytest

from llmopt_tui.cli.main import main
from llmopt_tui.config.prompt_files import read_prompt_file
from tests.app.files import CASE, PROMPT, make_workspace
from tests.cli.support import clean_environment, set_environment, simulated_server
from tests.reports.pages import read_page


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A workspace with a suite of two models on one case, and one on two cases."""
    root = tmp_path_factory.mktemp("recorded")
    make_workspace(
        root / "ws",
        cases={"greet.toml": CASE, "farewell.toml": CASE.replace('"greet"', '"farewell"')},
        prompts={"greet.toml": PROMPT, "farewell.toml": PROMPT.replace('"greet"', '"farewell"')},
    )
    with pytest.MonkeyPatch.context() as patch, simulated_server() as url:
        set_environment(patch, clean_environment(root))
        run = ["run", "--workspace", str(root / "ws"), "--host", url, "--max-iterations", "2"]
        assert main([*run, "--model", "gemma3n", "qwen3", "--case", "greet"]) == 0
        assert main([*run, "--model", "gemma3n", "--case", "greet", "farewell"]) == 0
    return root / "ws"


@pytest.fixture
def workspace(recorded, tmp_path, monkeypatch, capfd):
    set_environment(monkeypatch, clean_environment(tmp_path))
    shutil.copytree(recorded, tmp_path / "ws")
    monkeypatch.chdir(tmp_path / "ws")
    capfd.readouterr()
    return tmp_path / "ws"


@pytest.fixture
def suites(workspace) -> dict[int, dict]:
    """The suites by how many cases they have."""
    files = workspace.glob("results/optimization_suite_*.json")
    return {len(suite["cases"]): suite for suite in map(json.loads, map(_read, files))}


def _read(file) -> str:
    return file.read_text("utf-8")


@pytest.fixture
def session(suites) -> str:
    return suites[1]["sessions"][0]["session_id"]


def test_the_prompt_goes_to_standard_output_as_the_file_would_hold_it(session, workspace, capfd):
    assert main(["export", session, "--to", "toml"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    (folder,) = workspace.glob(f"results/session_{session}_*")
    assert out.encode() == (folder / "best_prompt.toml").read_bytes()
    found = read_prompt_file(out.encode(), "greet")
    assert found.faults == ()


@pytest.mark.parametrize("to", ["json", "csv", "html", "modelfile", "promptfoo", "python", "toml"])
def test_every_form_goes_into_a_file_as_well(session, workspace, capfd, to):
    assert main(["export", session, "--to", to]) == 0
    printed = capfd.readouterr().out
    assert main(["export", session, "--to", to, "-o", "out"]) == 0
    assert capfd.readouterr().err == "written to out\n"
    assert (workspace / "out").read_bytes().decode() == printed
    if to in ("json", "promptfoo"):
        assert json.loads(printed)


def test_nothing_is_overwritten_without_force(session, workspace, capfd):
    (workspace / "out.toml").write_text("mine")
    assert main(["export", session, "--to", "toml", "-o", "out.toml"]) == 2
    assert "out.toml exists" in capfd.readouterr().err
    assert (workspace / "out.toml").read_text() == "mine"
    assert main(["export", session, "--to", "toml", "-o", "out.toml", "--force"]) == 0
    assert tomllib.loads((workspace / "out.toml").read_text())["name"] == "greet"


def test_the_report_has_its_plots_beside_it(session, workspace, capfd):
    (workspace / "out").mkdir()
    plot = workspace / "out" / "r_iterations.svg"
    plot.write_text("mine")
    assert main(["export", session, "--to", "markdown", "-o", "out/r.md"]) == 2
    assert [file.name for file in (workspace / "out").iterdir()] == ["r_iterations.svg"]
    plot.unlink()
    assert main(["export", session, "--to", "markdown", "-o", "out/r.md"]) == 0
    assert "](<r_iterations.svg>)" in _read(workspace / "out" / "r.md")
    assert ElementTree.fromstring(_read(plot)).tag.endswith("svg")
    capfd.readouterr()
    assert main(["export", session, "--to", "markdown"]) == 0
    out, err = capfd.readouterr()
    assert "![" not in out
    assert "-o FILE.md" in err


def test_what_cannot_be_written_is_said(session, workspace, capfd):
    assert main(["export", session, "--to", "csv", "-o", "no/such/folder.csv"]) == 1
    assert "no/such/folder.csv cannot be written" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--to", "tolm"], 'did you mean "toml"?'),
        ([], "--to"),
        (["--to", "csv", "--name", "x"], "--name is for --to ollama"),
        (["--to", "ollama"], "--name NAME"),
        (["--to", "ollama", "--name", " "], "--name NAME"),
        (["--to", "ollama", "--name", "x", "-o", "y"], "no file"),
        (["--to", "csv", "--case", "greet"], "choose within a suite"),
    ],
)
def test_a_wrong_request_is_refused(session, capfd, arguments, complaint):
    assert main(["export", session, *arguments]) == 2
    assert complaint in capfd.readouterr().err


def test_a_session_without_a_score_has_no_prompt(session, workspace, capfd):
    (folder,) = workspace.glob(f"results/session_{session}_*")
    journal = folder / "events.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:3]))
    assert main(["export", session, "--to", "python"]) == 1
    assert "no prompt of this session has a score yet" in capfd.readouterr().err
    assert main(["export", session, "--to", "json"]) == 0
    assert json.loads(capfd.readouterr().out)["status"] == "interrupted"


# Suites


def test_tables_and_documents_hold_the_whole_suite(suites, capfd):
    suite = suites[1]
    assert main(["export", suite["suite_id"], "--to", "csv"]) == 0
    table = capfd.readouterr().out.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    assert {row["session"] for row in rows} == {s["session_id"] for s in suite["sessions"]}
    assert {row["split"] for row in rows} == {"train", "validation"}
    assert main(["export", suite["suite_id"], "--to", "json"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert document["suite"] == suite
    assert [s["session_id"] for s in document["sessions"]] == [
        s["session_id"] for s in suite["sessions"]
    ]


def test_the_page_of_a_suite_holds_its_sessions_and_that_of_a_session_one(suites, capfd):
    suite = suites[1]
    assert main(["export", suite["suite_id"], "--to", "html"]) == 0
    page = read_page(capfd.readouterr().out)
    assert [node.text for node in page.all("h1")] == [f"Suite {suite['suite_id']}"]
    models = [node.text.rpartition(": ")[2] for node in page.all("a")]
    assert models == [session["model"] for session in suite["sessions"]]
    assert main(["export", suite["suite_id"], "--to", "html", "--model", "qwen3"]) == 0
    page = read_page(capfd.readouterr().out)
    assert [node.text for node in page.all("h1")] == ["Greeting with qwen3:latest"]


def test_the_report_of_a_suite_is_the_one_beside_its_document(suites, workspace, capfd):
    suite_id = suites[1]["suite_id"]
    report = workspace / "results" / f"optimization_suite_{suite_id}.md"
    report.write_text("# Ranking\n", "utf-8")
    assert main(["export", suite_id, "--to", "markdown"]) == 0
    assert capfd.readouterr().out == "# Ranking\n"
    report.unlink()
    assert main(["export", suite_id, "--to", "markdown"]) == 0
    assert capfd.readouterr().out.startswith("# Greeting with ")


def test_a_session_that_is_gone_is_left_out(suites, workspace, capfd):
    gone, kept = suites[1]["sessions"]
    shutil.rmtree(workspace / "results" / gone["folder"])
    assert main(["export", suites[1]["suite_id"], "--to", "json"]) == 0
    out, err = capfd.readouterr()
    assert [s["session_id"] for s in json.loads(out)["sessions"]] == [kept["session_id"]]
    assert err.startswith("left out: ")


def provenance(capfd) -> dict:
    return tomllib.loads(capfd.readouterr().out)["provenance"]


def test_of_one_case_the_recommended_session_is_taken(suites, workspace, capfd):
    suite_id = suites[1]["suite_id"]
    first, second = suites[1]["sessions"]
    file = workspace / "results" / f"optimization_suite_{suite_id}.json"
    for chosen in (first, second):
        recommendation = {"cases": [{"case": "greet", "session_id": chosen["session_id"]}]}
        file.write_text(json.dumps(suites[1] | {"recommendation": recommendation}))
        assert main(["export", suite_id, "--to", "toml"]) == 0
        assert provenance(capfd)["session_id"] == chosen["session_id"]
    rows = [first | {"best_score": 0.25}, second | {"best_score": 0.5}]
    file.write_text(json.dumps(suites[1] | {"recommendation": None, "sessions": rows}))
    assert main(["export", suite_id, "--to", "toml"]) == 0
    assert provenance(capfd)["session_id"] == second["session_id"]


def test_a_session_of_a_suite_is_chosen_by_case_and_model(suites, capfd):
    two_models, two_cases = suites[1]["suite_id"], suites[2]["suite_id"]
    assert main(["export", two_models, "--to", "toml", "--model", "qwen3"]) == 0
    assert provenance(capfd)["model"] == "qwen3:latest"
    assert main(["export", two_cases, "--to", "toml", "--case", "farewell"]) == 0
    assert provenance(capfd)["case"] == "farewell"
    assert main(["export", two_cases, "--to", "toml"]) == 2
    complaint = capfd.readouterr().err
    for row in suites[2]["sessions"]:
        assert f"{row['session_id']}: --case {row['case']} --model gemma3n:latest" in complaint
    assert main(["export", two_cases, "--to", "toml", "--case", "gret"]) == 2
    assert "--case farewell --model gemma3n:latest" in capfd.readouterr().err


def test_the_names_that_a_document_holds_never_become_paths(suites, workspace, capfd):
    suite_id = suites[1]["suite_id"]
    file = workspace / "results" / f"optimization_suite_{suite_id}.json"
    rows = [
        row | {"folder": "../../ws/results/" + row["folder"]} for row in suites[1]["sessions"][:1]
    ]
    file.write_text(json.dumps(suites[1] | {"sessions": rows}))
    assert main(["export", suite_id, "--to", "toml"]) == 2
    assert "no session" in capfd.readouterr().err


# Models


@pytest.fixture
def host():
    with simulated_server() as url:
        yield url


def test_a_model_is_made_once_and_never_again(session, host, capfd):
    make = ["export", session, "--to", "ollama", "--name", "greeter", "--host", host]
    assert main(make) == 0
    out, err = capfd.readouterr()
    assert "success" in err
    assert "made greeter of gemma3n:latest" in out
    assert "num_predict 50" in out
    assert "The prompt has placeholders ({{name}})" in out
    assert main(["models", "--host", host]) == 0
    assert "greeter:latest" in capfd.readouterr().out
    assert main(make) == 2
    assert "has a model greeter already" in capfd.readouterr().err


def test_another_model_of_the_same_name_is_told(session, workspace, host, capfd):
    (folder,) = workspace.glob(f"results/session_{session}_*")
    digest = json.loads(_read(folder / "session_data.json"))["model"]["digest"]
    journal = folder / "events.jsonl"
    journal.write_text(_read(journal).replace(digest, "f" * 64), "utf-8")
    assert main(["export", session, "--to", "ollama", "--name", "g", "--host", host]) == 0
    assert f"is not the model it was (digest {digest[:12]}, then ffff" in capfd.readouterr().err


def test_a_model_is_made_of_one_that_is_there(session, capfd):
    with simulated_server("--without", "gemma3n:latest") as url:
        code = main(["export", session, "--to", "ollama", "--name", "g", "--host", url])
    assert code == 2
    assert "no endpoint has the model" in capfd.readouterr().err
    code = main(["export", session, "--to", "ollama", "--name", "g", "--host", "127.0.0.1:1"])
    assert code == 3
