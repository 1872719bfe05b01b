"""The Try screen driven by keys and by the mouse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.workspace import LoadedCases
from llmopt_tui.config.settings import Settings
from llmopt_tui.core.ports import Reply
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.tui.app import LlmoptApp
from llmopt_tui.tui.notices import Notice
from llmopt_tui.tui.panes.try_answer import AnswerPane
from llmopt_tui.tui.panes.try_choice import ChoiceLine
from llmopt_tui.tui.panes.try_list import LastAnswers
from llmopt_tui.tui.screens.dialogs import Ask, Choose, Confirm, Leave
from llmopt_tui.tui.screens.example_form import ExampleForm
from llmopt_tui.tui.screens.form import Field
from llmopt_tui.tui.screens.trying import TryScreen
from tests.app.files import make_workspace
from tests.fakes.ollama import FakeOllama
from tests.fakes.quirks import Quirks
from tests.fakes.simulated import SimulatedModel, candidate
from tests.tui.harness import Stage, StillClock, make_case, text_of, until, words_of

WIDE, NARROW = (120, 40), (80, 24)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def screen_of(app: LlmoptApp) -> TryScreen:
    screen = app.get_screen_stack("try")[0]
    assert isinstance(screen, TryScreen)
    return screen


async def go(app: LlmoptApp, pilot: Pilot[None]) -> TryScreen:
    await pilot.press("ctrl+t")
    await until(pilot, lambda: isinstance(app.screen, TryScreen) and app.screen.is_mounted)
    screen = screen_of(app)
    await until(pilot, lambda: screen.models["left"] and screen.prompt_pane("left").placeholders)
    line = screen.query_one(ChoiceLine)
    await until(pilot, lambda: screen.case and screen.case.id[:5] in text_of(line))
    return screen


async def answered(pilot: Pilot[None], screen: TryScreen, n: int) -> None:
    """Wait until the newest answer is shown."""
    await until(pilot, lambda: not screen.trials.running and len(screen.trials.tries.answers) == n)
    await until(pilot, lambda: screen.query_one(LastAnswers).table.row_count == n)


def answer(screen: TryScreen, side: str = "left") -> AnswerPane:
    return screen.query_one(f"#{side}-answer", AnswerPane)


async def test_a_prompt_is_tried_changed_and_taken_back(stage: Stage) -> None:
    async with stage.app.run_test(size=NARROW) as pilot:
        await stage.ready(pilot)
        screen = await go(stage.app, pilot)
        left = screen.prompt_pane("left")
        assert "{{posting}}" in text_of(left)
        stage.client.hold()
        await pilot.press("ctrl+j")
        await until(pilot, lambda: "esc cancels" in words_of(answer(screen)))
        stage.client.let_go()
        await until(pilot, lambda: not screen.trials.running)
        await until(pilot, lambda: "30 words where" in words_of(answer(screen)))
        shown = words_of(answer(screen))
        assert "Here is the description" in shown
        assert "0.33" in shown
        assert "90 tokens" in shown

        screen.action_pane("prompts")
        await pilot.press(*"Now ")
        await until(pilot, lambda: left.draft.text.startswith("Now Write"))
        await until(pilot, lambda: "not saved" in text_of(left))
        await pilot.press("ctrl+n", "f5")
        await answered(pilot, screen, 2)
        sent = [request.messages[-1].content for request in stage.client.requests]
        assert [text.split()[0] for text in sent] == ["Write", "Now"]
        assert sent[0].endswith("number 1.")
        assert sent[1].endswith("number 2.")

        await pilot.press("escape", "4", "down", "enter")
        await until(pilot, lambda: answer(screen).answered is screen.trials.tries.answers[0])
        await until(pilot, lambda: "u takes it back" in words_of(answer(screen)))
        assert "on cd-001, another example" in words_of(answer(screen))
        await pilot.press("u")  # the text in the editor was tried: nothing is lost, nobody asked
        await until(pilot, lambda: left.draft.text.startswith("Write"))


async def test_placeholders_are_checked_while_typing_and_nothing_wrong_is_sent(
    stage: Stage,
) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        screen = await go(stage.app, pilot)
        left = screen.prompt_pane("left")
        left.text_area.put("Describe {{postin}}")
        await until(pilot, lambda: "did you mean {{posting}}?" in words_of(left))
        await pilot.press("f5")
        await until(pilot, lambda: "Not sent" in words_of(answer(screen)))
        assert stage.client.requests == []
        left.text_area.put("Describe a job")
        await until(pilot, lambda: "{{posting}} is missing" in words_of(left))
        await pilot.press("f5")  # that can be sent
        await answered(pilot, screen, 1)
        left.text_area.put("")
        await until(pilot, lambda: "empty" in words_of(left))


async def test_a_prompt_that_is_sent_before_the_screen_exists_is_opened(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        case = make_case("skills_extraction")
        stage.app.open_in_try(case.prompt.variant.with_text("New {{posting}}"), case, "cd-002")
        await until(pilot, lambda: stage.app.current_mode == "try" and stage.app.screen.is_mounted)
        screen = screen_of(stage.app)
        await until(pilot, lambda: screen.prompt_pane("left").draft.text == "New {{posting}}")
        await until(pilot, lambda: "cd-002" in text_of(screen.query_one(ChoiceLine)))


@pytest.mark.long
async def test_two_columns_answer_the_same_example_side_by_side(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        screen = await go(stage.app, pilot)
        await pilot.press("f9")
        await until(pilot, lambda: screen.models["right"] == "qwen3:latest")
        right = screen.prompt_pane("right")
        right.text_area.focus()
        right.text_area.put(f"{right.draft.text}\nStop after two sentences.")
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(stage.app.screen, Choose))
        await pilot.press("3", "f5")
        await answered(pilot, screen, 2)
        assert [r.model for r in stage.client.requests] == ["gemma3n:latest", "deepseek-r1:8b"]
        assert "+0." in words_of(answer(screen, "right"))
        against = answer(screen, "right").query_one(".try-against")
        await until(pilot, lambda: against.display)
        await pilot.press("escape", "c")
        await until(pilot, lambda: not against.display)
        await pilot.press("f9")
        assert not right.display
        await pilot.press("f9")  # what was written there is still there
        assert right.draft.text.endswith("Stop after two sentences.")


async def test_text_survives_other_screens_and_is_not_replaced_or_left_unasked(
    stage: Stage,
) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        screen = await go(stage.app, pilot)
        left = screen.prompt_pane("left")
        await pilot.press(*"Mine ")
        await until(pilot, lambda: left.draft.changed)
        await pilot.press("escape", "w")
        await until(pilot, lambda: stage.app.current_mode == "workbench")
        stage.app.open_in_try(Prompt("other", "Other {{posting}}"), model="qwen3:latest")
        await until(pilot, lambda: isinstance(stage.app.screen, Choose))
        assert left.draft.text.startswith("Mine ")
        await pilot.press("1")
        right = screen.prompt_pane("right")
        await until(pilot, lambda: right.draft.text == "Other {{posting}}")
        assert left.draft.text.startswith("Mine ")
        await pilot.press("escape", "q")
        await until(pilot, lambda: isinstance(stage.app.screen, Leave))
        await pilot.press("escape")
        await until(pilot, lambda: stage.app.screen is screen)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(stage.app.screen, Leave))
        await pilot.press("y")
        await until(pilot, lambda: stage.app._exit)


async def test_a_prompt_is_saved_asking_before_it_replaces_and_a_case_starts_from_it(
    tmp_path: Path,
) -> None:
    workspace = make_workspace(tmp_path)
    loaded = workspace.load_cases()
    stage = Stage(tmp_path, loaded=loaded)
    file = tmp_path / "prompts" / "greet.toml"
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        screen = await go(stage.app, pilot)
        await pilot.press(*"Do ")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(stage.app.screen, Ask))
        name = stage.app.screen.query_one(Input)
        assert name.value == "greet-2"
        name.value = "greet"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(stage.app.screen, Confirm))
        await pilot.press("n")
        await until(pilot, lambda: stage.app.screen is screen)
        assert "Do Greet" not in file.read_text()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(stage.app.screen, Ask))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(stage.app.screen, Confirm))
        await pilot.press("y")
        await until(
            pilot, lambda: 'prompt = "greet-2"' in (tmp_path / "cases" / "greet.toml").read_text()
        )
        assert workspace.load_prompts().prompts["greet-2"].text == "Do Greet {{name}}."
        await until(pilot, lambda: not screen.unsaved)


async def test_a_session_starts_from_the_prompt_and_its_prompts_open_in_try(stage: Stage) -> None:
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        screen = await go(stage.app, pilot)
        left = screen.prompt_pane("left")
        left.text_area.put("No input")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "No session can start" in text_of(screen))
        assert not stage.app.controller.running
        left.text_area.put("Mine {{posting}}")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: stage.app.current_mode == "workbench")
        await stage.deciding(pilot)
        (opened,) = stage.opened
        assert opened.session.case.prompt.text == "Mine {{posting}}"
        assert opened.session.case.sha256 != make_case().sha256

        stage.card.query_one("Button").focus()
        await pilot.press("E")
        await until(pilot, lambda: stage.app.current_mode == "try")
        await until(pilot, lambda: isinstance(stage.app.screen, Choose))  # "Mine" is not saved
        await pilot.press("2")
        await until(pilot, lambda: left.draft.text == stage.card.proposal.suggestion.prompt)
        stage.clock.seconds += 1
        await pilot.press("f5")  # beside a session that waits
        await answered(pilot, screen, 1)
        assert stage.app.controller.running
        assert "a decision waits" in text_of(screen.query_one(ChoiceLine))


@pytest.mark.long
async def test_a_text_of_ones_own_is_tried_without_a_case_by_the_mouse(tmp_path: Path) -> None:
    thought = Reply("Short.", thinking="A long thought")
    stage = Stage(tmp_path)
    stage.client._answer = lambda request: thought
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.ready(pilot)
        screen = await go(stage.app, pilot)
        line = screen.query_one(ChoiceLine)
        await pilot.click(line, offset=(text_of(line).index("concise"), 0))
        await until(pilot, lambda: isinstance(stage.app.screen, Choose))
        await pilot.press("3")
        await until(pilot, lambda: screen.case is None and screen.query(".try-own"))
        run = text_of(line).index("Run")
        await pilot.click(line, offset=(run, 0))
        await until(pilot, lambda: "the text for {{posting}} is empty" in words_of(answer(screen)))
        screen.query(".try-own").first().focus()
        await pilot.press(*"A job")
        await pilot.click(line, offset=(run, 0))
        await answered(pilot, screen, 1)
        assert stage.client.requests[0].messages[-1].content.endswith("A job")
        await until(pilot, lambda: "thought 14 characters" in words_of(answer(screen)))
        assert "A long thought" not in words_of(answer(screen))
        await pilot.press("escape", "t")
        await until(pilot, lambda: "A long thought" in words_of(answer(screen)))
        # It fits both cases: one is chosen, then the new example is there to be corrected.
        await pilot.press("K")
        await until(pilot, lambda: isinstance(stage.app.screen, Choose))
        await pilot.press("1")
        await until(pilot, lambda: isinstance(stage.app.screen, ExampleForm))
        await until(pilot, lambda: "input posting" in text_of(stage.app.screen))
        fields = [field.text for field in stage.app.screen.query(Field)]
        assert fields == ["A job", "Short."]
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(stage.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: stage.app.screen is screen)
        screen.prompt_pane("left").text_area.put("{{a}} and {{b}}")
        await until(pilot, lambda: len(screen.query(".try-own")) == 2)


async def test_errors_of_a_server_are_shown_where_the_answer_would_be(tmp_path: Path) -> None:
    hold = Quirks()
    models = [SimulatedModel(name, candidate()) for name in ("a:latest", "b:latest")]
    workspace = make_workspace(tmp_path)
    async with FakeOllama(models, quirks=hold) as server:
        clock = StillClock()
        endpoints = Endpoints(Settings(host=server.url), clock=clock)
        app = LlmoptApp(lambda: (workspace, endpoints, ()), clock=clock)
        async with app.run_test(size=WIDE) as pilot:
            await until(pilot, lambda: app._workbench_ready and app.finding.surveys)
            screen = await go(app, pilot)
            await pilot.press("f5")
            await answered(pilot, screen, 1)
            screen.models["left"] = "c"
            await pilot.press("f5")
            await until(pilot, lambda: "no endpoint has the model" in words_of(answer(screen)))
            screen.models["left"] = "b"
            server.quirks = replace(hold, stop_after=2, stop="reset")
            await pilot.press("f5")
            await until(pilot, lambda: not screen.trials.running)
            await until(pilot, lambda: "✗" in text_of(answer(screen)))
            await server.stop()
            await pilot.press("f5")
            await until(pilot, lambda: not screen.trials.running)
            await until(pilot, lambda: "No answer from the server" in words_of(answer(screen)))
            assert [n.text for n in app.screen.query(Notice)] == []


async def test_with_no_model_at_all_the_screen_says_what_to_do(tmp_path: Path) -> None:
    from llmopt_tui.llm.errors import ServerUnreachable

    stage = Stage(tmp_path, down=ServerUnreachable(), loaded=LoadedCases((), ()))
    async with stage.app.run_test(size=NARROW) as pilot:
        await stage.up(pilot)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: stage.app.current_mode == "try" and stage.app.screen.is_mounted)
        await pilot.press("f5")
        screen = screen_of(stage.app)
        await until(pilot, lambda: "There is no model to ask" in words_of(answer(screen)))
        assert "^l looks again" in words_of(answer(screen))
