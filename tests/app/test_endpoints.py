"""A suite on several servers: who is asked what, and how much at once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.members import KeptMember
from llmopt_tui.app.suite_reopening import reopen_suite
from llmopt_tui.app.suite_run import SuiteRun
from llmopt_tui.app.workspace import Workspace, init_workspace
from llmopt_tui.config.settings import Endpoint, Settings
from llmopt_tui.core.case import Case
from llmopt_tui.core.events import Event
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.signals import Signal
from tests.fakes.ollama import FakeOllama
from tests.fakes.simulated import SimulatedModel, candidate, interviewer

INTERVIEWER = "llama3.2:latest"
ONE, TWO = "one:latest", "two:latest"


class Retagged(SimulatedModel):
    """Another model under the same name."""

    @property
    def digest(self) -> str:
        return hashlib.sha256(b"another").hexdigest()


class Quiet:
    """A follower that fails the test where a session cannot begin."""

    def began(self, member: KeptMember) -> None: ...

    def happened(self, member: KeptMember, event: Event) -> None: ...

    def signalled(self, member: KeptMember, signal: Signal) -> None: ...

    def warned(self, member: KeptMember, problem: str) -> None: ...

    def failed(self, member: KeptMember, problem: str) -> None:
        raise AssertionError(problem)


def models(*names: str) -> list[SimulatedModel]:
    return [
        SimulatedModel(name, interviewer if name == INTERVIEWER else candidate()) for name in names
    ]


def endpoints(*servers: FakeOllama, parallel: int = 0) -> Endpoints:
    endpoints = tuple(
        Endpoint(f"host{n}", server.url, parallel=parallel) for n, server in enumerate(servers)
    )
    return Endpoints(Settings(endpoints=endpoints, mode="auto", proposals=1, demonstrations=0))


def cases(folder: Path, count: int) -> list[Case]:
    init_workspace(folder)
    first = Workspace(folder).load_cases().cases[0]
    short = replace(first, examples=tuple(e for e in first.examples if e.split == "train")[:3])
    return [replace(short, id=f"case{n}") for n in range(count)]


async def run(folder: Path, endpoints: Endpoints, names: list[str], count: int) -> SuiteRun:
    pairs = [(name, case) for name in names for case in cases(folder, count)]
    results = Workspace(folder).results
    suite = SuiteRun.new(endpoints, results, pairs, control=RunControl("auto"), follower=Quiet())
    await suite.run()
    await endpoints.aclose()
    assert suite.status == "completed"
    return suite


def asked(server: FakeOllama) -> set[str]:
    return {r.json["model"] for r in server.requests if r.path == "/api/chat"}


async def test_two_servers_share_the_work_of_one_model(tmp_path: Path) -> None:
    have = models(ONE, INTERVIEWER)
    async with FakeOllama(have) as left, FakeOllama(have) as right:
        suite = await run(tmp_path, endpoints(left, right), [ONE], 4)
        # Each with its own interviewer: neither waits for the other.
        assert asked(left) == asked(right) == {ONE, INTERVIEWER}
    begun = {m.record.started.model.endpoint for m in suite.members if m.record.started}
    assert begun == {"host0", "host1"} == {m.endpoint for m in suite.members}
    scores = {m.record.best_score for m in suite.members}
    assert len(scores) == 1, "the same case scored otherwise on the other server"


async def test_each_server_takes_up_a_model_of_its_own_first(tmp_path: Path) -> None:
    have = models(ONE, TWO, INTERVIEWER)
    async with FakeOllama(have, slots=1) as left, FakeOllama(have, slots=1) as right:
        suite = await run(tmp_path, endpoints(left, right), [ONE, TWO], 2)
    first = {m.model: m.endpoint for m in reversed(suite.members)}
    assert set(first.values()) == {"host0", "host1"}


async def test_another_model_of_the_same_name_is_not_asked(tmp_path: Path) -> None:
    other = [Retagged(ONE, candidate()), *models(INTERVIEWER)]
    async with FakeOllama(models(ONE, INTERVIEWER)) as left, FakeOllama(other) as right:
        suite = await run(tmp_path, endpoints(left, right), [ONE], 3)
        assert asked(right) == set()
    assert {m.endpoint for m in suite.members} == {"host0"}


async def test_an_interviewer_that_only_another_server_has_is_asked_there(tmp_path: Path) -> None:
    async with FakeOllama(models(ONE)) as left, FakeOllama(models(INTERVIEWER)) as right:
        await run(tmp_path, endpoints(left, right), [ONE], 2)
        assert (asked(left), asked(right)) == ({ONE}, {INTERVIEWER})


async def test_a_server_that_is_not_allowed_more_gets_one_request(tmp_path: Path) -> None:
    async with FakeOllama(models(ONE, INTERVIEWER), slots=4) as server:
        await run(tmp_path, endpoints(server), [ONE], 4)
        assert set(server.busy) == {1}


async def test_a_server_with_fewer_slots_than_it_is_allowed_is_found_out(tmp_path: Path) -> None:
    async with FakeOllama(models(ONE, INTERVIEWER), slots=1) as server:
        mine = endpoints(server, parallel=4)
        suite = await run(tmp_path, mine, [ONE], 4)
        busy = server.busy
    assert max(busy) == 4  # what people allow is believed at first
    assert set(busy[-len(busy) // 3 :]) == {1}
    runs = [run for m in suite.members for i in m.record.iterations for run in i.runs]
    assert any((run.metrics.queued_seconds or 0) > run.answer_seconds for run in runs)


async def test_a_session_goes_on_where_it_was(tmp_path: Path) -> None:
    have = models(ONE, INTERVIEWER)
    async with FakeOllama(have) as left, FakeOllama(have) as right:
        mine = endpoints(left, right)
        control = RunControl("auto")

        class Stopper(Quiet):
            def happened(self, member: KeptMember, event: Event) -> None:
                if all(m.record.iterations and m.record.iterations[0].runs for m in suite.members):
                    control.stop()

        pairs = [(ONE, case) for case in cases(tmp_path, 2)]
        suite = SuiteRun.new(
            mine, Workspace(tmp_path).results, pairs, control=control, follower=Stopper()
        )
        await suite.run()
        began = {m.case.id: m.endpoint for m in suite.members}
        assert set(began.values()) == {"host0", "host1"}
        again = reopen_suite(
            mine,
            Workspace(tmp_path).results,
            suite.document,
            control=RunControl("auto"),
            follower=Quiet(),
        )
        await again.run()
        assert {m.case.id: m.endpoint for m in again.members} == began
        await mine.aclose()
