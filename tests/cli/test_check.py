"""`check`: a winner run again on a server that answers as before, or no more."""

import asyncio
import json
import shutil
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from llmopt_tui.cli.main import main
from tests.app.files import CASE, make_workspace
from tests.cli.support import NOBODY, clean_environment, set_environment
from tests.fakes.ollama import FakeOllama
from tests.fakes.simulated import Chat, SimulatedModel, interviewer

NAMES = ["Ada", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal", "Ida", "Jo", "Kim", "Lea"]
EXAMPLES = "\n".join(
    f'[[examples]]\nid = "{split[0]}-{i}"\nsplit = "{split}"\ninputs = {{ name = "{name}" }}\n'
    for split in ("train", "validation")
    for i, name in enumerate(NAMES)
)
GREET = CASE.partition("[[examples]]")[0] + EXAMPLES
FEW = GREET.replace('id = "greet"', 'id = "few"').partition('[[examples]]\nid = "t-3"')[0]


def greets(chat: Chat) -> str:
    """Says hello to most, and to some at too great length."""
    name = chat.prompt.rpartition(" ")[2].strip(" .")
    return "hello " * (30 if name.startswith(("Ed", "Hal")) else 1) + name


def mumbles(chat: Chat) -> str:
    return "hm " * 40


def silent_to_ada(chat: Chat) -> str:
    return "well" if "Ada" in chat.prompt else greets(chat)


@dataclass(frozen=True)
class Replaced(SimulatedModel):
    """Other weights under the same name."""

    @property
    def digest(self) -> str:
        return "f" * 64


MODELS = [
    SimulatedModel("gemma3n:latest", greets),
    SimulatedModel("qwen3:latest", mumbles),
    SimulatedModel("llama3.2:latest", interviewer),
]


@contextmanager
def serving(models: list[SimulatedModel]) -> Iterator[FakeOllama]:
    """A server in a thread of its own, whose models may be changed meanwhile."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = FakeOllama(models)
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture(scope="module")
def started():
    with serving(MODELS) as server:
        yield server


@pytest.fixture
def server(started):
    """The server as it was when the suite was run."""
    started.models, started.delay = list(MODELS), 0.0
    return started


@pytest.fixture(scope="module")
def recorded(started, tmp_path_factory):
    """A workspace with a suite of two models on two cases, one of which has few examples."""
    root = tmp_path_factory.mktemp("recorded")
    make_workspace(root / "ws", cases={"greet.toml": GREET, "few.toml": FEW})
    with pytest.MonkeyPatch.context() as patch:
        set_environment(patch, clean_environment(root))
        code = main(
            [
                *("run", "--workspace", str(root / "ws"), "--host", started.url, "--repeats", "2"),
                *("--case", "greet", "few", "--model", "gemma3n", "qwen3"),
                *("--max-iterations", "2", "--interviewer", "playbook"),
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
def winner(suite) -> dict:
    """The recommended session on the case with enough examples."""
    return next(choice for choice in suite["recommendation"]["cases"] if choice["case"] == "greet")


def check(server: FakeOllama, *arguments: str) -> int:
    return main(["check", "--host", server.url, *arguments])


def change(server: FakeOllama, model: SimulatedModel) -> None:
    server.models = [model if m.name == model.name else m for m in MODELS]


def files(workspace) -> dict[str, bytes]:
    """Everything in results/ but the checks."""
    found = (path for path in (workspace / "results").rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in found if path.parent.name != "checks"}


def test_the_same_answers_are_no_regression(server, workspace, winner, capsys):
    before = files(workspace)
    assert check(server, winner["session_id"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == (
        f"ok: greet with gemma3n:latest (session {winner['session_id']}, "
        f"iteration {winner['iteration']})"
    )
    same = f"{winner['expected_score']:.2f}"
    assert f"score  {same} now, {same} then (" in out
    assert "the same on 12 examples" in out
    assert "as fast as before" in out
    assert "model" not in out.replace("gemma3n", "").partition("\n")[2]
    assert "session 1/1  gemma3n:latest × greet" in err
    assert files(workspace) == before


def test_what_came_of_it_is_kept_for_its_owner_and_printed_for_programs(
    server, workspace, winner, capsys
):
    assert check(server, winner["session_id"], "--json") == 0
    document = json.loads(capsys.readouterr().out)
    (file,) = (workspace / "results" / "checks").iterdir()
    assert file.name.startswith(f"check_{winner['session_id']}_20")
    assert json.loads(file.read_text()) == document
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (document["regressed"], document["failed"]) == (False, False)
    (found,) = document["checks"]
    assert (found["measured_on"], found["calls"], found["failed_calls"]) == ("validation", 24, 0)
    assert found["score"]["then"] == pytest.approx(winner["expected_score"])
    assert found["score"]["then_ci95"] == pytest.approx(winner["ci95"])
    assert {run["example_id"] for run in found["runs"]} == {f"v-{i}" for i in range(12)}


def test_the_settings_and_seeds_of_then_are_used(server, workspace, winner, monkeypatch):
    asked = []

    def noted(chat: Chat) -> str:
        asked.append(chat)
        return greets(chat)

    change(server, SimulatedModel("gemma3n:latest", noted))
    (workspace / "llmopt.toml").write_text("repeats = 1\n[options]\nseed = 99\ntemperature = 1.0\n")
    assert check(server, winner["session_id"]) == 0
    assert sorted(chat.options["seed"] for chat in asked) == [0] * 12 + [1] * 12
    assert {chat.options["temperature"] for chat in asked} == {0.0}


def test_worse_answers_are_a_regression(server, winner, workspace, capsys):
    change(server, SimulatedModel("gemma3n:latest", mumbles))
    assert check(server, winner["session_id"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("REGRESSION: greet")
    assert "on 12 examples, beyond noise (p < 0.001)" in out
    assert check(server, winner["session_id"], "--json", "--score-only") == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["regressed"], document["failed"]) == (True, False)
    assert document["checks"][0]["score"]["regressed"]


def test_one_worse_answer_is_within_noise(server, winner, workspace, capsys):
    change(server, SimulatedModel("gemma3n:latest", silent_to_ada))
    assert check(server, winner["session_id"]) == 0
    assert "worse by " in (out := capsys.readouterr().out)
    assert "on 12 examples, within noise (p = 1.000)" in out


def test_a_model_that_was_replaced_is_noticed_and_is_no_regression_by_itself(
    server, winner, workspace, capsys
):
    change(server, Replaced("gemma3n:latest", greets))
    assert check(server, winner["session_id"], "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)["checks"]
    assert found["digest"] == {
        "then": MODELS[0].digest,
        "now": "f" * 64,
        "changed": True,
    }
    assert check(server, winner["session_id"]) == 0
    assert "model  has changed: digest ffffffffffff now, " in capsys.readouterr().out


def test_slower_answers_are_a_regression(server, winner, workspace, capsys):
    server.delay = 0.03
    assert check(server, winner["session_id"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("REGRESSION")
    assert "the same on 12 examples" in out
    assert "slower by " in out
    assert "on 12 examples, beyond noise" in out


def test_of_a_suite_every_recommended_prompt_is_checked(server, suite, workspace, capsys):
    assert check(server, suite["suite_id"], "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["id"] == suite["suite_id"]
    assert [(c["case"], c["model"], c["session_id"]) for c in document["checks"]] == [
        (choice["case"], choice["model"], choice["session_id"])
        for choice in suite["recommendation"]["cases"]
    ]
    (few,) = [found for found in document["checks"] if found["case"] == "few"]
    assert (few["measured_on"], few["score"]["n"]) == ("train", 3)


def test_a_suite_is_narrowed_to_a_case_or_to_another_model(server, suite, workspace, capsys):
    assert check(server, suite["suite_id"], "--case", "few", "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)["checks"]
    assert found["case"] == "few"
    assert check(server, suite["suite_id"], "--model", "QWEN3", "--case", "greet", "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)["checks"]
    assert (found["model"], found["case"]) == ("qwen3:latest", "greet")


def test_too_few_examples_to_tell_is_said(server, suite, workspace, capsys):
    change(server, SimulatedModel("gemma3n:latest", mumbles))
    assert check(server, suite["suite_id"], "--case", "few") == 0
    assert "on 3 examples, too few to tell" in capsys.readouterr().out


def test_what_cannot_be_meant_is_a_wrong_request(server, suite, winner, workspace, capsys):
    assert check(server, suite["suite_id"], "--case", "nowhere") == 2
    assert "--case greet --model gemma3n:latest" in capsys.readouterr().err
    assert check(server, winner["session_id"], "--case", "greet") == 2
    assert "is a session" in capsys.readouterr().err
    assert check(server, "zzzz") == 2
    assert not (workspace / "results" / "checks").exists()


def test_a_session_without_a_score_has_nothing_to_compare_with(server, winner, workspace, capsys):
    (folder,) = workspace.glob(f"results/session_{winner['session_id']}_*")
    journal = folder / "events.jsonl"
    journal.write_bytes(b"\n".join(journal.read_bytes().split(b"\n")[:3]) + b"\n")
    assert check(server, winner["session_id"]) == 2
    assert "has no score to compare with" in capsys.readouterr().err


def test_without_the_model_or_a_server_nothing_is_checked(server, winner, workspace, capsys):
    server.models = MODELS[1:]
    assert check(server, winner["session_id"]) == 2
    assert "no endpoint has the model 'gemma3n:latest'" in capsys.readouterr().err
    assert main(["check", "--host", NOBODY, winner["session_id"]]) == 3
    assert "--host" in capsys.readouterr().err
    assert not (workspace / "results" / "checks").exists()


def test_a_check_that_breaks_off_fails_and_says_why(server, winner, workspace, capsys):
    change(server, replace(MODELS[0], trained_context=8))
    assert check(server, winner["session_id"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("FAILED: greet")
    assert (
        "could not be checked: none of the 24 answers of iteration 1 came: The prompt does" in out
    )
    assert check(server, winner["session_id"], "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["regressed"], document["failed"]) == (False, True)
    assert document["checks"][0]["score"] is None
