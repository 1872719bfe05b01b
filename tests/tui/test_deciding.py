"""Walks through what a person does with what waits: look, try, leave out, mend, talk afterwards."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from llmopt_tui.config.settings import Settings
from llmopt_tui.core.case import Case
from llmopt_tui.core.events import IdeaTried
from llmopt_tui.core.ports import ChatRequest, ModelError
from llmopt_tui.tui.panes.change_row import ChangeRow
from llmopt_tui.tui.panes.decision import DecisionPane
from llmopt_tui.tui.panes.interviewer import AskInput, InterviewerPane
from llmopt_tui.tui.panes.live_log import LiveLog
from llmopt_tui.tui.reply_words import streamed_words
from llmopt_tui.tui.screens.editor import PromptEditor
from tests.fakes.models import RULES
from tests.tui.harness import Stage, make_case, until, words_of


class Wrong(ModelError):
    """A request that no server would answer."""

    blame = "request"


def answered() -> Case:
    """A case whose train examples have right answers, of which demonstrations are made."""
    case = make_case(train=6)
    examples = [
        replace(each, answer=f"A site needs electrician number {n}. Shifts are worked.")
        for n, each in enumerate(case.examples)
    ]
    return replace(case, examples=tuple(examples))


SEVERAL = Settings(proposals=3, demonstrations=2)
SIZES = [(80, 24), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
async def test_an_idea_is_read_tried_and_taken_in_part(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    stage = Stage(tmp_path, settings=SEVERAL, cases=(answered(),))
    async with stage.app.run_test(size=size) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        pane = stage.workbench.query_one(DecisionPane)
        await until(pilot, lambda: pane.has_pseudo_class("focus-within"))
        await pilot.press("n")  # the next idea: a rule and demonstrations together
        run = stage.app.controller
        await until(pilot, lambda: run.proposal and run.proposal.proposal == 2)
        await until(pilot, lambda: stage.card.proposal is run.proposal)
        await stage.deciding(pilot)
        await pilot.press("v")
        idea = stage.state.record.interviews[0].proposals[1]
        await until(pilot, lambda: idea.tries)
        assert isinstance(idea.tries[0], IdeaTried)
        await until(pilot, lambda: "Tried on one example" in words_of(pane))
        last = stage.card.query(ChangeRow).last()
        last.focus()
        await until(pilot, lambda: last.has_focus)
        await pilot.press("space")
        assert stage.card.left_out == {2}
        await pilot.press("a")
        await until(pilot, lambda: idea.decision is not None)
        assert idea.decision is not None
        assert idea.decision.left_out == (2,)
        parent = stage.state.record.original
        assert idea.variant(parent).demonstrations == ()
        # The next question has the focus; the log is one key away, and so is the way back.
        await stage.deciding(pilot)
        await until(pilot, lambda: (at := stage.app.focused) and stage.card in at.ancestors)
        await pilot.press("f")
        log = stage.workbench.query_one(LiveLog)
        await until(pilot, lambda: (at := stage.app.focused) and log in at.ancestors_with_self)
        await pilot.press("5")
        await until(pilot, lambda: pane.display and pane.region.height > 0)
        folder = stage.opened[0].writer.folder
        kept = json.loads((folder / "interview_1.json").read_text())
        assert kept["proposals"][1]["decision"]["left_out"] == [2]


async def test_the_talk_goes_on_after_the_end_and_no_word_is_lost(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    plain, failing = stage.client._answer, [True]

    def answer(request: ChatRequest) -> object:
        if "a rule?" in request.messages[-1].content:
            if failing and failing.pop():
                return Wrong("the server is busy elsewhere")
            return '{"rule": "Write no more than fifteen words.", "why": "It is too long."}'
        return plain(request)

    stage.client._answer = answer  # type: ignore[assignment]
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await stage.run(pilot)
        for _ in RULES:
            await stage.deciding(pilot)
            await pilot.press("a")
        await until(pilot, lambda: not stage.app.controller.running)
        record = stage.state.record
        assert record.finished is not None
        ended = record.finished
        box, pane = stage.workbench.query_one(AskInput), stage.workbench.query_one(InterviewerPane)
        box.value = "Do you have a rule?"
        box.focus()
        await pilot.press("enter")
        await until(pilot, lambda: box.value == "Do you have a rule?" and not pane._asked)
        await pilot.press("enter")
        talk = record.interviews[-1]
        await until(pilot, lambda: talk.refused)
        await until(pilot, lambda: "fifteen" in words_of(pane))
        assert '{"rule"' not in words_of(pane)
        assert "nothing more is tested" in " ".join(talk.problems)
        assert record.finished == ended
        assert record.undecided is None


async def test_a_refused_draft_is_mended_in_the_editor_and_used(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    plain = stage.client._answer

    def answer(request: ChatRequest) -> object:
        if request.format is not None and request.model.startswith("llama3.2"):
            better = "Describe the job in two calm sentences, without a preamble."
            return json.dumps({"change": "", "reasoning": "Shorter.", "improved_prompt": better})
        return plain(request)

    stage.client._answer = answer  # type: ignore[assignment]
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)  # the playbook's idea, in the place of the draft
        assert stage.card.proposal.suggestion.source == "playbook"
        await pilot.press("R")
        await until(pilot, lambda: stage.app.screen is not stage.workbench)
        await pilot.press("1")
        await until(pilot, lambda: isinstance(stage.app.screen, PromptEditor))
        editor = stage.app.screen
        assert isinstance(editor, PromptEditor)
        assert "missing {{posting}}" in editor.problem
        await until(pilot, lambda: "Refused because" in words_of(editor))
        await pilot.press("ctrl+s")
        assert stage.app.screen is editor
        await pilot.press(*"{{posting}} ", "ctrl+s")
        interview = stage.state.record.interviews[0]
        await until(pilot, lambda: len(interview.proposals) == 2)
        used = interview.proposals[1].suggestion
        assert used.prompt.startswith("{{posting}} Describe the job")
        assert used.kind == "mended draft"
        assert stage.card.open


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Plain {{posting}} words.", "Plain {{posting}} words."),
        ('Yes:\n```json\n{"ru', "Yes:"),
        ('{"cause": "too long", "why": "It says no li', "because: It says no li"),
        ('{"rule": "Say \\"no\\".", "where": "x"}', 'A rule: Say "no".'),
        ("<think>{ hm", ""),
        ("[1", "[1"),
        ("", ""),
    ],
)
def test_what_is_streamed_is_read_out_and_never_shown_as_json(said: str, words: str) -> None:
    assert streamed_words(said) == words
