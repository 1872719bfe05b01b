"""An attempt under way, the last answers, and a prompt while it is written."""

from __future__ import annotations

import pytest

from llmopt_tui.core.ports import ChatRequest, Delta, ModelInfo, Reply, Retrying
from llmopt_tui.core.prompt import Demonstration, Prompt
from llmopt_tui.state.prompt_draft import PromptDraft, check_prompt
from llmopt_tui.state.trying import MOST_KEPT, Attempt, LiveTry, Tried, Tries


def tried(text: str) -> Tried:
    attempt = Attempt(Prompt("greet", text), {})
    return Tried(attempt, ModelInfo("m"), ChatRequest("m", ()), Reply("hello"), 1.0)


def test_an_attempt_waits_then_writes_and_a_retry_makes_void_what_came() -> None:
    live = LiveTry(Attempt(Prompt("greet", "Greet."), {}), "m", asked_at=10.0)
    assert (live.seconds(12.0), live.began_at) == (2.0, None)
    live.begin(15.0)
    live.hear(Delta("", "let me see"), 16.0)
    live.hear(Delta("Hel"), 17.0)
    assert (live.text, live.thinking, live.pieces) == ("Hel", "let me see", 2)
    assert live.seconds(18.0) == 3.0
    live.hear(Retrying(2, 5.0, "it went away"), 20.0)
    assert (live.text, live.thinking, live.pieces, live.seconds(21.0)) == ("", "", 0, 1.0)
    live.hear(Delta("Hello"), 26.0)
    assert (live.text, live.retrying) == ("Hello", None)
    live.end("You cancelled it.", 30.0)
    assert (live.ended, live.seconds(99.0), live.text) == (True, 10.0, "Hello")


def test_a_second_call_begins_the_answer_again() -> None:
    live = LiveTry(Attempt(Prompt("greet", "Greet."), {}), "m", asked_at=0.0)
    live.begin(1.0)
    live.hear(Delta("in words"), 2.0)
    live.begin(3.0)
    assert (live.text, live.pieces) == ("", 0)


def test_equal_prompts_share_a_number_and_the_oldest_answers_go() -> None:
    tries = Tries()
    first = tries.add(tried("Greet."))
    second = tries.add(tried("Say hello."))
    again = tries.add(tried("Greet."))
    assert [a.prompt_n for a in (first, second, again)] == [1, 2, 1]
    assert tries.prompt_number(Prompt("other name", "Greet.")) == 1
    assert tries.prompt_number(Prompt("greet", "Greet!")) == 0
    for _ in range(MOST_KEPT - 1):
        tries.add(tried("Greet."))
    assert (len(tries.answers), tries.answers[0].n) == (MOST_KEPT, 3)
    assert tries.holds(Prompt("greet", "Greet."))
    assert not tries.holds(Prompt("greet", "Say hello."))


def test_a_draft_is_changed_until_it_is_saved_or_as_it_was() -> None:
    draft = PromptDraft(Prompt("greet", "Greet {{name}}.", locked=("{{name}}.",)))
    assert not draft.changed
    draft.text = "Greet {{name}} well."
    assert draft.changed
    assert draft.prompt.locked == ()
    draft.save("greet-2")
    assert (draft.changed, draft.prompt.name) == (False, "greet-2")
    draft.system = "Be kind."
    assert draft.changed
    draft.system, draft.text = "", "Greet {{name}}."
    assert not draft.changed


SHOWN = Demonstration({"name": "Ada"}, "Hello Ada")


@pytest.mark.parametrize(
    ("prompt", "inputs", "wanted", "errors", "losses"),
    [
        (Prompt("p", "{{name}}"), ["name"], (), [], []),
        (Prompt("p", "{{nam}}"), ["name"], (), ["did you mean {{name}}?"], ["{{name}} is missing"]),
        (Prompt("p", "{{x}} {{name}}"), ["name"], (), ["there is {{name}}"], []),
        (Prompt("p", "Hello"), None, ("name",), [], ["{{name}} is missing"]),
        (Prompt("p", "{{any}} {{thing}}"), None, (), [], []),
        (Prompt("p", " \n"), None, (), ["empty"], []),
        (Prompt("p", "Go", system="{{name}}"), ["name"], (), [], []),
        (
            Prompt("p", "{{name}} {{more}}", demonstrations=(SHOWN,)),
            ["name", "more"],
            (),
            ["demonstrations 1 has no input for the placeholder {{more}}"],
            [],
        ),
    ],
)
def test_what_is_wrong_with_a_prompt_is_said_as_it_is_typed(
    prompt, inputs, wanted, errors, losses
) -> None:
    check = check_prompt(prompt, inputs, wanted)
    assert len(check.errors) == len(errors)
    assert len(check.losses) == len(losses)
    for said, expected in zip((*check.errors, *check.losses), (*errors, *losses), strict=True):
        assert expected in said
