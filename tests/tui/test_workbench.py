"""The Workbench driven by keys and by the mouse, on a scripted model."""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widget import Widget
from textual.widgets import Button, Input, OptionList

from llmopt_tui.app.surveys import EndpointSurvey
from llmopt_tui.app.workspace import LoadedCases
from llmopt_tui.config.problems import Problem
from llmopt_tui.core.ports import ChatRequest, ModelInfo, Retrying
from llmopt_tui.llm.errors import ServerUnreachable
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.bars import StatusLine, TopBar
from llmopt_tui.tui.controller import RunController
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.notices import Notice
from llmopt_tui.tui.panes.cases import CasesPane, Problems
from llmopt_tui.tui.panes.decision import DecisionPane
from llmopt_tui.tui.panes.interview_block import InterviewBlock
from llmopt_tui.tui.panes.interviewer import AskInput
from llmopt_tui.tui.panes.live_log import LiveLog
from llmopt_tui.tui.panes.models import ModelsPane
from llmopt_tui.tui.panes.start_panel import StartPanel
from llmopt_tui.tui.screens.dialogs import Ask, Choose, Confirm
from llmopt_tui.tui.screens.workbench import Workbench
from tests.fakes.models import RULES
from tests.tui.harness import ONE_IDEA, Stage, make_case, text_of, until, words_of

WIDE, NARROW = (120, 40), (80, 24)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def focused_pane(stage: Stage) -> str:
    focused = stage.workbench.focused
    assert focused is not None
    titles = [
        str(node.border_title)
        for node in focused.ancestors
        if isinstance(node, Widget) and node.has_class("pane")
    ]
    return titles[0].split(" ──")[0]


def notices(stage: Stage) -> list[str]:
    return [notice.text for notice in stage.workbench.query(Notice)]


async def test_the_four_panes_stand_in_the_first_frame(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        expected = ["Models", "Cases", "Live log", "Interviewer"]
        assert [str(pane.border_title) for pane in stage.app.screen.query(".pane")] == expected
        await stage.ready(pilot)
        shown = [pane for pane in stage.workbench.query(".pane") if pane.display]
        assert [str(pane.border_title) for pane in shown] == expected


async def test_quitting_before_the_workbench_stands_leaves_in_good_order(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.app.action_quit()
        await until(pilot, lambda: stage.app._exit)
    assert stage.app.return_code == 0
    assert stage.endpoints.closed


async def test_what_is_found_after_the_bars_are_gone_is_not_drawn(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars: list[int] = []

    def found_late(screen: Workbench) -> None:  # as by a worker that is cancelled at the end
        bars.append(len(screen.query(TopBar)))
        screen.finding._changed()

    monkeypatch.setattr(Workbench, "on_unmount", found_late, raising=False)
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
    assert bars == [0]


async def test_focus_starts_in_models_and_tab_goes_through_the_panes(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        assert focused_pane(stage) == "Models"
        await stage.run(pilot)
        await stage.deciding(pilot)
        await pilot.press("1")
        seen = []
        for _ in range(3):
            await pilot.press("tab")
            seen.append(focused_pane(stage))
        assert seen == ["Cases", "Live log", "Suggestion 1 · interviewer"]


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_space_picks_and_unpicks(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await stage.ready(pilot)
        models = stage.workbench.query_one(ModelsPane)
        assert models.picked == []
        await pilot.press("space", "down", "space")
        assert models.picked == ["gemma3n:latest", "qwen3:latest"]
        await pilot.press("space")
        assert models.picked == ["gemma3n:latest"]


async def test_running_with_nothing_picked_says_what_is_missing(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        await pilot.press("ctrl+r")
        await pilot.pause()
        (notice,) = notices(stage)
        assert "Pick a model in Models" in notice
        assert "Pick a case in Cases" in notice
        await pilot.press("space", "ctrl+r")
        await pilot.pause()
        assert notices(stage) == ["Nothing to run yet. Pick a case in Cases with space."]
        assert focused_pane(stage) == "Cases"
        await pilot.press("space")
        await pilot.pause()
        assert notices(stage) == []


async def test_accepting_runs_to_the_target_and_keeps_everything(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        for _ in RULES:
            await stage.deciding(pilot)
            await pilot.press("a")
        await until(pilot, lambda: stage.state.record.finished)
        record = stage.state.record
        assert record.finished
        assert record.finished.stop_reason == "target_reached"
        assert record.best_score == 1.0
        assert [i.origin for i in record.iterations] == ["original"] + ["accepted"] * 3
        await until(pilot, lambda: not stage.app.controller.running)
        folder = stage.opened[0].writer.folder
        data = json.loads((folder / "session_data.json").read_text())
        assert data["status"] == "completed"
        assert data["best_score"] == 1.0
        said = f"target reached: {record.baseline_score:.2f} → 1.00"
        await until(pilot, lambda: said in text_of(stage.workbench.query_one(StatusLine)))
        await pilot.press("G")
        await until(pilot, lambda: isinstance(stage.app.screen, Ask))
        assert "Run longer, from the best: iteration 4?" in words_of(stage.app.screen)


async def test_a_suggestion_is_not_answered_by_keys_typed_ahead(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        stage.clock.seconds -= 0.9
        await pilot.press("a", "r", "e")
        await pilot.pause()
        assert stage.card.open
        assert stage.app.screen is stage.workbench
        stage.clock.seconds += 0.5
        await pilot.press("a")
        await until(pilot, lambda: len(stage.state.record.iterations) == 2)


@pytest.mark.long
async def test_a_suggestion_is_decided_once(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        stage.client.hold()
        card = stage.card
        await pilot.press("a", "a", "a")
        await until(pilot, lambda: len(stage.state.record.iterations) == 2)
        assert not card.open
        assert [i.decision.action for i in stage.state.record.interviews if i.decision] == [
            "accepted"
        ]
        stage.client.let_go()


async def test_rejecting_takes_a_reason_that_is_kept(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        await pilot.press("r", *"too strict", "enter")
        await until(pilot, lambda: stage.state.record.interviews[0].decision)
        decision = stage.state.record.interviews[0].decision
        assert decision
        assert (decision.action, decision.note) == ("rejected", "too strict")
        assert not isinstance(stage.workbench.focused, Input)


@pytest.mark.long
async def test_a_rejection_needs_no_reason_and_can_be_called_off(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        await pilot.press("r", "x", "escape")
        await pilot.pause()
        assert stage.card.open
        await pilot.press("r", "backspace", "enter")  # what was typed is still there
        await until(pilot, lambda: stage.state.record.interviews[0].decision)
        decision = stage.state.record.interviews[0].decision
        assert decision
        assert (decision.action, decision.note) == ("rejected", "")


async def test_editing_tests_the_persons_own_words(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        await pilot.press("e")
        await until(pilot, lambda: stage.app.screen is not stage.workbench)
        await pilot.press(*"Kindly: ", "ctrl+s")
        await until(pilot, lambda: len(stage.state.record.iterations) == 2)
        second = stage.state.record.iterations[1]
        assert second.origin == "edited"
        assert second.prompt.startswith("Kindly: Write a short")


async def test_going_to_auto_asks_who_decides_about_what_waits(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(stage.app.screen, Choose))
        await pilot.press("escape")
        assert stage.app.controller.mode == "manual"
        await pilot.press("m")
        await until(pilot, lambda: isinstance(stage.app.screen, Choose))
        await pilot.press("1")
        assert stage.app.controller.mode == "auto"
        assert stage.card.open
        await pilot.press("m", "m")
        await until(pilot, lambda: isinstance(stage.app.screen, Choose))
        await pilot.press("2")
        await until(pilot, lambda: stage.state.record.finished)
        assert {i.decision.by for i in stage.state.record.interviews if i.decision} == {"auto"}
        assert "auto" in text_of(stage.workbench.query_one(TopBar))


@pytest.mark.long
async def test_several_models_and_cases_run_one_after_another(tmp_path: Path) -> None:
    stage = Stage(tmp_path, settings=replace(ONE_IDEA, mode="auto"))
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        await pilot.press("space", "down", "space", "tab", "space", "ctrl+r")
        controller = stage.app.controller
        assert controller
        await until(pilot, lambda: len(stage.opened) == 2 and not controller.running)
        models = [o.session.model.name for o in stage.opened]
        assert models == ["gemma3n:latest", "qwen3:latest"]
        assert all(o.session.record.status == "completed" for o in stage.opened)


async def test_pausing_holds_before_the_next_call_and_p_goes_on(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.client.hold()
        await stage.run(pilot)
        await until(pilot, lambda: stage.client.requests)
        await pilot.press("p")
        stage.client.let_go()
        await until(pilot, lambda: stage.state.activity == "paused")
        await until(pilot, lambda: "paused" in text_of(stage.workbench.query_one(StatusLine)))
        assert "resume" in text_of(stage.workbench.query_one(KeyBar))
        asked = len(stage.client.requests)
        await pilot.press("p")
        await until(pilot, lambda: len(stage.client.requests) > asked)


async def test_stopping_ends_the_run_and_keeps_what_is_finished(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(stage.app.screen, Confirm))
        assert "Stop the run?" in text_of(stage.app.screen)
        await pilot.press("escape")
        await until(pilot, lambda: stage.app.screen is stage.workbench)
        assert not stage.app.controller.stopping
        await pilot.press("s")
        await until(pilot, lambda: isinstance(stage.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: stage.state.record.finished)
        assert stage.state.record.finished
        assert stage.state.record.finished.stop_reason == "stopped_by_user"
        assert stage.state.record.best_score is not None
        await until(pilot, lambda: stage.workbench.query_one(DecisionPane).card is None)


async def test_letters_in_the_input_are_letters(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        await pilot.press("i", *"a e r q s p")
        ask = stage.workbench.query_one(AskInput)
        assert ask.has_focus
        assert ask.value == "a e r q s p"
        assert stage.card.open
        await pilot.press("escape", "a")
        await until(pilot, lambda: len(stage.state.record.iterations) == 2)


async def test_talking_brings_an_answer_and_a_suggestion_that_replaces_the_first(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path)
    offered = "Write one plain sentence about this job.\n\n{{posting}}"
    plain = stage.client._answer

    def answer(request: ChatRequest) -> object:
        if request.messages[-1].content == "Shorter?":
            return f"Yes, try this.\n<prompt>\n{offered}\n</prompt>"
        return plain(request)

    stage.client._answer = answer  # type: ignore[assignment]
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        first = stage.card
        await pilot.press("i", *"Shorter?", "enter")
        pane = stage.workbench.query_one(DecisionPane)
        await until(pilot, lambda: pane.card is not None and pane.card is not first)
        assert stage.card.proposal.suggestion.prompt == offered
        assert stage.card.proposal.suggestion.source == "chat"
        block = stage.workbench.query(InterviewBlock).last()
        assert "Shorter?" in text_of(block)
        assert "Yes, try this." in text_of(block)
        assert stage.workbench.query_one(AskInput).value == ""


async def test_there_is_nothing_to_talk_about_before_an_interview(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE, notifications=True) as pilot:
        await stage.ready(pilot)
        await pilot.press("i", *"Hello?", "enter")
        await until(pilot, lambda: stage.app._notifications)
        assert "after its first interview" in next(iter(stage.app._notifications)).message


async def test_what_is_streamed_is_seen_with_its_example(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.client.hold()
        await stage.run(pilot)
        await until(pilot, lambda: stage.client.requests)
        for _ in range(30):
            stage.client.let_go()
            await pilot._wait_for_screen(timeout=5)
            stage.client.hold()
            live = stage.state.newest
            if live and "electrician" in live.text:
                break
        log = stage.workbench.query_one(LiveLog)
        await until(pilot, lambda: "answer  cd-" in text_of(log))
        stage.client.let_go()


async def test_a_retry_is_counted_down_with_its_reason(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.client.hold()
        stage.client.retries = [Retrying(1, 3.0, "the server is busy")]
        await stage.run(pilot)
        status = stage.workbench.query_one(StatusLine)
        await until(pilot, lambda: "trying again in 3 s, p tries now: the" in text_of(status))
        stage.client.let_go()
        stage.client.let_go()


async def test_the_log_follows_until_scrolled_and_f_takes_it_back(stage: Stage) -> None:
    async with stage.app.run_test(size=NARROW) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        log = stage.workbench.query_one(LiveLog)
        assert str(log.border_subtitle) == "following"
        await pilot.press("3", "pagedown")
        await pilot.pause()
        assert not log.following
        assert "f follows again" in str(log.border_subtitle)
        await pilot.press("f")
        await pilot.pause()
        assert log.following


@pytest.mark.long
async def test_only_open_iterations_have_a_body(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        await pilot.press("a")
        await stage.deciding(pilot)
        log = stage.workbench.query_one(LiveLog)
        await until(pilot, lambda: len(log.query("CardBody")) == 1)
        await pilot.press("3", "left")
        await until(pilot, lambda: log.selected == 1)
        await until(
            pilot, lambda: "Write a short description" in text_of(log.query_one("CardBody"))
        )
        await pilot.press("enter")
        await until(pilot, lambda: not log.query("CardBody"))


@pytest.mark.long
async def test_outputs_unfold_and_fold(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        log = stage.workbench.query_one(LiveLog)
        assert "It is awesome!!!" not in text_of(log)
        await pilot.press("o")
        await until(pilot, lambda: "It is awesome!!!" in text_of(log))
        await pilot.press("o")
        await until(pilot, lambda: "It is awesome!!!" not in text_of(log))


@pytest.mark.long
async def test_copying_asks_which_of_several(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert stage.app.clipboard == "gemma3n:latest"
        await stage.run(pilot)
        await stage.deciding(pilot)
        await pilot.press("3", "y")
        await until(pilot, lambda: stage.app.screen is not stage.workbench)
        await pilot.press("1")
        await pilot.pause()
        assert stage.app.clipboard.startswith("Write a short description")


# The mouse alone


async def test_the_mouse_alone_picks_runs_and_decides(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        await pilot.click("#models-list", offset=(4, 0))
        await pilot.click("#cases-list", offset=(4, 0))
        bar = stage.workbench.query_one(KeyBar)
        await pilot.click(KeyBar, offset=(text_of(bar).index("^r run") + 1, 0))
        await stage.deciding(pilot)
        button = next(b for b in stage.card.query(Button) if b.name == "accept")
        await until(pilot, lambda: button.size)
        await pilot.click(button)
        await until(pilot, lambda: len(stage.state.record.iterations) == 2)


@pytest.mark.long
async def test_a_click_opens_and_closes_an_iteration(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        log = stage.workbench.query_one(LiveLog)
        await pilot.press("3")
        await pilot.click(".card-line")
        await until(pilot, lambda: not log.query("CardBody"))
        await pilot.click(".card-line")
        await until(pilot, lambda: log.query("CardBody"))


# Narrow terminals


def shown_panes(stage: Stage) -> list[str]:
    panes = stage.workbench.query(".pane")
    return [pane.id or "" for pane in panes if pane.size and pane.region.height > 0]


async def test_a_narrow_terminal_shows_one_pane_at_a_time(stage: Stage) -> None:
    async with stage.app.run_test(size=NARROW) as pilot:
        await stage.ready(pilot)
        for key, pane in (("1", "models"), ("2", "cases"), ("3", "log"), ("4", "talk")):
            await pilot.press(key)
            await pilot.pause()
            assert shown_panes(stage) == [pane]
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        assert shown_panes(stage) == ["models", "cases", "log", "talk"]


async def test_tab_turns_the_tabs_of_a_narrow_terminal(stage: Stage) -> None:
    async with stage.app.run_test(size=NARROW) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        await pilot.press("1")
        seen = []
        for _ in range(3):
            await pilot.press("tab")
            seen.append(focused_pane(stage))
        assert seen == ["Cases", "Live log", "Suggestion 1 · interviewer"]


async def test_a_decision_opens_over_whatever_is_shown(stage: Stage) -> None:
    async with stage.app.run_test(size=NARROW) as pilot:
        stage.client.hold()
        await stage.run(pilot)
        await pilot.press("1")
        stage.client.let_go()
        await stage.deciding(pilot)
        await until(pilot, lambda: stage.card.region.height > 4)
        tabs = stage.workbench.query_one("#tabs")
        await until(pilot, lambda: "5 Decide ●" in text_of(tabs))
        await pilot.press("a")
        await until(pilot, lambda: len(stage.state.record.iterations) == 2)


# What can go wrong


async def test_without_a_server_it_says_what_was_tried_and_what_to_do(tmp_path: Path) -> None:
    down = ServerUnreachable("connection refused", hint="Start Ollama")
    stage = Stage(tmp_path, down=down)
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.up(pilot)
        panel = stage.workbench.query_one(StartPanel)
        await until(pilot, lambda: len([b for b in panel.query(Button) if b.size]) == 4)
        await until(pilot, lambda: "http://127.0.0.1:11434" in words_of(panel))
        assert "connection refused" in words_of(panel)
        assert "no answer" in text_of(stage.workbench.query_one(TopBar))
        await pilot.click(panel.query(Button).first())
        await until(pilot, lambda: stage.endpoints.embedded)
        await stage.ready(pilot)


@pytest.mark.long
async def test_another_host_can_be_tried_by_keyboard(tmp_path: Path) -> None:
    stage = Stage(tmp_path, down=ServerUnreachable("refused"))
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.up(pilot)
        panel = stage.workbench.query_one(StartPanel)
        await until(pilot, lambda: len([b for b in panel.query(Button) if b.size]) == 4)
        await pilot.press("tab", "tab", "tab", "enter")
        await until(pilot, lambda: isinstance(stage.workbench.focused, Input))
        await pilot.press(*"nonsense", "enter")
        await until(pilot, lambda: notices(stage) == ["nonsense is no address"])
        stage.endpoints.down = None
        await pilot.press(*["backspace"] * 8, *"gpu:11434", "enter")
        await stage.ready(pilot)
        assert stage.endpoints.hosts == ["gpu:11434"]


async def test_broken_case_files_are_named_in_the_cases_pane(tmp_path: Path) -> None:
    problem = Problem("cases/x.toml", "examples 3", "the key [bold]expcted is unknown")
    stage = Stage(tmp_path, loaded=LoadedCases((make_case(),), (problem,)))
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        problems = stage.workbench.query_one(Problems)
        await until(pilot, lambda: "cases/x.toml" in words_of(problems))
        assert "[bold]expcted" in words_of(problems)


async def test_an_empty_workspace_can_be_filled(tmp_path: Path) -> None:
    stage = Stage(tmp_path, loaded=LoadedCases((), ()))
    async with stage.app.run_test(size=NARROW) as pilot:
        await stage.up(pilot)
        # A case of one's own is the first offer of the start panel, and of the empty list.
        for keys in (("3", "enter"), ("2", "enter")):
            await until(pilot, lambda: list(stage.workbench.query(".offer")))
            await pilot.press(*keys)
            await until(pilot, lambda: isinstance(stage.app.screen, Choose))
            await pilot.press("escape", "w")
            await until(pilot, lambda: stage.app.screen is stage.workbench)
        await until(pilot, lambda: [b for b in stage.workbench.query("#cases .make") if b.size])
        await pilot.click(list(stage.workbench.query("#cases .make"))[-1])
        await until(pilot, (tmp_path / "cases" / "concise_description.toml").exists)


async def test_a_failing_worker_fails_the_session_and_says_so(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.client._answer = lambda request: 1 / 0  # type: ignore[assignment,return-value]
        await stage.run(pilot)
        await until(pilot, lambda: notices(stage))
        assert "ZeroDivisionError" in notices(stage)[0]
        assert stage.state.record.status == "failed"
        data = json.loads((stage.opened[0].writer.folder / "session_data.json").read_text())
        assert data["status"] == "failed"
        await pilot.press("escape")
        await until(pilot, lambda: not notices(stage))


@pytest.mark.long
async def test_a_model_that_went_away_is_said_and_the_next_one_runs(tmp_path: Path) -> None:
    stage = Stage(tmp_path, settings=replace(ONE_IDEA, mode="auto"))
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        stage.client._models = stage.client._models[1:]
        await pilot.press("space", "down", "space", "tab", "space", "ctrl+r")
        await until(pilot, lambda: notices(stage))
        assert "no endpoint has the model 'gemma3n:latest'" in notices(stage)[0]
        await until(pilot, lambda: len(stage.opened) == 1 and stage.state.record.finished)


async def test_quitting_leaves_a_session_that_can_be_taken_up_again(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        proposal = stage.app.controller.proposal
        assert proposal
        suite = stage.app.controller.suite
        assert suite
        await pilot.press("q")
        await until(pilot, lambda: isinstance(stage.app.screen, Confirm))
        asked = " ".join(text_of(stage.app.screen).split())
        assert "Leave in the middle of a run?" in asked
        assert f"llmopt-tui resume {suite.plan.suite_id}" in asked
        await pilot.press("escape")
        await until(pilot, lambda: stage.app.screen is stage.workbench)
        assert not proposal.pending.resolved
        await pilot.press("q")
        await until(pilot, lambda: isinstance(stage.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: stage.endpoints.closed)
    assert stage.app.resume_id == suite.plan.suite_id
    assert proposal.pending.resolved
    assert stage.endpoints.closed
    folder = stage.opened[0].writer.folder
    data = json.loads((folder / "session_data.json").read_text())
    assert data["status"] == "interrupted"


@pytest.mark.long
async def test_keys_can_be_changed(tmp_path: Path) -> None:
    stage = Stage(tmp_path, settings=replace(ONE_IDEA, keymap={"accept": "z", "acept": "x"}))
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        assert any('"acept"' in text for text in notices(stage))
        await until(pilot, lambda: "z accept" in text_of(stage.card))
        assert "z accept" in text_of(stage.workbench.query_one(KeyBar))
        await pilot.press("a")
        await pilot.pause()
        assert stage.card.open
        await pilot.press("z")
        await until(pilot, lambda: len(stage.state.record.iterations) == 2)


async def test_a_waiting_suggestion_rings_once(stage: Stage, monkeypatch: object) -> None:
    rung: list[str] = []
    stage.app.call_for_attention = rung.append  # type: ignore[method-assign,assignment]
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        await pilot.press("f", "o")
        await pilot.pause()
        assert [reason for reason in rung if reason] == ["suggestion 1 waits"]


NASTY = [
    "[bold red]markup[/] [/nothing] [@click=app.quit]press[/]",
    "\x1b[31mred\x1b[0m \x1b]2;title\x07 \x9b2J",
    "\u202eright to left\u202c \u200b\ufeff \x00\x07\x08",
    "{{posting}} ${HOME} %(x)s \\N{BELL}",
    "😀 表 ééé a\u0301",
]


@pytest.mark.long
async def test_what_models_write_is_shown_inert_and_kept_as_it_came(tmp_path: Path) -> None:
    stage = Stage(tmp_path, cases=(make_case(train=len(NASTY)),))
    plain, texts = stage.client._answer, itertools.cycle(NASTY)

    def answer(request: ChatRequest) -> object:
        if request.model.startswith("llama3.2"):
            return plain(request) if request.format is not None else " ".join(NASTY)
        return next(texts)

    stage.client._answer = answer  # type: ignore[assignment]
    async with stage.app.run_test(size=(200, 100)) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        await pilot.press("o")
        await pilot.pause()
        assert [run.output for run in stage.state.record.iterations[0].runs] == NASTY
        log = stage.workbench.query_one(LiveLog)
        await until(pilot, lambda: "[bold red]markup[/]" in text_of(log))
        screen = stage.app.export_screenshot()
        for char in ("\x1b", "\x07", "\u202e", "\x9b", "\x00"):
            assert char not in screen
        assert all(text in text_of(log) for text in ("right to left", "${HOME}", "表 ééé"))
        await pilot.press("a")
        await until(pilot, lambda: len(stage.state.record.iterations) == 2)
        await stage.deciding(pilot)


@pytest.mark.long
async def test_a_run_that_is_closed_is_stopping_until_it_has_ended(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        controller = stage.app.controller
        assert isinstance(controller, RunController)
        assert not controller.stopping
        closing = asyncio.create_task(controller.close())
        while not closing.done():
            await asyncio.sleep(0)
            assert controller.stopping == controller.running
        assert not controller.running
        await closing


@pytest.mark.long
async def test_the_controller_takes_no_second_run(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        controller = stage.app.controller
        assert isinstance(controller, RunController)
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert len(stage.opened) == 1


async def test_cases_show_their_examples_and_criteria(stage: Stage) -> None:
    async with stage.app.run_test(size=(200, 60)) as pilot:
        await stage.ready(pilot)
        await pilot.pause()
        shown = text_of(stage.workbench.query_one(CasesPane))
        assert "3+1" in shown
        assert "length · structure · professionalism" in shown


async def test_suggestions_gather_while_work_goes_on_and_are_answered_in_any_order(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path)
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        await pilot.press("space", "down", "space", "tab", "space", "ctrl+r")
        controller = stage.app.controller
        assert controller
        # Nobody has answered, and the second model has been tested and interviewed all the same.
        await until(pilot, lambda: len(controller.waiting) == 2)
        first, second = controller.waiting
        assert controller.shown is first
        await until(
            pilot, lambda: "2 suggestions wait" in text_of(stage.workbench.query_one(StatusLine))
        )
        await until(pilot, lambda: "n next" in text_of(stage.workbench.query_one(KeyBar)))
        await pilot.press("n")
        await until(pilot, lambda: controller.shown is second)
        await stage.deciding(pilot)
        await pilot.press("a")
        await until(
            pilot, lambda: second not in controller.waiting or len(second.record.iterations) > 1
        )
        assert first in controller.waiting
        assert first.record.interviews[0].decision is None
        await pilot.press("m")
        await until(pilot, lambda: isinstance(stage.app.screen, Choose))
        await pilot.press("2")
        await until(pilot, lambda: not controller.running)
        assert second.record.interviews[0].decision.by == "person"  # type: ignore[union-attr]


@pytest.mark.long
async def test_the_inbox_lists_what_waits_the_oldest_first_and_leads_to_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        await pilot.press("N")
        await until(pilot, lambda: stage.app._notifications)
        said = [notice.message for notice in stage.app._notifications]
        assert said == ["No suggestion waits for a decision."]
        await pilot.press("space", "down", "space", "tab", "space", "ctrl+r")
        controller = stage.app.controller
        assert controller
        await until(pilot, lambda: len(controller.waiting) == 2)
        first, second = controller.waiting
        await until(pilot, lambda: "N inbox" in text_of(stage.workbench.query_one(KeyBar)))
        stage.clock.seconds += 65
        await pilot.press("N")
        await until(pilot, lambda: isinstance(stage.app.screen, Choose))
        choices = stage.app.screen.query_one(OptionList).options
        rows = [str(option.prompt) for option in choices]
        assert [row.split()[2] for row in rows] == [
            fmt.short_model(member.model) for member in (first, second)
        ]
        assert all("suggestion 1" in row and "  01:0" in row for row in rows)
        await pilot.press("2")
        await until(pilot, lambda: controller.shown is second)
        assert controller.waiting == [first, second], "looking at one decides nothing"


async def test_at_80_columns_what_is_asked_goes_before_numbers(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.ready(pilot)
        await pilot.press("space", "down", "space", "tab", "space", "ctrl+r")
        controller = stage.app.controller
        assert controller
        await until(pilot, lambda: len(controller.waiting) == 2)
        line = stage.workbench.query_one(StatusLine)
        await until(pilot, lambda: "waiting for you" in text_of(line))
        assert "2 suggestions wait" in text_of(line)


async def test_whatever_breaks_while_models_are_looked_for_is_said_in_their_place(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path)

    async def survey() -> list[EndpointSurvey]:
        raise RuntimeError("Using SOCKS proxy, but a package is missing")

    stage.endpoints.survey = survey  # type: ignore[method-assign]
    async with stage.app.run_test(size=WIDE) as pilot:
        await until(
            pilot,
            lambda: (
                "workbench" in stage.app._screen_stacks
                and stage.workbench.is_mounted
                and "Using SOCKS proxy" in text_of(stage.workbench.query_one(StartPanel))
            ),
        )
        assert stage.workbench.query_one(StartPanel).query(Button)


@pytest.mark.parametrize("size", [(80, 24), WIDE])
async def test_each_model_says_where_it_is_if_there_are_several_endpoints(
    size: tuple[int, int], tmp_path: Path
) -> None:
    stage = Stage(tmp_path)
    here = ModelInfo("twin:8b", digest="d1", parameter_size="8B")

    async def survey() -> list[EndpointSurvey]:
        other = replace(here, digest="d2")
        left = (here, ModelInfo("left:1b", digest="d3"))
        return [
            EndpointSurvey("laptop", "u", models=left),
            EndpointSurvey("gpubox", "v", models=(other, ModelInfo("right:2b", digest="d4"))),
            EndpointSurvey("spare", "w", models=(here,)),
        ]

    stage.endpoints.survey = survey  # type: ignore[method-assign]
    async with stage.app.run_test(size=size) as pilot:
        await stage.ready(pilot)
        pane = stage.workbench.query_one(ModelsPane)
        await until(pilot, lambda: "gpubox" in text_of(pane))
        shown = words_of(pane)
    assert "laptop, spare" in shown  # the other one of that name is another model
    assert "gpubox" in shown
    assert shown.count("laptop") == 2


async def test_one_endpoint_need_not_be_named(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.ready(pilot)
        pane = stage.workbench.query_one(ModelsPane)
        await until(pilot, lambda: "gemma3n" in text_of(pane))
        assert "ollama" not in text_of(pane)


async def test_a_new_session_branches_from_an_iteration_while_the_run_is_stopped(
    stage: Stage,
) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        await pilot.press("a")
        await stage.deciding(pilot)
        before = stage.state.record
        await pilot.press("G")  # not ended yet: there is nothing to run longer
        await pilot.press("B")
        await until(pilot, lambda: isinstance(stage.app.screen, Ask))
        asked = words_of(stage.app.screen)
        assert "Branch from iteration 2?" in asked
        assert "gemma3n:latest × concise_description" in asked
        assert "stopped first" in asked
        await pilot.press("backspace", "0", "enter")
        await until(pilot, lambda: "A number from 1 to 99" in words_of(stage.app.screen))
        await pilot.press("backspace", "3", "enter")
        await until(pilot, lambda: before.finished)
        run = stage.app.controller
        await until(pilot, lambda: run.state and run.state.record is not before)
        await until(pilot, lambda: stage.state.record.scored)
        record = stage.state.record
        assert record.started
        assert before.started
        assert record.started.settings.max_iterations == 3
        assert record.started.prompt["provenance"] == {
            "session_id": before.started.session_id,
            "iteration": 2,
        }
        assert record.original == before.iterations[1].variant
        await stage.deciding(pilot)
        await pilot.press("3")
        log = stage.workbench.query_one(LiveLog)
        await until(pilot, lambda: "branched" in words_of(log))
