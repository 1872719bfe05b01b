"""Each model's best prompt on the other models: what is tried, what is said, what is resumed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llmopt_tui.app.members import KeptMember
from llmopt_tui.app.suite_reopening import reopen_suite
from llmopt_tui.app.suite_run import SuiteRun
from llmopt_tui.config.settings import Settings
from llmopt_tui.core.events import Event, RunFinished
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.ports import ChatRequest
from llmopt_tui.core.signals import Signal
from llmopt_tui.reports.suite_report import suite_report
from llmopt_tui.state.documents.suite import SuiteDocument
from tests.fakes.models import MODELS, ScriptedClient
from tests.tui.harness import FakeEndpoints, StillClock, make_case

TWO = [model.name for model in MODELS[:2]]


class Watcher:
    """Counts finished calls, and does something at one of them."""

    def __init__(self, at: int = 0, act: Callable[[], None] = lambda: None) -> None:
        self.finished = 0
        self.at, self.act = at, act

    def began(self, member: KeptMember) -> None: ...

    def signalled(self, member: KeptMember, signal: Signal) -> None: ...

    def happened(self, member: KeptMember, event: Event) -> None:
        self.finished += isinstance(event, RunFinished)
        if isinstance(event, RunFinished) and self.finished == self.at:
            self.act()

    def warned(self, member: KeptMember, problem: str) -> None: ...

    def failed(self, member: KeptMember, problem: str) -> None:
        raise AssertionError(problem)


def shorter_each_time() -> Callable[[ChatRequest], str]:
    """What models answer: shorter with every rule, and never the same suggestion twice."""
    numbers = itertools.count(1)

    def answer(request: ChatRequest) -> str:
        if not request.model.startswith("llama3.2"):
            rules = request.messages[-1].content.count("Rule")
            return "word " * (40 - 10 * rules)
        if request.format is None:
            return "The answers are too long."
        prompt = make_case().prompt.text.rstrip() + f"\nRule {next(numbers)}: be brief."
        return json.dumps({"reasoning": "shorter", "improved_prompt": prompt})

    return answer


def endpoints(root: Path) -> FakeEndpoints:
    """Two models, each of which finds a better prompt."""
    settings = Settings(mode="auto", max_iterations=2, proposals=1, demonstrations=0)
    client = ScriptedClient(shorter_each_time())
    return FakeEndpoints(root, client, StillClock(), settings=settings)


def suite_of(
    where: FakeEndpoints, watcher: Watcher, control: RunControl, *, transfer: bool = True
) -> SuiteRun:
    pairs = [(model, make_case()) for model in TWO]
    return SuiteRun.new(
        where,  # type: ignore[arg-type]
        where.workspace.results,
        pairs,
        control=control,
        follower=watcher,
        transfer=transfer,
    )


def of(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    keys = ("case", "prompt_of", "model", "score", "difference", "n", "verdict")
    return [tuple(row[key] for key in keys) for row in document["transfer"]]


async def test_each_prompt_is_tried_on_the_other_model_on_held_out_examples(tmp_path: Path) -> None:
    where, watcher = endpoints(tmp_path), Watcher()
    suite = suite_of(where, watcher, RunControl("auto"))
    await suite.run()
    document = json.loads(suite.file.read_text())
    assert document["status"] == "completed"
    assert [(row["prompt_of"], row["model"]) for row in document["transfer"]] == [
        (TWO[0], TWO[1]),
        (TWO[1], TWO[0]),
    ]
    held_out = {e.id for e in make_case().split("validation")}
    for row in document["transfer"]:
        record = next(t.trial.record for t in suite.transfers if t.trial.model == row["model"])
        assert {run.example_id for run in record.iterations[0].runs} == held_out
        assert len(record.iterations) == 1
        assert row["score"] == pytest.approx(record.best_score)
        assert row["difference"] == pytest.approx(0.0)
        assert (suite.file.parent / row["folder"] / "session_data.json").is_file()
    assert len(document["sessions"]) == 2
    assert "## Prompts on other models" in suite_report(SuiteDocument.read(document))


async def test_it_is_done_only_where_it_is_asked_for(tmp_path: Path) -> None:
    suite = suite_of(endpoints(tmp_path), Watcher(), RunControl("auto"), transfer=False)
    await suite.run()
    assert suite.transfers == []
    assert json.loads(suite.file.read_text())["transfer"] is None
    assert "## Prompts on other models" not in suite.report.read_text()


async def test_nothing_is_tried_where_no_better_prompt_was_found(tmp_path: Path) -> None:
    where = endpoints(tmp_path)
    where.settings = replace(where.settings, max_iterations=1)
    suite = suite_of(where, Watcher(), RunControl("auto"))
    await suite.run()
    assert json.loads(suite.file.read_text())["transfer"] == []


async def test_what_was_stopped_is_resumed_and_nothing_is_tried_twice(tmp_path: Path) -> None:
    whole = suite_of(endpoints(tmp_path / "whole"), counted := Watcher(), RunControl("auto"))
    await whole.run()
    for at in range(1, counted.finished):
        where, control = endpoints(tmp_path / str(at)), RunControl("auto")
        watcher = Watcher(at, control.stop)
        suite = suite_of(where, watcher, control)
        await suite.run()
        again = Watcher()
        document = json.loads(suite.file.read_text())
        resumed = reopen_suite(
            where,  # type: ignore[arg-type]
            where.workspace.results,
            SuiteDocument.read(document),
            control=RunControl("auto"),
            follower=again,
        )
        await resumed.run()
        ended = json.loads(suite.file.read_text())
        assert ended["status"] == "completed", at
        assert of(ended) == of(json.loads(whole.file.read_text())), at
        assert watcher.finished + again.finished == counted.finished, at


async def test_a_session_that_the_suite_s_document_does_not_list_yet_is_found(
    tmp_path: Path,
) -> None:
    where = endpoints(tmp_path)
    suite = suite_of(where, Watcher(), RunControl("auto"), transfer=False)
    await suite.run()
    document = json.loads(suite.file.read_text())
    document |= {"status": "running", "finished_at": None}
    document["sessions"][1] |= {"folder": "", "session_id": "", "status": "pending"}
    again = Watcher()
    resumed = reopen_suite(
        where,  # type: ignore[arg-type]
        where.workspace.results,
        SuiteDocument.read(document),
        control=RunControl("auto"),
        follower=again,
    )
    assert resumed.ended
    await resumed.run()
    assert again.finished == 0
    listed = json.loads(suite.file.read_text())["sessions"]
    assert {row["status"] for row in listed} == {"completed"}
    assert all((where.workspace.results / row["folder"]).is_dir() for row in listed)
