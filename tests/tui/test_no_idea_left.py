"""Where no idea is left, a manual session asks before it ends; own prompts join at any time."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from textual.widgets import TextArea

from llmopt_tui.core.ports import ChatRequest
from llmopt_tui.tui.panes.decision import DecisionPane
from tests.fakes.models import candidate
from tests.tui.harness import Stage, until, words_of

SIZES = [(80, 24), (120, 40), (200, 60)]


def content(request: ChatRequest) -> object:
    """An interviewer that finds the prompt good as it is."""
    if not request.model.startswith("llama3.2"):
        return candidate(request)
    said = "\n".join(message.content for message in request.messages)
    prompt = re.findall(r"<prompt>\n(.*?)\n</prompt>", said, re.DOTALL)[0]
    return json.dumps({"change": "", "reasoning": "It is fine.", "improved_prompt": prompt})


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.client._answer = content  # type: ignore[assignment]
    return made


def asked(stage: Stage) -> str:
    return words_of(stage.workbench.query_one(DecisionPane))


@pytest.mark.parametrize("size", SIZES)
async def test_the_person_is_asked_and_may_finish(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await stage.run(pilot)
        await until(pilot, lambda: stage.app.controller.asking is not None)
        await until(pilot, lambda: "No idea left" in asked(stage))
        said = ("ask again", "your own", "finish")
        await until(pilot, lambda: all(word in asked(stage) for word in said))
        assert stage.state.record.finished is None
        stage.clock.seconds += 1  # the card takes no keys in its first half second
        await pilot.press("F")
        await until(pilot, lambda: stage.state.record.finished is not None)
        finished = stage.state.record.finished
        assert finished is not None
        assert finished.stop_reason == "no_improvement_suggested"


async def test_an_own_prompt_is_tested_instead(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await stage.run(pilot)
        await until(pilot, lambda: stage.app.controller.asking is not None)
        await until(pilot, lambda: "No idea left" in asked(stage))
        stage.clock.seconds += 1
        await pilot.press("P")
        await until(pilot, lambda: bool(stage.app.screen.query(TextArea)))
        area = stage.app.screen.query_one(TextArea)
        area.text = f"{area.text.strip()}\n\nWrite calmly.\n"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(stage.state.record.iterations) == 2)
        assert "Write calmly." in stage.state.record.iterations[1].prompt
        suggestion = stage.state.record.interviews[0].suggestion
        assert suggestion is not None
        assert suggestion.source == "person"
