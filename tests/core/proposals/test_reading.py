"""Reading a reply: the prompt is found wherever it is, and the reply is never the prompt."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.proposals.kinds import kind_named
from llmopt_tui.core.proposals.reading import MOST_READINGS, read_suggestions, without_thoughts
from llmopt_tui.core.text.plain import one_line
from tests.core.replies import (
    BETTER,
    CHATTY,
    HOLDING_BETTER,
    HOLDING_NOTHING,
    KIND,
    MEGABYTES,
    NAMING_THE_KIND,
    NO_NAMES,
    REASONING,
    as_json,
    badly_quoted,
    fenced,
    tagged,
)

SCRAPS = st.lists(
    st.sampled_from(
        [
            *('{"', '"}', "```\n", "\n```", "~~~\n", "<prompt>", "</prompt>", "<think>"),
            *("</think>", "\\n", '\\"', '"improved_prompt": "', '"reasoning": "', "{{job_title}}"),
            *('"change": "', "no preamble", "<b>", "\x1b"),
            *('{"improved_prompt": "', ", ", "\n", '"""', "'", "[", "]", "\\ud800", BETTER),
        ]
    )
    | st.text(max_size=20),
    max_size=25,
).map("".join)


@pytest.mark.parametrize("name", HOLDING_BETTER)
def test_the_prompt_is_found(name: str) -> None:
    reply, rung = HOLDING_BETTER[name]
    first = read_suggestions(reply)[0]
    assert first.prompt == BETTER
    assert first.rung == rung


@pytest.mark.parametrize("name", NAMING_THE_KIND)
def test_the_kind_of_change_is_read_with_the_prompt(name: str) -> None:
    first = read_suggestions(NAMING_THE_KIND[name])[0]
    assert (first.prompt, first.kind) == (BETTER, KIND)


@pytest.mark.parametrize("change", NO_NAMES, ids=lambda n: repr(n)[:30])
@pytest.mark.parametrize("wrap", [str, fenced, lambda reply: reply[:-1] + ",}"])
def test_a_reply_that_names_nothing_is_read_all_the_same(
    wrap: Callable[[str], str], change: object
) -> None:
    first = read_suggestions(wrap(as_json(BETTER, change=change)))[0]
    assert (first.prompt, first.kind) == (BETTER, "")


@pytest.mark.parametrize("change", ["", '"change": 7,', '"change": "say "Sure" less",'])
def test_a_name_in_broken_json_is_whole_or_none(change: str) -> None:
    reply = f'{{{change} "reasoning": "x", "improved_prompt": "{BETTER}"}}'
    first = read_suggestions(reply)[0]
    assert (first.prompt, first.kind) == (BETTER, "")


def test_a_change_that_a_prompt_speaks_of_is_not_its_kind() -> None:
    prompt = 'Answer like this: {"change": "no preamble"}\n{{job_posting}}'
    for reply in (as_json(prompt, change=""), f'{{"improved_prompt": "{prompt}"}}', fenced(prompt)):
        assert [(r.prompt, r.kind) for r in read_suggestions(reply)] == [(prompt, "")]


@pytest.mark.parametrize("name", HOLDING_NOTHING)
def test_what_is_no_prompt_is_not_taken_for_one(name: str) -> None:
    assert read_suggestions(HOLDING_NOTHING[name]) == []


def test_every_candidate_is_given_the_most_trustworthy_first() -> None:
    reply = "\n".join(
        [
            fenced("The first in a fence."),
            fenced("The second in a fence."),
            tagged("too short"),
            fenced("x {{job_title}}"),
        ]
    )
    found = [reading.prompt for reading in read_suggestions(reply)]
    assert found == ["x {{job_title}}", "The second in a fence.", "The first in a fence."]
    tags = read_suggestions(f"{reply}\n{tagged(BETTER)}")
    assert [reading.prompt for reading in tags] == [BETTER, *found]


def test_a_fence_inside_a_prompt_is_a_part_of_it() -> None:
    inner = f"Answer like this:\n{fenced('{}', 'json')}\nThe posting: {{{{job_posting}}}}"
    assert read_suggestions(fenced(inner))[0].prompt == inner
    assert read_suggestions(tagged(inner))[0].prompt == inner


def test_thoughts_that_a_prompt_asks_for_stay_in_it() -> None:
    prompt = "Think between <think> and </think>, then answer.\n{{job_posting}}"
    assert read_suggestions(as_json(prompt))[0].prompt == prompt


def test_quotes_that_do_not_stand_around_the_whole_stay() -> None:
    prompt = '"Skills" are what is asked for. List all "skills"\n{{job_posting}} "end"'
    assert read_suggestions(fenced(prompt))[0].prompt == prompt


def test_a_single_code_in_a_prompt_of_one_line_stays_a_code() -> None:
    prompt = r"Put \n between the skills of {{job_posting}}"
    assert read_suggestions(as_json(prompt))[0].prompt == prompt


@pytest.mark.parametrize("wrap", [as_json, badly_quoted])
def test_the_reasoning_is_kept(wrap: object) -> None:
    assert callable(wrap)
    assert read_suggestions(wrap(BETTER))[0].reasoning == REASONING


def test_what_stands_around_a_fence_is_the_reasoning() -> None:
    reasoning = read_suggestions(CHATTY.format(fenced(BETTER)))[0].reasoning
    assert "clearer because it names the format" in reasoning
    assert "List every skill" not in reasoning


def test_the_reasoning_is_safe_to_keep_and_not_endless() -> None:
    reply = '{"reasoning": "a\\u001b[31m\\ud800 ' + "b" * 3000 + '", "improved_prompt": "x"}'
    reasoning = read_suggestions(reply)[0].reasoning
    assert reasoning.startswith("a␛[31m<U+D800> bbb")
    assert len(reasoning) == 1000
    reasoning.encode()


@pytest.mark.parametrize(
    ("reply", "rest"),
    [
        ("<think>a</think>b", "b"),
        ("a</think>b", "b"),
        ("a <think>b", "a"),
        ("<thinking>a</thinking>b<THINK>c</THINK>d", "bd"),
        ("<think>a<think>b</think>c", "c"),
        ("nothing of the kind < think >", "nothing of the kind < think >"),
    ],
)
def test_thoughts_are_left_out(reply: str, rest: str) -> None:
    assert without_thoughts(reply) == rest


@pytest.mark.parametrize("text", MEGABYTES)
def test_a_megabyte_of_junk_is_read_at_once(text: str) -> None:
    began = time.process_time()
    readings = read_suggestions(MEGABYTES[text])
    assert time.process_time() - began < 0.6
    assert len(readings) <= MOST_READINGS


@given(SCRAPS)
def test_no_reply_raises_and_none_is_the_prompt_as_a_whole(reply: str) -> None:
    for reading in read_suggestions(reply):
        assert reading.prompt.strip() != reply.strip()
        assert reading.prompt == reading.prompt.strip()
        assert reading.kind == kind_named(reading.kind) == one_line(reading.kind)


@given(SCRAPS, SCRAPS)
def test_a_prompt_in_tags_or_json_is_among_what_is_found(before: str, after: str) -> None:
    # Thoughts, and JSON or tags that are open, may swallow whatever comes next.
    if "<" in before + after or "{" in before or '"' in before + after:
        return
    for wrapped in (tagged(BETTER), as_json(BETTER)):
        found = [reading.prompt for reading in read_suggestions(f"{before}\n{wrapped}\n{after}")]
        assert BETTER in found
