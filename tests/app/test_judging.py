"""Judges as a run asks for them: which model, and what is refused before anything starts."""

from __future__ import annotations

import pytest

from llmopt_tui.cli.main import main
from tests.app.files import CASE, make_workspace
from tests.cli.support import clean_environment, set_environment, simulated_server

JUDGED = CASE.replace(
    'kind = "contains"\nvalues = ["hello"]',
    'kind = "judge"\nrubric = "Friendly, and says the name."\nMORE',
)


@pytest.fixture(scope="module")
def server():
    with simulated_server() as url:
        yield url


@pytest.fixture
def run(tmp_path, monkeypatch, server):
    """`llmopt-tui run` on a case whose judge has these parameters."""
    set_environment(monkeypatch, clean_environment(tmp_path))

    def start(more: str, *arguments: str) -> int:
        case = JUDGED.replace("MORE", more)
        root = make_workspace(tmp_path / "ws", cases={"greet.toml": case}).root
        common = ("--workspace", str(root), "--host", server, "--case", "greet")
        return main(["run", *common, "--model", "gemma3n", *arguments])

    return start


@pytest.mark.parametrize(
    ("more", "interviewer", "says"),
    [
        ("", "playbook", "names no model"),
        ('model = "gemma3n"', "playbook", "same_model = true"),
        ("", "gemma3n", "would judge its own answers"),
        ('model = "nobody:1b"', "playbook", "greet, judge: no endpoint has the model"),
    ],
)
def test_a_judge_that_cannot_be_is_refused_before_anything_starts(
    run, capsys, tmp_path, more, interviewer, says
):
    assert run(more, "--interviewer", interviewer) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "ws" / "results").exists()


def test_a_server_that_has_to_load_two_models_in_turn_is_told_of_once(run, capsys):
    # The simulated models know nothing of judging, so the session fails and says whose fault it is.
    assert run('model = "qwen3"', "--interviewer", "playbook") == 1
    err = capsys.readouterr().err
    assert err.count("loads the two in turn") == 1
    assert "the judge failed on the answer to g-1" in err
