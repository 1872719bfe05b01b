"""The whole app on a scripted model: endpoints without a network, a clock that does not move."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from textual.pilot import Pilot
from textual.widget import Widget

from llmopt_tui.app.endpoints import Found
from llmopt_tui.app.sessions import OpenSession
from llmopt_tui.app.surveys import EndpointSurvey
from llmopt_tui.app.workspace import LoadedCases, Workspace
from llmopt_tui.app.wrong_request import WrongRequest
from llmopt_tui.config.settings import Settings
from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.loop.slots import Slots
from llmopt_tui.core.ports import ModelError, ModelInfo
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.proposals.model_interviewer import ModelInterviewer
from llmopt_tui.core.scoring.text import Length, Structure
from llmopt_tui.core.scoring.tone import Professionalism
from llmopt_tui.core.settings import PLAYBOOK, LoopSettings
from llmopt_tui.state.pulling import Pull
from llmopt_tui.state.run_state import RunState
from llmopt_tui.tui.app import LlmoptApp
from llmopt_tui.tui.panes.cases import CasesPane
from llmopt_tui.tui.panes.decision import DecisionPane
from llmopt_tui.tui.panes.models import ModelsPane
from llmopt_tui.tui.panes.suggestion_card import SuggestionCard
from llmopt_tui.tui.screens.workbench import Workbench
from tests.fakes.models import ScriptedClient, candidate, interviewer

PROMPT = "Write a short description of this job.\nUse plain words.\n\n{{posting}}"


def make_case(case_id: str = "concise_description", *, train: int = 3) -> Case:
    """A text case with three criteria; train examples and half as many validation ones."""
    examples = [
        Example(f"cd-{i:03}", {"posting": f"Electrician wanted, industrial site number {i}."})
        for i in range(1, train + 1)
    ]
    examples += [
        Example(f"cv-{i:03}", {"posting": f"Unseen posting {i}."}, "validation")
        for i in range(1, train // 2 + 1)
    ]
    return Case(
        id=case_id,
        title=case_id.replace("_", " ").capitalize(),
        description="Two plain sentences about a job.",
        prompt=Prompt(case_id, PROMPT),
        criteria=(
            Length(unit="words", min=8, max=16),
            Structure(max_sentences=2),
            Professionalism(),
        ),
        examples=tuple(examples),
    )


class StillClock:
    """Time that moves only when it is told to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def now(self) -> datetime:
        return datetime(2026, 11, 2, 14, 3, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)


class FakeWorkspace(Workspace):
    """A workspace that holds given cases and keeps results in a real folder."""

    loaded: LoadedCases

    def load_cases(self, unsaved: Mapping[Path, bytes] | None = None) -> LoadedCases:
        return self.loaded


def fake_workspace(root: Path, loaded: LoadedCases) -> FakeWorkspace:
    workspace = FakeWorkspace(root)
    object.__setattr__(workspace, "loaded", loaded)
    return workspace


class ScriptedPulls:
    """Downloads of what is `pullable`: each goes half way, waits for `gate`, then is complete.

    `errors` are raised half way, one a download. `open` counts the downloads under way.
    """

    def __init__(self, pullable: Sequence[str]) -> None:
        self.pullable = tuple(pullable)
        self.errors: list[Exception] = []
        self.gate = asyncio.Event()
        self.begun: list[str] = []
        self.open = 0

    async def steps(self, model: str) -> AsyncIterator[tuple[str, int | None]]:
        self.begun.append(model)
        self.open += 1
        try:
            yield "pulling manifest", None
            if model not in self.pullable:
                raise WrongRequest(f"no model {model} to pull")
            for completed in (0, 2_600_000_000):
                yield "pulling aa", completed
            if self.errors:
                raise self.errors.pop(0)
            await self.gate.wait()
            yield "pulling aa", 5_200_000_000
            yield "success", None
        finally:
            self.open -= 1


class FakeEndpoints:
    """What the app needs of its endpoints, on one scripted client."""

    def __init__(
        self,
        root: Path,
        client: ScriptedClient,
        clock: StillClock,
        *,
        cases: Sequence[Case] = (),
        loaded: LoadedCases | None = None,
        settings: Settings | None = None,
        down: ModelError | None = None,
        pullable: Sequence[str] = (),
    ) -> None:
        cases = cases or (make_case(), make_case("skills_extraction"))
        self.workspace = fake_workspace(root, loaded or LoadedCases(tuple(cases), ()))
        self.settings = settings or ONE_IDEA
        self.client = client
        self.clock = clock
        self.down = down
        self.hosts: list[str] = []
        self.closed = False
        self.ids = 0
        self.embedded = False
        self.pulls = ScriptedPulls(pullable)

    @property
    def interviewer(self) -> str:
        return self.settings.interviewer

    async def start(self, progress: Callable[..., None] | None = None) -> None:
        return None

    async def use_embedded(self, progress: Callable[..., None] | None = None) -> None:
        self.down, self.embedded = None, True

    def use_playbook(self) -> None:
        self.settings = replace(self.settings, interviewer=PLAYBOOK)

    def use_settings(self, settings: Settings) -> bool:
        before, self.settings = self.settings, settings
        return before.host != settings.host

    async def reconnect(self) -> None:
        self.hosts.append(self.settings.host)

    async def pull(self, model: str) -> AsyncIterator[Pull]:
        pull = Pull(model, self.clock.monotonic())
        async for status, completed in self.pulls.steps(model):
            layer = ("sha256:aa", 5_200_000_000) if completed is not None else ("", None)
            at = self.clock.monotonic()
            yield (pull := pull.after(status, *layer, completed or 0, at=at))
        self.client.install(model)

    async def use_host(self, host: str) -> None:
        if host == "nonsense":
            raise WrongRequest("nonsense is no address")
        self.hosts.append(host)

    async def survey(self) -> list[EndpointSurvey]:
        url = "http://127.0.0.1:11434"
        if self.down:
            return [EndpointSurvey("ollama", url, error=self.down)]
        models = tuple(await self.client.models())
        can_pull = bool(self.pulls.pullable)
        return [EndpointSurvey("ollama", url, "0.13.0", models, can_pull=can_pull)]

    def new_id(self) -> str:
        self.ids += 1
        return f"{self.ids:08x}"

    async def find(self, model: str, endpoint: str = "") -> Found:
        infos = {info.name: info for info in await self.client.models()}
        if model not in infos:
            raise WrongRequest(f"no endpoint has the model {model!r}")
        return self.client, infos[model], "0.13.0"

    async def interviewer_for(
        self, name: str, loop: LoopSettings, *, beside: str = ""
    ) -> ModelInterviewer:
        return ModelInterviewer(self.client, name, options={})

    async def endpoints_of(self, model: str, before: ModelInfo | None = None) -> tuple[str, ...]:
        return (self.client.endpoint,)

    async def limits(self) -> dict[str, int]:
        return {self.client.endpoint: self.client.parallel}

    async def slots(self) -> Slots:
        return Slots(await self.limits())

    async def loaded(self, endpoint: str) -> frozenset[str]:
        return frozenset()

    async def elsewhere(self, model: ModelInfo, lost: str) -> tuple[str, ...]:
        return ()

    async def aclose(self) -> None:
        self.closed = True


def answer(request: object) -> object:
    """The candidate's or the interviewer's answer, by the model that is asked."""
    name = getattr(request, "model", "")
    return interviewer(request) if name.startswith("llama3.2") else candidate(request)  # type: ignore[arg-type]


ONE_IDEA = Settings(proposals=1, demonstrations=0)
"""Settings of rounds with one idea in them: what surrounds a round is tested with these."""


class Stage:
    """An app with everything around it that a test wants to reach."""

    def __init__(self, root: Path, **endpoints: object) -> None:
        self.clock = StillClock()
        self.client = ScriptedClient(answer)  # type: ignore[arg-type]
        self.endpoints = FakeEndpoints(root, self.client, self.clock, **endpoints)  # type: ignore[arg-type]
        self.workspace = self.endpoints.workspace
        self.app = LlmoptApp(
            lambda: (self.workspace, self.endpoints, ()),  # type: ignore[arg-type,return-value]
            clock=self.clock,
        )

    @property
    def opened(self) -> list[OpenSession]:
        """The sessions that the last run has opened."""
        controller = self.app.controller
        members = controller.suite.everyone if controller and controller.suite else ()
        return [member.opened for member in members if member.opened]

    @property
    def state(self) -> RunState:
        """The session that runs."""
        assert self.app.controller.state is not None
        return self.app.controller.state

    async def ready(self, pilot: Pilot[None]) -> None:
        """Wait until models and cases are there."""
        await until(
            pilot,
            lambda: (
                "workbench" in self.app._screen_stacks
                and self.workbench.is_mounted
                and self.workbench.query_one(ModelsPane).rows.option_count
                and self.workbench.query_one(CasesPane).rows.option_count
            ),
        )

    async def up(self, pilot: Pilot[None]) -> None:
        """Wait until the Workbench is mounted and has asked for what there is."""
        await until(pilot, lambda: "workbench" in self.app._screen_stacks)
        await until(pilot, lambda: self.workbench.is_mounted and self.workbench.finding.surveys)
        await until(pilot, lambda: self.workbench.finding.loaded is not None)

    async def run(self, pilot: Pilot[None]) -> None:
        """Pick the first model and the first case, and run."""
        await self.ready(pilot)
        await pilot.press("space", "tab", "space", "ctrl+r")

    async def deciding(self, pilot: Pilot[None]) -> None:
        """Wait until a suggestion waits and its card can be answered."""
        pane = self.workbench.query_one(DecisionPane)
        await until(pilot, lambda: pane.card and pane.card.is_mounted and pane.card.open)
        self.clock.seconds += 1

    @property
    def workbench(self) -> Workbench:
        """The main screen."""
        screen = self.app._screen_stacks["workbench"][0]
        assert isinstance(screen, Workbench)
        return screen

    @property
    def card(self) -> SuggestionCard:
        """The suggestion card."""
        card = self.workbench.query_one(DecisionPane).card
        assert card is not None
        return card


async def until(pilot: Pilot[None], condition: Callable[[], object], seconds: float = 20) -> None:
    """Let the app go on until a condition holds.

    Not by `pilot.pause()`: that waits for widgets which may have gone in the meantime.
    """
    give_up = asyncio.get_running_loop().time() + seconds
    while not condition():
        if asyncio.get_running_loop().time() > give_up:
            raise AssertionError("the condition never came to hold")
        await asyncio.sleep(0.01)


def text_of(widget: Widget) -> str:
    """What a widget and its children show now, cut out of the screen."""
    region = widget.region
    strips = widget.screen._compositor.render_strips()
    rows = strips[region.y : region.bottom]
    return "\n".join(row.crop(region.x, region.right).text for row in rows)


def words_of(widget: Widget) -> str:
    """What a widget shows now, however it is wrapped."""
    return " ".join(text_of(widget).split())
