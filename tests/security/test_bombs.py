"""Files that would exhaust a careless reader: said as what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llmopt_tui.cli.main import main
from tests.app.files import CASE, PROMPT, make_workspace
from tests.cli.support import clean_environment, set_environment

DEEP = 50_000
BOMBS = {
    "arrays": f"x = {'[' * DEEP}{']' * DEEP}\n",
    "arrays that end": f"x = {'[' * 300}{']' * 300}\n",
    "tables": "x = " + "{a=" * DEEP + "1" + "}" * DEEP + "\n",
    "dotted keys": ".".join("a" * 1_500) + " = 1\n",
    "a header": "[" + ".".join("a" * 5_000) + "]\n",
    "a number": f"x = {'9' * 100_000}\n",
    "an exponent": "x = 1e999999999\n",
    "a date": "x = 9999-12-31T23:59:59+23:59\n",
    "a string": 'x = "' + "\\u0041" * 100_000 + '"\n',
    "no end": 'x = """' + "a" * 1_000_000,
}
bombs = pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, clean_environment(tmp_path))


def wrong(root: Path, capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """What a command says of a workspace that is wrong."""
    assert main([*(command or ["cases"]), "--workspace", str(root)]) == 2
    err = capsys.readouterr().err
    assert "mistake in the program" not in err
    assert all(len(line) < 500 for line in err.splitlines())
    return err


@bombs
def test_case_prompt_and_settings_files(bomb: str, tmp_path: Path, capsys) -> None:
    workspace = make_workspace(
        tmp_path / "ws",
        cases={"greet.toml": CASE, "bomb.toml": f"{bomb}\n{CASE}", "more.toml": f"{CASE}\n{bomb}"},
        prompts={"greet.toml": PROMPT, "bomb.toml": bomb + PROMPT},
    )
    err = wrong(workspace.root, capsys)
    for file in ("cases/bomb.toml", "cases/more.toml", "prompts/bomb.toml"):
        assert file in err
    assert "cases/greet.toml" not in err
    workspace.settings_file.write_text(bomb)
    assert "llmopt.toml" in wrong(workspace.root, capsys, "run", "--model", "m", "--case", "greet")


@pytest.mark.parametrize("depth", [40, 300, 100_000])
@pytest.mark.parametrize("ends", ["[]", "{}"], ids=["lists", "objects"])
def test_examples_and_schemas(depth: int, ends: str, tmp_path: Path, capsys) -> None:
    opening = '{"a":' if ends == "{}" else "["
    deep = opening * depth + ('{"a":1}' if ends == "{}" else "[]") + ends[1] * depth
    example = {"id": "b", "inputs": {"name": "Bo"}, "expected": "@"}
    line = json.dumps(example).replace('"@"', f'{{"x": {deep}}}')
    files = {
        "lines.toml": CASE.replace('"greet"', '"lines"', 1).replace(
            "\n[output]", 'examples_file = "lines.jsonl"\n\n[output]'
        ),
        "lines.jsonl": line,
        "shape.toml": CASE.replace('"greet"', '"shape"', 1).replace('"text"', '"shape.json"'),
        "shape.json": f'{{"properties": {{"x": {{"const": {deep}}}}}}}',
    }
    workspace = make_workspace(tmp_path / "ws", cases=files)
    err = wrong(workspace.root, capsys)
    assert "cases/lines.jsonl" in err
    assert "shape.json" in err
    assert err.count("nested too deeply") == 2


def test_a_file_of_examples_that_is_too_large_is_not_read(tmp_path: Path, capsys) -> None:
    case = CASE.replace('"greet"', '"lines"', 1).replace(
        "\n[output]", 'examples_file = "lines.jsonl"\n\n[output]'
    )
    workspace = make_workspace(tmp_path / "ws", cases={"lines.toml": case, "lines.jsonl": ""})
    with (workspace.root / "cases" / "lines.jsonl").open("wb") as file:
        file.truncate(300 * 2**20)  # holes take no room on the disk
    err = wrong(workspace.root, capsys)
    assert "lines.jsonl" in err
    assert "holds 300 MB, more than the 64 MB that are read" in err
