import json
import shutil

import pytest

from llmopt_tui.cli.main import main
from tests.app.files import make_workspace
from tests.cli.support import clean_environment, set_environment, simulated_server


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A workspace with one finished suite of two sessions; its results are only read."""
    root = tmp_path_factory.mktemp("recorded")
    make_workspace(root / "ws")
    with pytest.MonkeyPatch.context() as patch, simulated_server() as url:
        set_environment(patch, clean_environment(root))
        code = main(
            [
                *("run", "--workspace", str(root / "ws"), "--host", url, "--case", "greet"),
                *("--model", "gemma3n", "qwen3", "--max-iterations", "2"),
            ]
        )
    assert code == 0
    return root / "ws"


@pytest.fixture
def workspace(recorded, tmp_path, monkeypatch, capsys):
    set_environment(monkeypatch, clean_environment(tmp_path))
    shutil.copytree(recorded, tmp_path / "ws")
    monkeypatch.chdir(tmp_path / "ws")
    capsys.readouterr()
    return tmp_path / "ws"


@pytest.fixture
def suite(workspace) -> dict:
    (file,) = workspace.glob("results/optimization_suite_*.json")
    return json.loads(file.read_text())


@pytest.fixture
def session(suite) -> dict:
    return suite["sessions"][0]


def test_sessions_are_listed(suite, capsys):
    assert main(["sessions"]) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert {row.split()[0] for row in rows} == {s["session_id"] for s in suite["sessions"]}
    assert main(["sessions", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["sessions"]
    assert {s["model"] for s in listed} == {"gemma3n:latest", "qwen3:latest"}


@pytest.mark.parametrize(
    ("text", "count"), [("QWEN3", 1), ("greeting", 2), ("greet ada", 2), ("zebra", 0)]
)
def test_sessions_can_be_searched_by_name_and_text(workspace, capsys, text, count):
    assert main(["sessions", "--search", text, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["sessions"]) == count


def test_a_search_says_where_and_names_suites_apart(workspace, suite, capsys):
    for _ in range(2):  # without an index, and with it
        assert main(["sessions", "--search", "greet ada", "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert all("reet" in s["snippet"] for s in document["sessions"])
        assert {s["suite_id"] for s in document["sessions"]} == {suite["suite_id"]}
        assert document["suites"] == []
    assert (workspace / "results" / ".index.sqlite").exists()
    assert main(["sessions", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [s["session_id"] for s in document["suites"]] == [suite["suite_id"]]
    assert len(document["sessions"]) == 2


def test_an_empty_list_says_what_to_do(tmp_path, monkeypatch, capsys):
    set_environment(monkeypatch, clean_environment(tmp_path))
    assert main(["sessions", "--workspace", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "llmopt-tui run" in err


def test_a_session_is_shown_by_the_beginning_of_its_id(session, capsys):
    assert main(["show", session["session_id"][:6]]) == 0
    out = capsys.readouterr().out
    assert session["session_id"] in out
    assert "The best prompt, from iteration" in out
    assert "{{name}}" in out


def test_a_session_is_shown_as_stored(workspace, session, capsys):
    assert main(["show", session["session_id"], "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    folder = workspace / "results" / session["folder"]
    assert document == json.loads((folder / "session_data.json").read_text())


def test_a_suite_is_shown(suite, capsys):
    assert main(["show", suite["suite_id"]]) == 0
    out = capsys.readouterr().out
    for session in suite["sessions"]:
        assert session["session_id"] in out
    for ranked in suite["rankings"]["greet"]:
        assert f"{ranked['score']:.2f}" in out
    (choice,) = suite["recommendation"]["cases"]
    assert choice["reason"] in out
    assert choice["prompt_file"] in out
    assert main(["show", suite["suite_id"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == suite


@pytest.mark.parametrize("identity", ["zzzz", "", "../..", "*", "session_"])
def test_an_id_of_nothing_is_a_wrong_request_that_names_what_there_is(suite, capsys, identity):
    for command in ("show", "report", "rebuild"):
        assert main([command, identity]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert any(session["session_id"] in err for session in suite["sessions"])


def test_a_report_is_written_and_printed(workspace, session, capsys):
    file = workspace / "results" / session["folder"] / "optimization_report.md"
    before = file.read_text()
    file.unlink()
    assert main(["report", session["session_id"]]) == 0
    assert capsys.readouterr().out.rstrip() == before.rstrip()
    assert file.read_text() == before


def test_a_report_of_a_suite_is_written_and_printed(workspace, suite, capsys):
    (file,) = workspace.glob("results/optimization_suite_*.md")
    before = file.read_text()
    file.unlink()
    assert main(["report", suite["suite_id"]]) == 0
    assert capsys.readouterr().out.rstrip() == before.rstrip()
    assert file.read_text() == before


def test_a_session_is_rebuilt_from_its_journal(workspace, session, capsys):
    folder = workspace / "results" / session["folder"]
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    for file in folder.iterdir():
        if file.name != "events.jsonl":
            file.unlink()
    assert main(["rebuild", session["session_id"]]) == 0
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_session_that_lies_outside_is_not_rebuilt(workspace, session, tmp_path_factory, capsys):
    folder = workspace / "results" / session["folder"]
    outside = folder.rename(tmp_path_factory.mktemp("elsewhere") / folder.name)
    folder.symlink_to(outside, target_is_directory=True)
    (outside / "session_data.json").unlink()
    assert main(["rebuild", session["session_id"]]) == 2
    assert str(outside) in capsys.readouterr().err
    assert not (outside / "session_data.json").exists()


@pytest.mark.parametrize("damage", [None, b"", b"nonsense\n"])
def test_a_session_without_a_readable_journal_is_exit_1(workspace, session, capsys, damage):
    journal = workspace / "results" / session["folder"] / "events.jsonl"
    journal.unlink() if damage is None else journal.write_bytes(damage)
    assert main(["show", session["session_id"]]) == 1
    err = capsys.readouterr().err
    assert "journal" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("damage", [b"{", b"[]", b"\xff"])
def test_a_damaged_suite_is_exit_1(workspace, suite, capsys, damage):
    (file,) = workspace.glob("results/optimization_suite_*.json")
    file.write_bytes(damage)
    assert main(["show", suite["suite_id"]]) == 1
    assert file.name in capsys.readouterr().err


def test_a_suite_with_odd_content_is_shown_as_far_as_it_goes(workspace, suite, capsys):
    (file,) = workspace.glob("results/optimization_suite_*.json")
    file.write_text(json.dumps({"suite_id": "\x1b[2J", "sessions": [5, {"model": None}]}))
    assert main(["show", suite["suite_id"]]) == 0
    assert "\x1b" not in capsys.readouterr().out
