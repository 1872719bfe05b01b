"""Prompts saved as files, and cases that start from them."""

from __future__ import annotations

import pytest

from llmopt_tui.app.prompt_saving import (
    NotSaved,
    free_name,
    name_problem,
    save_prompt,
    start_case_from,
)
from llmopt_tui.core.prompt import Demonstration, Prompt
from tests.app.files import CASE, make_workspace

FULL = Prompt(
    "full",
    'Greet {{name}}\n"""well"""\n',
    description="Ünïcode",
    system="Be kind.",
    demonstrations=(Demonstration({"name": "Ada"}, "hello Ada", "g-1"),),
    instructions="each",
    constrain="late",
    locked=("Greet",),
)


def test_a_saved_prompt_is_read_back_as_it_was(tmp_path):
    workspace = make_workspace(tmp_path)
    assert save_prompt(workspace, FULL) == tmp_path / "prompts" / "full.toml"
    assert workspace.load_prompts().prompts["full"] == FULL


def test_nothing_is_overwritten_unless_it_is_said(tmp_path):
    workspace = make_workspace(tmp_path)
    before = (tmp_path / "prompts" / "greet.toml").read_text()
    changed = Prompt("greet", "Welcome {{name}}.")
    with pytest.raises(NotSaved, match="already"):
        save_prompt(workspace, changed)
    assert (tmp_path / "prompts" / "greet.toml").read_text() == before
    save_prompt(workspace, changed, replace=True)
    assert workspace.load_prompts().prompts["greet"] == changed


@pytest.mark.parametrize("name", ["", " ", ".hidden", "a/b", "..", "con", "näme"])
def test_a_name_that_is_no_file_name_is_refused_with_the_reason(tmp_path, name):
    assert name_problem(name)
    with pytest.raises(NotSaved):
        save_prompt(make_workspace(tmp_path), Prompt(name, "Hello"))
    assert [file.name for file in (tmp_path / "prompts").iterdir()] == ["greet.toml"]


def test_an_empty_prompt_leaves_no_file(tmp_path):
    with pytest.raises(NotSaved, match="empty"):
        save_prompt(make_workspace(tmp_path), Prompt("empty", " "))
    assert not (tmp_path / "prompts" / "empty.toml").exists()


def test_a_free_name_counts_on():
    assert free_name("greet", ["other"]) == "greet"
    assert free_name("greet", ["greet", "greet-2"]) == "greet-3"


def test_a_case_starts_from_the_prompt_and_keeps_all_else(tmp_path):
    commented = CASE.replace('prompt = "greet"', "prompt = 'greet'  # the first one")
    tricky = commented + '\n# prompt = "greet" stays\n'
    workspace = make_workspace(tmp_path, cases={"greet.toml": tricky.replace("\n", "\r\n")})
    save_prompt(workspace, Prompt("other", "Welcome {{name}}."))
    start_case_from(workspace, "greet", "other")
    now = (tmp_path / "cases" / "greet.toml").read_bytes().decode()
    assert now == tricky.replace("'greet'", '"other"').replace("\n", "\r\n")
    (case,) = workspace.load_cases().cases
    assert case.prompt.name == "other"


def test_a_case_whose_line_is_unusual_is_left_alone(tmp_path):
    unusual = CASE.replace('prompt = "greet"', 'prompt = """greet"""')
    workspace = make_workspace(tmp_path, cases={"greet.toml": unusual})
    with pytest.raises(NotSaved, match="yourself"):
        start_case_from(workspace, "greet", "other")
    assert (tmp_path / "cases" / "greet.toml").read_text() == unusual
