import json
from pathlib import Path

import pytest

from llmopt_tui.app.workspace import Workspace
from llmopt_tui.cli.main import main
from tests.cli.support import clean_environment, set_environment

TICKETS = "Subject;Body;Priority\r\n" + "".join(
    f"Printer {n};It prints nothing, see {n};{'low' if n % 2 else 'high'}\r\n" for n in range(10)
)


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch):
    set_environment(monkeypatch, clean_environment(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ws").mkdir()
    monkeypatch.setenv("LLMOPT_WORKSPACE", str(tmp_path / "ws"))
    Path("Tickets 2026.csv").write_bytes(TICKETS.encode("utf-16"))


def written() -> list[str]:
    root = Path("ws")
    return sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())


def test_a_table_becomes_a_case_that_the_workspace_has(capsys):
    assert main(["import", "Tickets 2026.csv", "--train", "0.5", "--seed", "3"]) == 0
    out, err = capsys.readouterr()
    assert "examples  5 train, 5 held out" in out
    assert "Subject -> {{subject}}, Body -> {{body}}" in out
    assert 'guessed: "Priority" holds 2 labels: scored by choice' in err
    assert written() == [
        "cases/tickets_2026.jsonl",
        "cases/tickets_2026.toml",
        "prompts/tickets_2026.toml",
    ]
    loaded = Workspace(Path("ws").absolute()).load_cases()
    assert loaded.problems == ()
    (case,) = loaded.cases
    assert case.prompt.messages(case.examples[0].inputs)[0].content.startswith("Answer with one")
    assert main(["cases"]) == 0


def test_the_same_seed_deals_out_the_same_and_another_does_not(capsys):
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert main(["import", "Tickets 2026.csv", "--case", name, "--seed", seed]) == 0
    files = {name: Path(f"ws/cases/{name}.jsonl").read_text() for name in "abc"}
    assert files["a"] == files["b"] != files["c"]


def test_a_dry_run_writes_nothing_and_json_is_one_document(capsys):
    assert main(["import", "Tickets 2026.csv", "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Would make the case tickets_2026")
    assert "Nothing was written." in err
    assert not Path("ws/cases").exists()
    assert main(["import", "Tickets 2026.csv", "--dry-run", "--json", "--input", "body"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["written"] is False
    assert document["inputs"] == {"Body": "body"}
    assert document["train"] + document["validation"] == 10
    assert document["left_out"] == [
        'the column "Subject" is not taken over; --input "Subject" makes it an input'
    ]
    assert not Path("ws/cases").exists()


def test_nothing_is_overwritten_without_force(capsys):
    assert main(["import", "Tickets 2026.csv", "--case", "t"]) == 0
    before = Path("ws/cases/t.jsonl").read_text()
    assert main(["import", "Tickets 2026.csv", "--case", "t", "--seed", "9"]) == 2
    assert "there already" in capsys.readouterr().err
    assert Path("ws/cases/t.jsonl").read_text() == before
    assert main(["import", "Tickets 2026.csv", "--case", "t", "--seed", "9", "--force"]) == 0
    assert Path("ws/cases/t.jsonl").read_text() != before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.csv"], "there is no such file"),
        (["Tickets 2026.csv", "--train", "0"], "share above 0"),
        (["Tickets 2026.csv", "--train", "1.5"], "share above 0"),
        (["Tickets 2026.csv", "--seed", "x"], "--seed"),
        (["Tickets 2026.csv", "--case", "../x"], 'try "x"'),
        (["Tickets 2026.csv", "--case", "con"], "cannot be the name"),
        (["Tickets 2026.csv", "--expected", "Prioritty"], 'did you mean "Priority"'),
        (["Tickets 2026.csv", "--encoding", "no"], 'no encoding "no"'),
        (["bad.jsonl"], "the same in 299 lines"),
    ],
)
def test_a_wrong_request_is_exit_2_in_a_few_lines_and_writes_nothing(arguments, said, capsys):
    Path("bad.jsonl").write_text('{"a": 1 "b"}\n' * 300)
    assert main(["import", *arguments]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) <= 2
    assert written() == []


def test_what_is_said_of_a_nasty_file_is_harmless(capsys):
    rows = [{"q\x1b[2J": f"{n}\x1b]0;t\x07", "answer": "[red]x", "\x9b31m": 1} for n in range(3)]
    Path("nasty.json").write_text(json.dumps(rows))
    assert main(["import", "nasty.json"]) == 0
    out, err = capsys.readouterr()
    assert not {"\x1b", "\x9b", "\x07"} & set(out + err)
    assert b"\x1b" not in Path("ws/cases/nasty.jsonl").read_bytes()


def test_a_workspace_that_cannot_be_written_is_exit_1(capsys):
    Path("ws/cases").write_text("a file")
    assert main(["import", "Tickets 2026.csv"]) == 1
    assert "cannot be written" in capsys.readouterr().err
