"""Missing models: shown, asked about, pulled, cancelled, tried again, run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.pilot import Pilot

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.surveys import EndpointSurvey
from llmopt_tui.config.settings import DEFAULT_CANDIDATES, Settings
from llmopt_tui.core.ports import ModelInfo
from llmopt_tui.llm.errors import ServerFailed, TruncatedStream
from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.news import RunRequest
from llmopt_tui.tui.panes.cases import CasesPane
from llmopt_tui.tui.panes.models import ModelsPane
from llmopt_tui.tui.panes.pull_panel import PullPanel
from llmopt_tui.tui.pulling import PullController, lack_of, missing_models
from llmopt_tui.tui.screens.before_run import Ways
from llmopt_tui.tui.screens.dialogs import Confirm
from tests.nasty import NASTY
from tests.tui.harness import Stage, text_of, until, words_of
from tests.tui_widgets.screen_text import obeyed, screen_text

pytestmark = pytest.mark.long

WIDE, NARROW = (120, 40), (80, 24)
PHI, LLAMA = "phi4-mini-reasoning:latest", "llama3.2:latest"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Everything but phi4-mini-reasoning is installed."""
    stage = Stage(tmp_path, pullable=[PHI, LLAMA])
    stage.client.install(LLAMA)
    return stage


def models(stage: Stage) -> ModelsPane:
    return stage.workbench.query_one(ModelsPane)


def pulls(stage: Stage) -> PullController:
    return stage.workbench.pulls


def panel(stage: Stage) -> str:
    return words_of(stage.workbench.query_one("#pull-text"))


async def picked(stage: Stage, pilot: Pilot[None], *names: str) -> None:
    """Pick these models and the first case."""
    await stage.ready(pilot)
    for name in names:
        models(stage).rows.pick(name)
    cases = stage.workbench.query_one(CasesPane).rows
    cases.pick(cases.keys[0])
    assert models(stage).picked == list(names)


async def asked(stage: Stage, pilot: Pilot[None]) -> str:
    """Wait for a question, and give its words."""
    await until(pilot, lambda: isinstance(stage.app.screen, Ways | Confirm))
    dialog = stage.app.screen
    await until(pilot, lambda: dialog.is_mounted and dialog.focused)
    return " ".join(words_of(part) for part in dialog.query("Plain, Button"))


def said(stage: Stage) -> str:
    return " ".join(notification.message for notification in stage.app._notifications)


async def half_way(stage: Stage, pilot: Pilot[None]) -> None:
    await until(pilot, lambda: pulls(stage).pull and pulls(stage).pull.done)  # type: ignore[union-attr]


async def run_begun(stage: Stage, pilot: Pilot[None], *names: str) -> None:
    """Wait until a run of these models is under way."""
    await until(pilot, lambda: stage.workbench.controller.suite)
    suite = stage.workbench.controller.suite
    assert suite is not None
    assert suite.plan.models == names


def survey(*names: str, can_pull: bool = True) -> EndpointSurvey:
    return EndpointSurvey("e", "url", models=tuple(map(ModelInfo, names)), can_pull=can_pull)


def endpoints(tmp_path: Path, **settings: str) -> Endpoints:
    return Endpoints(Settings(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("surveys", "settings", "missing"),
    [
        ([survey(*DEFAULT_CANDIDATES, LLAMA)], {}, ()),
        ([survey(*DEFAULT_CANDIDATES)], {}, (LLAMA,)),
        ([survey(*DEFAULT_CANDIDATES)], {"interviewer": "playbook"}, ()),
        ([survey(LLAMA)], {}, DEFAULT_CANDIDATES),
        ([survey(LLAMA)], {"baseline": "Gemma3n"}, ("Gemma3n", *DEFAULT_CANDIDATES[1:])),
        ([survey(*DEFAULT_CANDIDATES[:4])], {"baseline": ""}, ("dolphin3:8b", LLAMA)),
        ([survey(), survey(*DEFAULT_CANDIDATES, can_pull=False)], {}, (LLAMA,)),
        ([survey("qwen3:latest", can_pull=False)], {}, ()),
        ([], {}, ()),
    ],
)
def test_what_no_endpoint_has_is_missing_where_it_can_be_pulled(
    tmp_path: Path,
    surveys: list[EndpointSurvey],
    settings: dict[str, str],
    missing: tuple[str, ...],
) -> None:
    assert missing_models(surveys, endpoints(tmp_path, **settings)) == missing


@pytest.mark.parametrize(
    ("picked", "baseline", "lacked", "offered"),
    [
        (("qwen3:latest",), "gemma3n:latest", (), ""),
        (("qwen3:latest", "dolphin3:8b"), "gemma3n", (), "gemma3n:latest"),
        (("gemma3n:latest", "qwen3:latest"), "gemma3n", (), ""),
        (("qwen3:latest", "dolphin3:8b"), "", (), ""),
        (("qwen3:latest", "dolphin3:8b"), "other", (), ""),
        (("qwen3:latest", PHI), "gemma3n", (PHI,), "gemma3n:latest"),
    ],
    ids=["one", "several", "among them", "cleared", "not there", "one of two missing"],
)
def test_the_baseline_is_offered_to_several_models_without_it(
    tmp_path: Path,
    picked: tuple[str, ...],
    baseline: str,
    lacked: tuple[str, ...],
    offered: str,
) -> None:
    installed = ["gemma3n:latest", "qwen3:latest", "dolphin3:8b", LLAMA]
    lack = lack_of(
        RunRequest(picked, ("a",)), endpoints(tmp_path, baseline=baseline), (PHI,), installed
    )
    assert (lack.models, lack.interviewer, lack.baseline) == (lacked, "", offered)
    assert bool(lack) == bool(lacked or offered)


async def test_what_is_missing_stands_below_what_is_installed(tmp_path: Path) -> None:
    settings = Settings(baseline="mybase", interviewer="myguide")
    stage = Stage(tmp_path, pullable=[PHI], settings=settings)
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        await until(pilot, lambda: "pull" in text_of(stage.workbench.query_one(KeyBar)))
        await until(pilot, lambda: "myguide" in text_of(models(stage).rows))
        assert models(stage).missing == ("mybase", PHI, "myguide")
        assert models(stage).rows.keys == [*models(stage).installed, *models(stage).missing]
        last = [row.split() for row in text_of(models(stage).rows).splitlines()[-3:]]
        assert last[0] == ["☐", "mybase", "base", "pull"]
        assert last[1][1].startswith("phi4-mini")
        assert last[1][2:] == ["pull"]
        assert last[2] == ["☐", "myguide", "asks", "pull"]


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_run_pulls_what_it_lacks_and_then_begins(
    stage: Stage, size: tuple[int, int]
) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await picked(stage, pilot, PHI)
        await pilot.press("ctrl+r")
        words = await asked(stage, pilot)
        assert "Pull 1 model first?" in words
        assert f"{PHI} is not installed" in words
        assert "Run without" not in words
        assert stage.endpoints.pulls.begun == []
        await pilot.press("y")
        await half_way(stage, pilot)
        stage.clock.seconds += 2
        # How fast depends on what else has moved the clock since the download began.
        told = re.compile(r"2\.6 of 5\.2 GB [1-9]\d* MB/s [1-9]\d* s left")
        await until(pilot, lambda: told.search(panel(stage)))
        assert "phi4-mini-reasoning" in panel(stage)
        assert "then the run" in panel(stage)
        assert "━" in panel(stage)
        assert "cancel" in text_of(stage.workbench.query_one(KeyBar))
        assert stage.workbench.controller.suite is None
        stage.endpoints.pulls.gate.set()
        await run_begun(stage, pilot, PHI)
        assert PHI in models(stage).installed
        assert models(stage).picked == [PHI]
        assert not stage.workbench.query_one(PullPanel).display


async def test_a_run_can_do_without_what_is_missing(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await picked(stage, pilot, "qwen3:latest", PHI)
        await pilot.press("ctrl+r")
        assert "Run without" in await asked(stage, pilot)
        await pilot.press("enter")  # the harmless button has the focus
        await until(pilot, lambda: stage.app.screen is stage.workbench)
        assert stage.workbench.controller.suite is None
        await pilot.press("ctrl+r")
        await asked(stage, pilot)
        await pilot.press("n")
        await run_begun(stage, pilot, "qwen3:latest")
        assert stage.endpoints.pulls.begun == []


async def test_a_missing_interviewer_is_pulled_and_not_picked(tmp_path: Path) -> None:
    stage = Stage(tmp_path, pullable=[LLAMA])
    async with stage.app.run_test(size=WIDE) as pilot:
        await picked(stage, pilot, "qwen3:latest")
        await pilot.press("ctrl+r")
        assert f"{LLAMA} is not installed" in await asked(stage, pilot)
        stage.endpoints.pulls.gate.set()
        await pilot.press("y")
        await run_begun(stage, pilot, "qwen3:latest")
        assert LLAMA in models(stage).installed
        assert models(stage).picked == ["qwen3:latest"]


async def test_without_its_interviewer_a_run_takes_the_playbook(tmp_path: Path) -> None:
    stage = Stage(tmp_path, pullable=[LLAMA])
    async with stage.app.run_test(size=WIDE) as pilot:
        await picked(stage, pilot, "qwen3:latest")
        await pilot.press("ctrl+r")
        assert "the built-in playbook suggests prompts" in await asked(stage, pilot)
        await pilot.press("n")
        await run_begun(stage, pilot, "qwen3:latest")
        suite = stage.workbench.controller.suite
        assert suite is not None
        assert suite.plan.interviewer_model == "playbook"
        await until(pilot, lambda: "playbook" in text_of(stage.workbench.query_one(TopBar)))


async def test_a_key_pulls_what_is_highlighted_and_picks_it(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE, notifications=True) as pilot:
        await stage.ready(pilot)
        await pilot.press("u")
        await until(pilot, lambda: "nothing to pull" in said(stage))
        await pilot.press("end", "u")
        assert f"Pull 1 model? {PHI}" in await asked(stage, pilot)
        assert stage.endpoints.pulls.begun == []
        stage.endpoints.pulls.gate.set()
        await pilot.press("y")
        await until(pilot, lambda: models(stage).picked == [PHI])
        assert models(stage).missing == ()
        assert stage.workbench.controller.suite is None


async def test_a_download_is_cancelled_by_key_and_by_mouse(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await picked(stage, pilot, PHI)
        for way in ("key", "mouse"):
            await pilot.press("ctrl+r")
            await asked(stage, pilot)
            await pilot.press("y")
            await half_way(stage, pilot)
            await until(pilot, lambda: "then the run" in panel(stage))
            if way == "key":
                await pilot.press("x")
            else:
                await pilot.click("#pull-cancel")
            await until(pilot, lambda: stage.endpoints.pulls.open == 0)
            await until(pilot, lambda: not stage.workbench.query_one(PullPanel).display)
            assert not pulls(stage).running
        assert stage.endpoints.pulls.begun == [PHI, PHI]
        assert models(stage).missing == (PHI,)
        assert stage.workbench.controller.suite is None


async def test_an_error_stays_and_trying_again_goes_on_to_the_run(stage: Stage) -> None:
    errors: list[Exception] = [
        TruncatedStream("The connection broke"),
        ServerFailed("The disk is full"),
    ]
    stage.endpoints.pulls.errors = errors.copy()
    async with stage.app.run_test(size=WIDE) as pilot:
        await picked(stage, pilot, PHI)
        await pilot.press("ctrl+r")
        await asked(stage, pilot)
        await pilot.press("y")
        await until(pilot, lambda: "was not pulled. The connection broke" in panel(stage))
        assert "The run has not begun." in panel(stage)
        assert "Dismiss" in text_of(stage.workbench.query_one(PullPanel))
        stage.clock.seconds += 600
        await until(pilot, lambda: "try again" in text_of(stage.workbench.query_one(KeyBar)))
        await pilot.click("#pull-again")
        await until(pilot, lambda: "was not pulled. The disk is full" in panel(stage))
        stage.endpoints.pulls.gate.set()
        await pilot.press("u")
        await run_begun(stage, pilot, PHI)
        assert stage.endpoints.pulls.begun == [PHI] * 3


async def test_a_dismissed_error_takes_the_rest_with_it(stage: Stage) -> None:
    stage.endpoints.pulls.errors.append(ServerFailed("The disk is full"))
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        pulls(stage).start([PHI, LLAMA])
        await until(pilot, lambda: "The disk is full" in panel(stage))
        assert stage.endpoints.pulls.begun == [PHI]
        await pilot.press("escape")
        await until(pilot, lambda: not stage.workbench.query_one(PullPanel).display)
        assert pulls(stage).queue == []


async def test_several_are_pulled_one_after_another(tmp_path: Path) -> None:
    stage = Stage(tmp_path, pullable=[PHI, LLAMA])
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        pulls(stage).start([PHI])
        await half_way(stage, pilot)
        pulls(stage).start([LLAMA, PHI])
        await until(pilot, lambda: "then 1 more" in panel(stage))
        assert stage.endpoints.pulls.begun == [PHI]
        stage.endpoints.pulls.gate.set()
        await until(pilot, lambda: models(stage).missing == ())
        assert stage.endpoints.pulls.begun == [PHI, LLAMA]


async def test_leaving_the_app_ends_the_download(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        pulls(stage).start([PHI])
        await half_way(stage, pilot)
        await pilot.press("q")
        await until(pilot, lambda: stage.app._exit)
        assert stage.endpoints.pulls.open == 0


async def test_a_run_that_began_meanwhile_is_left_alone(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE, notifications=True) as pilot:
        await picked(stage, pilot, PHI)
        await pilot.press("ctrl+r")
        await asked(stage, pilot)
        await pilot.press("y")
        await half_way(stage, pilot)
        stage.client.hold()
        models(stage).rows.pick(PHI, False)
        models(stage).rows.pick("qwen3:latest")
        await pilot.press("ctrl+r")
        await run_begun(stage, pilot, "qwen3:latest")
        stage.endpoints.pulls.gate.set()
        await until(pilot, lambda: PHI in models(stage).installed)
        await until(pilot, lambda: "A run is under way" in said(stage))
        await run_begun(stage, pilot, "qwen3:latest")
        stage.client.let_go()


async def test_the_baseline_is_offered_and_may_be_declined(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        two = ("qwen3:latest", "dolphin3:8b")
        await picked(stage, pilot, *two)
        await pilot.press("ctrl+r")
        assert "Compare with gemma3n:latest, the baseline?" in await asked(stage, pilot)
        await pilot.press("n")
        await run_begun(stage, pilot, *two)
        assert stage.app.screen is stage.workbench


async def test_both_questions_come_before_anything_is_pulled(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await picked(stage, pilot, "qwen3:latest", PHI)
        await pilot.press("ctrl+r")
        assert "Pull 1 model first?" in await asked(stage, pilot)
        first = stage.app.screen
        await pilot.press("y")
        await until(pilot, lambda: stage.app.screen not in (first, stage.workbench))
        assert "the baseline?" in await asked(stage, pilot)
        assert stage.endpoints.pulls.begun == []
        stage.endpoints.pulls.gate.set()
        await pilot.press("y")
        await run_begun(stage, pilot, "gemma3n:latest", "qwen3:latest", PHI)


async def test_a_server_without_models_offers_them(tmp_path: Path) -> None:
    stage = Stage(tmp_path, pullable=[PHI])
    stage.client._models = ()
    async with stage.app.run_test(size=NARROW) as pilot:
        await stage.ready(pilot)
        assert models(stage).installed == []
        assert models(stage).missing[0] == "gemma3n:latest"
        await until(pilot, lambda: "u pulls them" in screen_text(stage.app))
        assert len(models(stage).missing) == 6


async def test_names_and_errors_are_shown_inert(tmp_path: Path) -> None:
    stage = Stage(tmp_path, pullable=[PHI])
    async with stage.app.run_test(size=NARROW) as pilot:
        await stage.ready(pilot)
        for nasty in NASTY:
            stage.endpoints.pulls.pullable = (nasty,)
            stage.endpoints.pulls.errors = [ServerFailed(nasty)]
            pulls(stage).start([nasty])
            await until(pilot, lambda: "was not pulled" in panel(stage))
            assert not obeyed(screen_text(stage.app))
            pulls(stage).dismiss()
            await until(pilot, lambda: not stage.workbench.query_one(PullPanel).display)


async def test_questions_show_names_inert(tmp_path: Path) -> None:
    names = " ".join(NASTY)
    settings = Settings(baseline=names, interviewer=f"{names} again")
    stage = Stage(tmp_path, pullable=[PHI], settings=settings)
    async with stage.app.run_test(size=NARROW) as pilot:
        await picked(stage, pilot, "qwen3:latest", names)
        assert not obeyed(screen_text(stage.app))
        await pilot.press("ctrl+r")
        assert "Pull 2 models first?" in await asked(stage, pilot)
        assert not obeyed(screen_text(stage.app))
