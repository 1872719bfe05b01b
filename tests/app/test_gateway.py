"""A gateway that mixes backends, and options that an endpoint does not take: both are said."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.members import KeptMember
from llmopt_tui.app.suite_run import SuiteRun
from llmopt_tui.app.workspace import Workspace
from llmopt_tui.config.settings import Endpoint, Settings
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.ports import OptionValue
from tests.app.test_endpoints import Quiet, cases
from tests.fakes.openai import CHAT, DONE, MODELS, delta, event, finish, models, sse, usage
from tests.fakes.wire import Exchange, WireServer, reply


class Gateway(WireServer):
    """A server with one model, `m`, whose backends answer chats in turns."""

    def __init__(self, backends: tuple[str, ...], slots: int) -> None:
        super().__init__()
        self.turns = itertools.cycle(backends)
        self.slots = slots

    async def answer(self, exchange: Exchange) -> None:
        scripts = {MODELS: models("m"), "/props": reply(200, {"total_slots": self.slots})}
        if exchange.received.path == CHAT:
            await sse(
                event({"system_fingerprint": next(self.turns), "choices": []}),
                delta("An electrician is wanted. The work is on site."),
                finish(),
                usage(7, 9),
                DONE,
            )(exchange)
        elif script := scripts.get(exchange.received.path):
            await script(exchange)
        else:
            await super().answer(exchange)


class Listening(Quiet):
    """Hears what a run warns of."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warned(self, member: KeptMember, problem: str) -> None:
        self.warnings.append(problem)


async def mixed_run(
    folder: Path,
    backends: tuple[str, ...],
    *,
    count: int = 1,
    slots: int = 1,
    options: Mapping[str, OptionValue] | None = None,
) -> tuple[SuiteRun, Listening]:
    """A run of `count` sessions on a gateway whose backends answer in turns."""
    async with Gateway(backends, slots) as server:
        endpoint = Endpoint("lab", server.url, kind="openai")
        settings = Settings(
            endpoints=(endpoint,), interviewer="playbook", mode="auto", max_iterations=1
        )
        endpoints = Endpoints(replace(settings, options=dict(options or {})))
        follower = Listening()
        pairs = [("m", case) for case in cases(folder, count)]
        suite = SuiteRun.new(
            endpoints,
            Workspace(folder).results,
            pairs,
            control=RunControl("auto"),
            follower=follower,
        )
        await suite.run()
        await endpoints.aclose()
    return suite, follower


def stored(suite: SuiteRun, name: str) -> str:
    folder = suite.members[0].folder
    assert folder is not None
    return (folder / name).read_text("utf-8")


async def test_backends_that_took_turns_are_named_in_record_and_report(tmp_path: Path) -> None:
    suite, _ = await mixed_run(tmp_path, ("vllm-a", "vllm-b"))
    assert json.loads(stored(suite, "session_data.json"))["system_fingerprints"] == [
        "vllm-a",
        "vllm-b",
    ]
    runs = json.loads(stored(suite, "test_iteration_1.json"))["runs"]
    assert {run["metrics"]["system_fingerprint"] for run in runs} == {"vllm-a", "vllm-b"}
    assert "2 backends took turns to answer" in stored(suite, "optimization_report.md")
    recommendation = suite.document.recommendation
    assert recommendation is not None
    assert any("vllm-a and vllm-b" in caveat for caveat in recommendation.caveats)


async def test_one_backend_is_a_fact_and_no_warning(tmp_path: Path) -> None:
    suite, _ = await mixed_run(tmp_path, ("b7120",))
    assert json.loads(stored(suite, "session_data.json"))["system_fingerprints"] == ["b7120"]
    report = stored(suite, "optimization_report.md")
    assert "| backends | b7120 |" in report
    assert "took turns" not in report


async def test_a_server_without_fingerprints_leaves_no_empty_field(tmp_path: Path) -> None:
    suite, _ = await mixed_run(tmp_path, ("",))
    assert "system_fingerprint" not in stored(suite, "session_data.json")
    assert "system_fingerprint" not in stored(suite, "test_iteration_1.json")


@pytest.mark.parametrize("slots", [1, 4])
async def test_a_session_says_how_many_calls_its_endpoint_could_get(
    slots: int, tmp_path: Path
) -> None:
    suite, _ = await mixed_run(tmp_path, ("a",), slots=slots)
    environment = json.loads(stored(suite, "session_data.json"))["environment"]
    assert environment["calls_at_once"] == str(slots)
    assert f"| calls at once | {slots} |" in stored(suite, "optimization_report.md")


async def test_options_that_an_endpoint_does_not_take_are_said_once(tmp_path: Path) -> None:
    options = {"num_ctx": 4096, "repeat_last_n": 64, "seed": 5}
    suite, follower = await mixed_run(tmp_path, ("a",), count=2, options=options)
    [said] = follower.warnings
    assert said == "lab does not take num_ctx, repeat_last_n: they are not sent"
    recorded = json.loads(stored(suite, "session_data.json"))["settings"]["options"]
    assert recorded["seed"] == 5
    assert not {"num_ctx", "repeat_last_n"} & recorded.keys()


async def test_defaults_that_an_endpoint_does_not_take_are_not_worth_a_word(
    tmp_path: Path,
) -> None:
    _, follower = await mixed_run(tmp_path, ("a",))
    assert follower.warnings == []
