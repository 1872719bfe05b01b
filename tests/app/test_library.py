"""The library: what a notebook calls, against a server that speaks Ollama's protocol."""

from __future__ import annotations

import csv
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import llmopt_tui
from llmopt_tui import (
    Case,
    Endpoint,
    Evaluation,
    Event,
    ModelError,
    Prompt,
    SessionFailed,
    WrongRequest,
    evaluate,
    load_case,
    optimize,
)
from llmopt_tui.cli.main import main
from llmopt_tui.core.events import IterationFinished, RunFinished, SessionFinished, SessionStarted
from llmopt_tui.reports.session_report import session_report
from llmopt_tui.store.sessions import load_session
from tests.app.files import make_workspace
from tests.core.factory import Says
from tests.factories import make_run
from tests.fakes import openai
from tests.fakes.apart import serving
from tests.fakes.ollama import FakeOllama
from tests.fakes.simulated import Chat, SimulatedModel, interviewer
from tests.fakes.wire import WireServer

MODEL = "gemma3n:latest"
PAGE = Path(__file__).parents[2] / "docs" / "library.md"
PROMPT = "Is this ticket about billing or about a bug?\n\n{{ticket}}"


def sorter(chat: Chat) -> str:
    """Chats around the label unless it is told to give nothing else. Knows no refunds."""
    if "refund" in chat.prompt:
        return "no idea"
    label = "billing" if "invoice" in chat.prompt else "bug"
    return label if "nothing else" in chat.prompt else f"I would say {label}."


def spoiled(chat: Chat) -> str:
    """Follows the playbook's first rule on some tickets, and gets worse by it on the others."""
    label = "billing" if "invoice" in chat.prompt else "bug"
    if "held" in chat.prompt:
        return "no idea" if "nothing else" in chat.prompt else label
    return label if "nothing else" in chat.prompt else f"I would say {label}."


def tickets(count: int = 12) -> list[tuple[str, str]]:
    return [
        (f"Number {n}: the {'invoice is wrong' if n % 2 else 'page is blank'}", label)
        for n in range(count)
        for label in (("bug", "billing")[n % 2],)
    ]


def table(ticket: str, team: str, **more: Any) -> dict[str, Any]:
    return {"inputs": {"ticket": ticket}, "expected": {"answer": team}, **more}


def small_case(**changes: Any) -> Case:
    fields: dict[str, Any] = {
        "prompt": PROMPT,
        "criteria": [{"kind": "equals"}],
        "examples": [table(*ticket) for ticket in tickets()],
        "held_out": 0.5,
    }
    return llmopt_tui.make_case(**(fields | changes))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOllama]:
    models = [
        SimulatedModel(MODEL, sorter),
        SimulatedModel("spoiled:latest", spoiled),
        SimulatedModel("llama3.2:latest", interviewer),
    ]
    with serving(FakeOllama(models)) as fake:
        monkeypatch.setenv("OLLAMA_HOST", fake.url)
        yield fake


def test_the_lines_of_the_page_optimize_a_task(
    server: FakeOllama,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    block = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert block is not None
    lines = block[1]
    assert len([line for line in lines.splitlines() if line]) == 10
    with (tmp_path / "tickets.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("ticket", "team"), *tickets(24)])
    monkeypatch.chdir(tmp_path)

    names: dict[str, Any] = {}
    exec(lines, names)

    result = names["result"]
    assert result.improved
    assert "exactly one of these" in result.prompt.text
    assert (result.gain.baseline, result.gain.best, result.gain.n) == (0.0, 1.0, 12)
    assert (result.gain.held_out, result.gain.verdict) == (True, "REAL")
    assert capsys.readouterr().out == f"{result}\n\n{result.prompt.text}\n"
    assert str(result).startswith(
        f"{MODEL}: 0.00 with the original prompt, 1.00 with the best one, on 12 held-out examples. "
        "REAL: Better by 1.000"
    )
    assert [file.name for file in tmp_path.iterdir()] == ["tickets.csv"]


async def test_it_works_where_an_event_loop_runs(server: FakeOllama) -> None:
    result = optimize(small_case(), MODEL, host=server.url)
    assert (result.baseline_score, result.best_score) == (0.0, 1.0)
    assert result.record.finished is not None
    assert result.record.finished.stop_reason == "target_reached"


def test_every_fact_is_told_in_the_caller_s_thread(server: FakeOllama) -> None:
    heard: list[Event] = []
    threads = set()

    def hear(event: Event) -> None:
        heard.append(event)
        threads.add(threading.current_thread())

    result = optimize(small_case(), MODEL, on_event=hear)
    assert threads == {threading.main_thread()}
    assert isinstance(heard[0], SessionStarted)
    assert isinstance(heard[-1], SessionFinished)
    assert len(heard) == result.record.facts


def test_a_prompt_that_does_worse_on_held_out_examples_is_not_recommended(
    server: FakeOllama,
) -> None:
    examples = [table(*ticket) for ticket in tickets(8)]
    examples += [table(f"held {n}: page", "bug", split="validation") for n in range(4)]
    result = optimize(small_case(examples=examples, held_out=0), "spoiled")
    assert result.best_score == 1.0
    assert (result.gain.baseline, result.gain.best) == (1.0, 0.0)
    assert result.prompt == result.original
    assert not result.improved
    assert result.best != result.original


def test_where_nothing_was_held_out_the_original_is_recommended_as_in_the_report(
    server: FakeOllama,
) -> None:
    result = optimize(small_case(held_out=0), MODEL)
    assert result.best_score > result.baseline_score
    assert (result.prompt, result.improved) == (result.original, False)
    assert "**Recommended:** the original prompt, until" in session_report(result.record)


def test_a_model_can_be_the_interviewer(server: FakeOllama) -> None:
    result = optimize(small_case(), MODEL, interviewer="llama3.2", max_iterations=2)
    sources = {p.suggestion.source for p in result.record.interviews[0].proposals}
    assert "playbook" in sources
    alone = optimize(
        small_case(), MODEL, interviewer="llama3.2", max_iterations=2, proposals=1, demonstrations=0
    )
    assert alone.record.interviews[0].suggestion is not None
    assert alone.record.interviews[0].suggestion.source == "interviewer"


def test_a_session_that_is_kept_can_be_shown(
    server: FakeOllama, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = optimize(small_case(id="tickets"), MODEL, results=tmp_path / "results")
    assert result.folder is not None
    assert result.record.started is not None
    assert load_session(result.folder).record == result.record
    shown = ["--workspace", str(tmp_path), "show", result.record.started.session_id]
    assert main(shown) == 0
    out = capsys.readouterr().out
    for text in ("tickets", "target reached", result.best.text.strip()):
        assert text in out


class Held:
    """A model that answers as `sorter` does, and after so many answers not before it is let go.

    `asked` is called when the first answer is held back.
    """

    def __init__(self, answers: int, asked: Callable[[], None] = lambda: None) -> None:
        self.answers = answers
        self.asked = asked
        self.free = threading.Event()

    def __call__(self, chat: Chat) -> str:
        if self.answers == 0 and not self.free.is_set():
            self.asked()
            self.free.wait(60)
        self.answers = max(0, self.answers - 1)
        return sorter(chat)


@contextmanager
def holding(monkeypatch: pytest.MonkeyPatch, held: Held) -> Iterator[FakeOllama]:
    with serving(FakeOllama([SimulatedModel(MODEL, held)])) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        try:
            yield server
        finally:
            held.free.set()


@pytest.mark.skipif(sys.platform == "win32", reason="a thread gets no signal there")
def test_ctrl_c_leaves_a_session_that_can_be_resumed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    main_thread = threading.main_thread().ident
    assert main_thread is not None
    held = Held(2, lambda: signal.pthread_kill(main_thread, signal.SIGINT))
    results = tmp_path / "results"
    with holding(monkeypatch, held):
        with pytest.raises(KeyboardInterrupt):
            optimize(small_case(), MODEL, results=results)
        (folder,) = results.glob("session_*")
        loaded = load_session(folder)
        assert (loaded.status, loaded.record.finished) == ("interrupted", None)
        assert len(loaded.record.iterations[0].runs) == 2
        assert not [thread for thread in threading.enumerate() if "llmopt" in thread.name]

        held.free.set()
        assert main(["--workspace", str(tmp_path), "resume", folder.name]) == 0
        assert load_session(folder).record.best_score == 1.0


def test_what_the_listener_raises_ends_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(event: Event) -> None:
        if isinstance(event, RunFinished):
            raise LookupError("enough")

    with holding(monkeypatch, Held(1)):
        with pytest.raises(LookupError, match="enough"):
            optimize(small_case(), MODEL, on_event=refuse)
        assert not [thread for thread in threading.enumerate() if "llmopt" in thread.name]


def test_a_server_of_another_kind_is_an_endpoint() -> None:
    server = WireServer()
    server.script("/v1/models", openai.models("sorter"))
    server.script("/v1/chat/completions", openai.answer("bug"))
    case = small_case(examples=[table("The page is blank", "bug")], held_out=0)
    with serving(server):
        found = evaluate(case, "sorter", host=Endpoint("shelf", server.url, kind="openai"))
    assert found.score == 1.0


def test_failures_come_the_worst_first() -> None:
    runs = tuple(make_run(example_id=f"{score}", score=score) for score in (0.5, 1.0, 0.2))
    found = Evaluation(MODEL, Prompt("p", "{{text}}"), 0.57, runs)
    assert [run.score for run in found.failures] == [0.2, 0.5]


def test_a_criterion_of_one_s_own_scores() -> None:
    with serving(FakeOllama([SimulatedModel(MODEL, sorter)])) as server:
        case = small_case(criteria=[Says(words=("say", "never"))])
        assert evaluate(case, MODEL, host=server.url).score == 0.5


def test_an_evaluation_says_of_every_answer_what_was_wrong(server: FakeOllama) -> None:
    examples = [
        table("The invoice is wrong", "billing", id="a"),
        table("I want a refund", "billing", id="b", split="validation"),
    ]
    case = small_case(examples=examples, held_out=0)
    better = f"{PROMPT}\n\nGive the label and nothing else."
    heard: list[Event] = []

    found = evaluate(case, MODEL, better, on_event=heard.append)

    assert found.prompt.text == better
    assert found.score == 0.5
    assert [(run.example_id, run.split, run.score) for run in found.runs] == [
        ("a", "train", 1.0),
        ("b", "validation", 0.0),
    ]
    (failure,) = found.failures
    assert failure.criteria[0].feedback == "'no idea' where 'billing' is right"
    assert str(found) == f"{MODEL}: 0.50 on 2 runs, 1 of them imperfect"
    assert [e.score for e in heard if isinstance(e, IterationFinished)] == [0.5]
    assert evaluate(case, MODEL).score == 0.0
    assert evaluate(case, MODEL, better, split="train").score == 1.0


def test_a_server_that_does_not_answer_is_named() -> None:
    with pytest.raises(ModelError, match="No answer from the server") as caught:
        optimize(small_case(), MODEL, host="127.0.0.1:9")
    assert caught.value.__notes__ == ["This was asked: http://127.0.0.1:9"]


def test_unknown_models_are_named(server: FakeOllama) -> None:
    with pytest.raises(WrongRequest, match="'gemma4'"):
        optimize(small_case(), "gemma4")
    with pytest.raises(WrongRequest, match="interviewer: no endpoint has the model 'nobody'"):
        optimize(small_case(), MODEL, interviewer="nobody")


def test_a_session_that_fails_says_why_and_keeps_what_there_is(
    server: FakeOllama, tmp_path: Path
) -> None:
    with pytest.raises(SessionFailed, match="context") as caught:
        optimize(small_case(), MODEL, options={"num_ctx": 4}, results=tmp_path)
    failed = caught.value
    assert failed.record.status == "failed"
    assert failed.folder is not None
    assert load_session(failed.folder).status == "failed"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": ""}, "the name of a model is missing"),
        ({"target": 2}, "target must be between 0 and 1, not 2"),
        ({"host": "localhost:99999"}, "host"),
        ({"embedded": True, "host": "localhost"}, "host and embedded exclude each other"),
        ({"max_iterations": "3"}, 'max_iterations must be a whole number, not "3"'),
        ({"think": "maybe"}, 'think must be "auto" or "on" or "off", not "maybe"'),
        ({"options": {"temprature": 1}}, "temperature"),
    ],
)
def test_arguments_without_a_sense_are_refused(arguments: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"model": MODEL, **arguments}
    with pytest.raises(ValueError, match=re.escape(message)):
        optimize(small_case(), **given)


def test_a_split_that_a_case_lacks_is_refused() -> None:
    case = small_case(held_out=0)
    with pytest.raises(ValueError, match="the case has no validation examples"):
        evaluate(case, MODEL, split="validation")
    with pytest.raises(ValueError, match=r"placeholder \{\{tickets\}\}"):
        evaluate(case, MODEL, "Say {{tickets}}.")


def test_a_case_is_loaded_from_its_file(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w")
    case = load_case(workspace.cases / "greet.toml")
    assert (case.id, case.prompt.text) == ("greet", "Greet {{name}}.")
    (workspace.prompts / "greet.toml").unlink()
    with pytest.raises(ValueError, match='there is no prompt "greet"'):
        load_case(str(workspace.cases / "greet.toml"))
    with pytest.raises(ValueError, match="is no file in the cases/ folder"):
        load_case(tmp_path / "greet.toml")


def test_every_public_name_is_there() -> None:
    assert set(llmopt_tui.__all__) <= set(dir(llmopt_tui))
    for name in llmopt_tui.__all__:
        assert getattr(llmopt_tui, name).__doc__ or name == "__version__"
    with pytest.raises(AttributeError, match="no attribute 'optimise'"):
        getattr(llmopt_tui, "optimise")  # noqa: B009
