"""What interviewers write, in words: JSON is read out and prose is left as it is."""

from __future__ import annotations

import json

import pytest
from textual.screen import Screen

from llmopt_tui.core.events import InterviewFinished
from llmopt_tui.state.run_state import RunState
from llmopt_tui.tui.panes.interview_block import InterviewBlock
from llmopt_tui.tui.reply_words import reply_words, said_ideas
from llmopt_tui.tui.session_view import SessionView
from tests.factories import record_of
from tests.nasty import NASTY
from tests.raced import RULE, raced_session_events
from tests.tui.harness import text_of, until, words_of
from tests.tui_sessions.host import Host

CHANGE = json.dumps(
    {
        "cause": "wrong answer",
        "why": "Half of the answers are no label.",
        "where": "after the input",
        "rule": "Answer with one label.",
    }
)


def test_a_small_change_is_a_sentence() -> None:
    assert reply_words(CHANGE) == (
        "A rule: “Answer with one label.”, after the input, against wrong answer, "
        "because: Half of the answers are no label."
    )


@pytest.mark.parametrize("reply", [f"```json\n{CHANGE}\n```", f"Sure! {CHANGE}", f"{CHANGE} Done."])
def test_json_between_words_is_read_too(reply: str) -> None:
    words = reply_words(reply)
    assert "A rule: “Answer with one label.”" in words
    assert "{" not in words


def test_a_new_prompt_is_shown_as_it_reads() -> None:
    reply = json.dumps(
        {"change": "exact length", "reasoning": "Too long.", "improved_prompt": "Be\nshort."}
    )
    assert reply_words(reply) == "A new prompt (exact length): Too long.\nBe\nshort."
    assert list(said_ideas([reply, "prose"])) == ["A new prompt (exact length): Too long."]


@pytest.mark.parametrize(
    "prose", ["Use {{posting}} once.", "The set {a, b} is not JSON.", "", "No braces at all."]
)
def test_prose_stays(prose: str) -> None:
    assert reply_words(prose) == prose


@pytest.mark.parametrize("broken", ['{"rule": "cut off', '[{"a": 1}', '```json\n{"rule"'])
def test_what_cannot_be_read_is_not_shown_raw(broken: str) -> None:
    assert reply_words(broken) == "(a reply for the program that could not be read)"


@pytest.mark.parametrize("text", NASTY, ids=lambda t: repr(t[:24]))
def test_nothing_breaks_it(text: str) -> None:
    assert isinstance(reply_words(text), str)
    assert (
        text.strip() in reply_words(json.dumps({"rule": text, "cause": text})) or not text.strip()
    )


async def test_an_interview_lists_its_ideas_with_their_fate_and_no_json() -> None:
    told = raced_session_events()
    view = SessionView(read_only=True)
    host = Host(Screen)
    async with host.run_test(size=(120, 60)) as pilot:
        await host.screen.mount(view)
        view.show(RunState(record_of(told)))
        view.talk_pane.select(1)
        await until(pilot, lambda: "idea 3 of 3 won" in words_of(view.talk_pane))
        await until(pilot, lambda: "won: +0.30" in text_of(view.talk_pane))
        words = words_of(view.talk_pane.query(InterviewBlock).first())
        assert f"A rule: “{RULE}”, after the input" in words
        assert (
            "1. say each once · playbook, against missing accepted by you, dropped: 0.15" in words
        )
        assert "say each once + 1 demonstration" in words
        assert '"rule"' not in words


def test_the_talk_is_copied_as_words() -> None:
    (finished,) = [e for e in raced_session_events()[:9] if isinstance(e, InterviewFinished)]
    assert '"rule"' in finished.response
    assert '"rule"' not in reply_words(finished.response)
