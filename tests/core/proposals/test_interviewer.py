"""The model as interviewer: what it is asked, what is made of its answers, and the talk with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.ports import (
    ChatRequest,
    Delta,
    Message,
    Metrics,
    ModelError,
    Piece,
    Reply,
)
from llmopt_tui.core.prompt import Prompt, placeholders_in
from llmopt_tui.core.proposals.brief import Brief, Failure
from llmopt_tui.core.proposals.interviewer import Conversation, Finding, Told
from llmopt_tui.core.proposals.judging import NOTHING_FOUND, UNCHANGED, judge_readings
from llmopt_tui.core.proposals.kinds import kind_named
from llmopt_tui.core.proposals.model_interviewer import RECENT_CHARACTERS, ModelInterviewer
from llmopt_tui.core.proposals.playbook_interviewer import PlaybookInterviewer
from llmopt_tui.core.proposals.questions import interview_question
from llmopt_tui.core.proposals.reading import SUGGESTION_SCHEMA, read_suggestions
from llmopt_tui.core.run import Run
from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.json_output import JsonValid
from llmopt_tui.core.scoring.skills import Skills
from tests.core.factory import FakeClient
from tests.core.replies import (
    BETTER,
    CHATTY,
    EXAMPLE_OUTPUT,
    HOLDING_BETTER,
    HOLDING_NOTHING,
    KIND,
    PARENT,
    REASONING,
    as_json,
    badly_quoted,
    fenced,
    tagged,
)

ANALYSIS = "The prompt does not forbid a code fence."
LOST = BETTER.replace("{{job_title}}", "the job")
CASE = Case(
    id="skills",
    title="Skills extraction",
    prompt=Prompt("skills", PARENT),
    criteria=(JsonValid(), Skills(path="skills")),
    examples=(
        Example(
            "t1",
            {"job_title": "Nurse", "job_posting": "Brackwater General needs wound care."},
            "train",
            {"skills": ["wound care"]},
        ),
        Example("v1", {"job_title": "Cook", "job_posting": "Unseen sauces."}, "validation"),
    ),
)
RUN = Run("t1", "train", 1, "full", "```json\n{}\n```", "", 1.0, True, "", 0.3, (), Metrics())
BRIEF = Brief(
    case=replace(CASE, examples=CASE.split("train")),
    prompt=CASE.prompt,
    score=0.3,
    target=0.95,
    examples={"t1": CASE.examples[0]},
    failures=(Failure("json_valid", modes.CODE_FENCE, 0.4, (RUN,), ("stands in a fence",)),),
    solved=None,
    attempts=(),
    tried=frozenset({PARENT}),
)


class ServerGone(ModelError):
    blame = "server"


class Refused(ModelError):
    blame = "request"


class BrokeOff(ModelError):
    blame = "model"


Answers = Iterable[str | ModelError]


async def carry_out(conversation: Conversation, client: FakeClient) -> tuple[Finding, str]:
    """The finding, and the text of the answers that people watch."""
    watched: list[str] = []

    def hear(piece: Piece) -> None:
        if isinstance(piece, Delta):
            watched.append(piece.text)

    told: Told | None = None
    while True:
        try:
            ask = next(conversation) if told is None else conversation.send(told)
        except StopIteration as end:
            return end.value, "".join(watched)
        try:
            reply = await client.chat(
                ask.request, hear if ask.request.format is None else lambda _: None
            )
            told = Told(reply)
        except BrokeOff as error:
            told = Told(error.partial or Reply(""), str(error))


def model(answers: Answers) -> tuple[ModelInterviewer, FakeClient]:
    script = iter(answers)
    client = FakeClient(lambda _: next(script))
    return ModelInterviewer(
        client,
        "interviewer:3b",
        options={"temperature": 0.0, "num_ctx": 8192},
        think="off",
        think_tokens=100,
        keep_alive="10m",
    ), client


async def interview(
    *answers: str | ModelError, brief: Brief = BRIEF
) -> tuple[Finding, FakeClient, str]:
    """Finding, client, and the text that was streamed."""
    interviewer, client = model(answers)
    finding, watched = await carry_out(interviewer.interview(brief), client)
    return finding, client, watched


async def talk(
    answer: str | ModelError, history: Sequence[Message] = (), text: str = "Shorter, please."
) -> tuple[Finding, ChatRequest]:
    interviewer, client = model([answer])
    finding, _ = await carry_out(interviewer.talk(BRIEF, history, text), client)
    return finding, client.requests[0]


def roles(messages: Sequence[Message]) -> list[str]:
    return [message.role for message in messages]


async def test_an_analysis_is_streamed_and_then_a_prompt_is_asked_for_by_schema() -> None:
    finding, client, streamed = await interview(ANALYSIS, as_json(BETTER))
    first, second = client.requests
    assert (first.format, second.format) == (None, SUGGESTION_SCHEMA)
    assert first.messages[1].content == interview_question(BRIEF)
    assert streamed.strip() == ANALYSIS
    assert finding.analysis == ANALYSIS
    assert finding.suggestion is not None
    assert finding.suggestion.prompt == BETTER
    assert (finding.suggestion.source, finding.suggestion.kind) == ("interviewer", KIND)
    assert finding.problems == ()
    assert finding.response == as_json(BETTER)
    assert roles(finding.messages) == ["system", "user", "assistant", "user", "assistant"]


@pytest.mark.parametrize("change", ["", None, "<b>bold</b>", BETTER])
async def test_a_change_without_a_name_is_suggested_all_the_same(change: object) -> None:
    finding, _, _ = await interview(ANALYSIS, as_json(BETTER, change=change))
    made = finding.suggestion
    assert made is not None
    assert (made.prompt, made.reasoning) == (BETTER, REASONING)
    assert (made.source, made.kind) == ("interviewer", "")
    assert finding.problems == ()


async def test_the_calls_have_the_options_of_the_session_and_room_for_thoughts() -> None:
    _, client, _ = await interview(ANALYSIS, as_json(BETTER))
    for request in client.requests:
        assert request.model == "interviewer:3b"
        assert request.think == "off"
        assert request.keep_alive == "10m"
        assert request.options["num_ctx"] == 8192
    assert [r.options["num_predict"] for r in client.requests] == [600, 1600]


def test_the_schema_repeats_nothing_two_thousand_times() -> None:
    # Servers built on llama.cpp refuse such a grammar.
    text = json.dumps(SUGGESTION_SCHEMA)
    assert all(
        int(n) < 2000 for n in text.replace(",", " ").replace("}", " ").split() if n.isdigit()
    )
    assert '"minLength"' in text


async def test_a_bad_prompt_is_asked_for_once_more_with_the_reasons() -> None:
    finding, client, _ = await interview(ANALYSIS, as_json(LOST), as_json(BETTER))
    again = client.requests[2].messages[-1].content
    assert "- The placeholder {{job_title}} is missing.\n" in again
    assert client.requests[2].format == SUGGESTION_SCHEMA
    assert finding.suggestion is not None
    assert finding.suggestion.prompt == BETTER
    assert finding.problems == ("The placeholder {{job_title}} is missing.",)


@pytest.mark.parametrize("name", HOLDING_NOTHING)
async def test_after_a_second_useless_reply_the_playbook_has_the_idea(name: str) -> None:
    reply = HOLDING_NOTHING[name]
    finding, client, _ = await interview(ANALYSIS, reply, reply)
    assert len(client.requests) == 3
    assert finding.suggestion is not None
    assert finding.suggestion.source == "playbook"
    assert placeholders_in(finding.suggestion.prompt) == placeholders_in(PARENT)
    assert finding.problems == (NOTHING_FOUND, NOTHING_FOUND)


async def test_where_the_playbook_has_no_idea_either_there_is_none() -> None:
    brief = replace(BRIEF, failures=())
    finding, _, _ = await interview(ANALYSIS, "- ", "- ", brief=brief)
    assert finding.suggestion is None
    assert finding.problems == (NOTHING_FOUND, NOTHING_FOUND)


@pytest.mark.parametrize("same", [PARENT, PARENT.strip(), PARENT.replace("\n\n", "\n \n")])
async def test_the_unchanged_prompt_means_that_nothing_is_suggested(same: str) -> None:
    finding, client, _ = await interview(ANALYSIS, as_json(same))
    assert len(client.requests) == 2
    assert finding.suggestion is None
    assert finding.problems == (UNCHANGED,)


async def test_the_unchanged_prompt_after_a_bad_one_is_giving_up() -> None:
    finding, _, _ = await interview(ANALYSIS, as_json(LOST), as_json(PARENT))
    assert finding.suggestion is not None
    assert finding.suggestion.source == "playbook"
    assert finding.problems == ("The placeholder {{job_title}} is missing.", UNCHANGED)


async def test_a_new_prompt_is_taken_though_the_old_one_is_quoted_after_it() -> None:
    reply = f"{fenced(BETTER)}\ninstead of\n{fenced(PARENT)}"
    finding, _, _ = await interview(ANALYSIS, reply)
    assert finding.suggestion is not None
    assert finding.suggestion.prompt == BETTER


async def test_the_reasons_are_those_of_the_prompt_that_was_meant() -> None:
    reply = f"{fenced(LOST)}\nIt answers:\n{fenced('- wound care, and more')}"
    finding, _, _ = await interview(ANALYSIS, reply, as_json(BETTER))
    assert finding.problems == ("The placeholder {{job_title}} is missing.",)


async def test_a_prompt_that_was_refused_before_is_no_suggestion() -> None:
    brief = replace(BRIEF, tried=frozenset({PARENT, BETTER}))
    finding, _, _ = await interview(ANALYSIS, as_json(BETTER), as_json(BETTER), brief=brief)
    assert finding.suggestion is not None
    assert finding.suggestion.source == "playbook"
    assert "tried or refused before" in finding.problems[0]


@pytest.mark.parametrize("failing", [0, 1, 2])
async def test_a_failure_of_the_model_is_a_problem_and_not_the_end(failing: int) -> None:
    answers: list[str | ModelError] = [ANALYSIS, "- ", "- "]
    answers[failing] = BrokeOff("talked without end")
    finding, client, _ = await interview(*answers)
    assert len(client.requests) == 3
    assert "The interviewer's answer ended early: talked without end" in finding.problems
    assert finding.suggestion is not None
    assert finding.suggestion.source == "playbook"


async def test_what_came_before_a_failure_is_still_read() -> None:
    partial = BrokeOff("talked without end", partial=Reply(as_json(BETTER) + "\n\nAnd also"))
    finding, _, _ = await interview(ANALYSIS, partial)
    assert finding.suggestion is not None
    assert finding.suggestion.prompt == BETTER
    assert len(finding.problems) == 1


@pytest.mark.parametrize("error", [ServerGone("gone"), Refused("no such model")])
@pytest.mark.parametrize("position", [0, 1, 2])
async def test_other_failures_are_left_to_the_session(error: ModelError, position: int) -> None:
    answers: list[str | ModelError] = [ANALYSIS, "- ", "- "]
    answers[position] = error
    with pytest.raises(type(error)):
        await interview(*answers)
    with pytest.raises(type(error)):
        await talk(error)


async def test_thoughts_are_neither_kept_as_the_analysis_nor_sent_again() -> None:
    thought = "<think>secret</think>"
    finding, client, _ = await interview(thought + ANALYSIS, thought + "- ", as_json(BETTER))
    assert finding.analysis == ANALYSIS
    assert all("secret" not in m.content for r in client.requests for m in r.messages)
    assert all("secret" not in m.content for m in finding.messages)


async def test_a_prompt_that_speaks_of_thoughts_is_not_cut() -> None:
    prompt = BETTER.replace("asks for.", "asks for. Think between <think> and </think> first.")
    finding, _, _ = await interview(ANALYSIS, as_json(prompt))
    assert finding.suggestion is not None
    assert finding.suggestion.prompt == prompt


@pytest.mark.parametrize("analysis", ["", "  \n", "<think>endless"])
async def test_no_empty_message_is_sent_and_roles_alternate(analysis: str) -> None:
    _, client, _ = await interview(analysis, "", as_json(BETTER))
    for request in client.requests:
        assert all(message.content.strip() for message in request.messages)
        sent = roles(request.messages)
        assert sent[0] == "system"
        assert all(one != two for one, two in pairwise(sent))
        assert sent[-1] == "user"


@pytest.mark.parametrize(
    "answer",
    [
        "I think that the code fence costs most.",
        "Put it between <prompt> and </prompt>.",
        EXAMPLE_OUTPUT,
        f"Such an answer:\n{fenced('- wound care, as a list of words')}",
        f"At present the prompt says:\n{fenced(PARENT)}",
        "",
    ],
)
async def test_plain_talk_gives_neither_suggestion_nor_problems(answer: str) -> None:
    finding, _ = await talk(answer)
    assert finding.suggestion is None
    assert finding.problems == ()
    assert finding.response == answer


@pytest.mark.parametrize("name", HOLDING_BETTER)
async def test_a_prompt_that_is_offered_in_talk_is_a_suggestion(name: str) -> None:
    finding, _ = await talk(HOLDING_BETTER[name][0])
    assert finding.suggestion is not None
    assert finding.suggestion.prompt == BETTER
    assert (finding.suggestion.source, finding.suggestion.kind) == ("chat", "")
    assert finding.problems == ()


@pytest.mark.parametrize("wrap", [tagged, as_json, fenced])
async def test_an_offer_in_talk_that_cannot_be_used_is_explained(
    wrap: Callable[[str], str],
) -> None:
    finding, _ = await talk(wrap(LOST))
    assert finding.suggestion is None
    assert finding.problems == ("The placeholder {{job_title}} is missing.",)


async def test_a_talk_that_breaks_off_says_so() -> None:
    finding, _ = await talk(BrokeOff("talked without end", partial=Reply("As I was")))
    assert finding.response == "As I was"
    assert finding.problems == ("The interviewer's answer ended early: talked without end",)


async def test_a_second_turn_of_talk_is_sent_as_servers_take_it() -> None:
    finding, _, _ = await interview(ANALYSIS, as_json(LOST), as_json(BETTER))
    history = [
        *finding.messages,
        Message("user", "Shorter, please."),
        Message("assistant", "I would leave out the tools."),
    ]
    _, request = await talk("Yes.", history, "Do so.")
    sent = request.messages
    assert roles(sent) == ["system", *["user", "assistant"] * 4, "user"]
    assert [m.content for m in sent[-3:]] == [
        "Shorter, please.",
        "I would leave out the tools.",
        "Do so.",
    ]
    assert sent[2].content == ANALYSIS
    assert PARENT.strip() in sent[0].content
    # The question of the interview is in the system message already, as things stand now.
    assert sum("stands in a fence" in message.content for message in sent) == 1
    assert request.format is None


async def test_a_long_talk_is_cut_at_its_beginning() -> None:
    history = [
        Message(role, f"{number} {'x' * 500}")
        for number in range(100)
        for role in ("user", "assistant")
    ]
    _, request = await talk("Yes.", history)
    assert roles(request.messages)[:2] == ["system", "user"]
    assert request.messages[-2].content.startswith("99 ")
    assert sum(len(m.content) for m in request.messages[1:]) <= RECENT_CHARACTERS + 500


async def test_a_single_message_that_is_too_long_is_left_out() -> None:
    history = [Message("user", "x" * 50_000), Message("assistant", "Too much.")]
    _, request = await talk("Yes.", history)
    assert roles(request.messages) == ["system", "user"]


async def test_no_validation_example_is_ever_sent() -> None:
    finding, client, _ = await interview(ANALYSIS, "- ", "- ")
    _, request = await talk("Yes.", finding.messages)
    for asked in (*client.requests, request):
        assert all("Unseen" not in message.content for message in asked.messages)


async def test_the_playbook_suggests_and_says_that_it_cannot_talk() -> None:
    playbook = PlaybookInterviewer()
    nobody = FakeClient(lambda _: Refused("nobody is to be asked"))
    finding, _ = await carry_out(playbook.interview(BRIEF), nobody)
    assert finding.suggestion is not None
    assert finding.suggestion.source == "playbook"
    answer, _ = await carry_out(playbook.talk(BRIEF, (), "Why?"), nobody)
    assert answer.suggestion == finding.suggestion
    assert "cannot discuss" in answer.response


PROMPTS = st.builds(
    lambda base, position, scrap: (
        base[: position % len(base)] + scrap + base[position % len(base) :]
    ),
    st.sampled_from([PARENT, BETTER, LOST]),
    st.integers(0, 10_000),
    st.sampled_from(
        ["", "{{job_title}}", "{{x}}", "{", "}", "{{", "\n", "Be brief. ", "Sure! ", '"', "```"]
    )
    | st.text(max_size=8),
)
REPLIES = st.lists(
    st.builds(
        lambda wrap, prompt: wrap(prompt),
        st.sampled_from([as_json, badly_quoted, fenced, tagged, CHATTY.format, str]),
        PROMPTS,
    )
    | st.text(max_size=30),
    max_size=4,
).map("\n".join)


@settings(deadline=None)
@given(REPLIES)
def test_whatever_is_replied_a_suggestion_has_the_placeholders_of_its_parent(reply: str) -> None:
    judged = judge_readings(read_suggestions(reply), BRIEF)
    suggestion = judged.suggestion
    assert (suggestion is None) == bool(judged.problems)
    assert all(draft.problems for draft in judged.refused)
    if suggestion:
        assert placeholders_in(suggestion.prompt) == placeholders_in(PARENT)
        assert suggestion.prompt.split() != PARENT.split()
        assert suggestion.prompt != reply.strip()
        assert suggestion.kind == kind_named(suggestion.kind)
