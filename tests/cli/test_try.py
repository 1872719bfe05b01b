import io
import json
import sys

import pytest

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.cli.main import main
from llmopt_tui.cli.try_ import _Printer
from llmopt_tui.core.ports import Delta, ModelInfo, Reply, Retrying
from tests.app.files import CASE, PROMPT, make_workspace
from tests.cli.support import NOBODY, clean_environment, set_environment, simulated_server

PAIR = PROMPT.replace('"greet"', '"pair"').replace("{{name}}", "{{name}} in {{tongue}}")
PLAIN = PROMPT.replace('"greet"', '"plain"').replace("{{name}}", "everybody")


@pytest.fixture(scope="module")
def server():
    with simulated_server() as url:
        yield url


@pytest.fixture
def attempt(tmp_path, monkeypatch, server):
    """`llmopt-tui try` in process, with a text on standard input."""
    set_environment(monkeypatch, clean_environment(tmp_path))
    make_workspace(
        tmp_path / "ws",
        cases={"greet.toml": CASE, "bad.toml": CASE},
        prompts={
            "greet.toml": PROMPT,
            "pair.toml": PAIR,
            "plain.toml": PLAIN,
            "torn.toml": "name = ",
        },
    )

    def run(*arguments: str, given: str = "", host: str = server) -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        flags = ("--workspace", str(tmp_path / "ws"), "--host", host)
        return main(["try", *flags, *arguments])

    return run


def test_an_example_is_answered_and_scored(attempt, capsys):
    model = ("--model", "gemma3n")
    assert attempt("--prompt", "greet", *model, "--case", "greet", "--example", "g-2") == 0
    out, err = capsys.readouterr()
    assert out.strip()
    assert out.endswith("\n")
    *criteria, last = err.splitlines()
    assert [line.split()[1] for line in criteria] == ["contains:", "length:"]
    assert last.startswith("score 0.")
    assert "gemma3n:latest" in last
    assert "tokens/s" in last


def test_json_is_one_document_as_a_run_is_kept(attempt, capsys):
    assert attempt("--model", "gemma3n", "--case", "greet", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["prompt"] == document["case"] == "greet"
    assert document["example_id"] == "g-1"
    assert document["inputs"] == {"name": "Ada"}
    assert document["messages"] == [{"role": "user", "content": "Greet Ada."}]
    assert document["success"] is True
    assert 0 <= document["score"] <= 1
    assert [found["kind"] for found in document["criteria"]] == ["contains", "length"]
    assert document["metrics"]["tokens_per_second"] > 0


def test_a_text_goes_into_the_only_placeholder(attempt, capsys):
    model = ("--model", "gemma3n", "--json")
    assert attempt("--prompt", "greet", *model, given="Ada {{name}}\nLovelace\n") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["messages"][0]["content"] == "Greet Ada {{name}}\nLovelace."
    assert document["score"] is None
    assert document["criteria"] == []
    assert attempt("--prompt", "plain", *model) == 0
    assert json.loads(capsys.readouterr().out)["messages"][0]["content"] == "Greet everybody."


def test_several_placeholders_want_an_object(attempt, capsys):
    model = ("--model", "gemma3n", "--json")
    given = json.dumps({"name": "Ada", "tongue": "Latin"})
    assert attempt("--prompt", "pair", *model, given=given) == 0
    content = json.loads(capsys.readouterr().out)["messages"][0]["content"]
    assert content == "Greet Ada in Latin."
    for wrong, said in (
        ("Ada", '{"name": "...", "tongue": "..."}'),
        ('{"name": "Ada", "tonge": "x"}', 'did you mean "tonge"'),
        ('{"name": "Ada", "tongue": 3}', '"tongue" must be text'),
    ):
        assert attempt("--prompt", "pair", *model, given=wrong) == 2
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--prompt", "greet"], "--model is missing"),
        (["--model", "gemma3n"], "--prompt is missing"),
        (["--model", "gemma3n", "--prompt", "gret"], 'did you mean "greet"'),
        (["--model", "gemma3n", "--prompt", "torn"], "prompts/torn.toml: is not valid TOML"),
        (["--model", "gemma3n", "--case", "gret"], 'did you mean "greet"'),
        (["--model", "gemma3n", "--case", "bad"], "cases/bad.toml"),
        (["--model", "gemma3n", "--case", "greet", "--example", "g-3"], 'did you mean "g-'),
        (["--model", "gemma3n", "--prompt", "greet", "--example", "g-1"], "goes with --case"),
        (["--model", "gemma3n", "--prompt", "pair", "--case", "greet"], 'no "tongue"'),
        (["--model", "gemma3n", "--prompt", "greet"], "is empty"),
        (["--model", "gemma33n", "--case", "greet"], "did you mean gemma3n:latest"),
    ],
)
def test_a_wrong_request_is_exit_2(attempt, arguments, said, capsys):
    assert attempt(*arguments) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert out == ""


def test_no_server_is_exit_3(attempt, capsys):
    assert attempt("--model", "gemma3n", "--case", "greet", host=NOBODY) == 3
    assert NOBODY in capsys.readouterr().err


class Failing:
    """A client whose model fails after a few words."""

    endpoint = "test"

    def dropped(self, options):
        return ()

    async def chat(self, request, tell):
        from llmopt_tui.core.ports import ModelError

        tell(Delta("Half an"))
        error = ModelError("the model stopped", partial=Reply("Half an"))
        error.blame = "model"
        raise error


def test_a_model_that_fails_is_exit_1_with_what_came(attempt, monkeypatch, capsys):
    async def find(self, model, endpoint=""):
        return Failing(), ModelInfo("m"), ""

    monkeypatch.setattr(Endpoints, "find", find)
    assert attempt("--model", "m", "--case", "greet") == 1
    out, err = capsys.readouterr()
    assert out == "Half an\n"
    assert "no answer: the model stopped" in err
    assert "score" not in err
    assert attempt("--model", "m", "--case", "greet", "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["success"], document["score"]) == (False, None)


def test_pieces_are_printed_as_they_come_and_harmless(capsys):
    printer = _Printer(quiet=False)
    for text in ("one\r", "\ntwo\x1b[2J", "\r", "three"):
        printer.hear(Delta(text))
    printer.hear(Delta("", "a thought"))
    printer.hear(Delta("", "another"))
    printer.hear(Retrying(2, 0.0, "it went away"))
    printer.hear(Delta("again\n"))
    printer.end()
    out, err = capsys.readouterr()
    assert out == "one\ntwo␛[2J␍three\nagain\n"
    assert "it went away" in err
    assert err.count("thinking") == 1
    quiet = _Printer(quiet=True)
    quiet.hear(Delta("text", "a thought"))
    quiet.end()
    assert capsys.readouterr() == ("", "")
