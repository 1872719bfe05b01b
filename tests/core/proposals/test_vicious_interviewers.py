"""Whole sessions with interviewers at their worst: what is kept in the end is still good."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from llmopt_tui.core.case import Case
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.ports import ChatRequest, ModelError
from llmopt_tui.core.prompt import placeholders_in
from llmopt_tui.core.proposals.checks import check_suggestion
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.signals import SuggestionProposed
from tests.core.factory import Answer, Stage, make_case, on_proposal
from tests.core.replies import as_json, fenced, tagged

PROMPT = (
    "Describe this posting in a few words. Say alpha.\n\nUse plain words and nothing else.\n\n"
    "Posting:\n{{text}}"
)
HELPFUL = PROMPT.replace("Say alpha.", "Say alpha and beta.")
BEST = PROMPT.replace("Say alpha.", "Say alpha, beta, gamma and delta.")
WORSE = PROMPT.replace("Say alpha.", "Say nothing.")
LEAKING = PROMPT.replace("Say alpha.", "Say alpha and beta, as Brackwater General wants it.")


class BrokeOff(ModelError):
    blame = "model"


def case_with_facts() -> Case:
    case = make_case(train=4, prompt=PROMPT)
    facts = ("Brackwater General", "Oxmoor Dairies", "Copper Heron", "Grindle Hub")
    examples = [
        replace(example, inputs={"text": f"posting of {fact}, reference 40{n}17"})
        for n, (example, fact) in enumerate(zip(case.split("train"), facts, strict=True))
    ]
    return replace(case, examples=(*examples, *case.split("validation")))


def proposing(*replies: str | ModelError) -> Answer:
    """Analyses whatever it is shown, and replies in turn where a prompt is asked for."""
    turns = itertools.cycle(replies)

    def answer(request: ChatRequest) -> str | ModelError:
        return next(turns) if request.format else "The prompt is too vague."

    return answer


def endless(request: ChatRequest) -> str:
    return "and so on, {{text}} " * 20_000


def counting(make: Callable[[int], str]) -> Answer:
    numbers = itertools.count()
    return lambda request: make(next(numbers)) if request.format else "Hm."


def vicious() -> dict[str, Answer]:
    return {
        "chatty": proposing(f"You're right, let's refine this!\n\n### Improved Prompt\n\n{BEST}"),
        "chatty in JSON": proposing(as_json(f"You're right, let's refine this!\n\n{BEST}")),
        "chatty around the prompt": proposing(
            f"Sure!\n{fenced(HELPFUL)}\nLet me know if it helps."
        ),
        "losing placeholders": proposing(as_json(BEST.replace("{{text}}", "the posting"))),
        "doubling placeholders": proposing(as_json(f"{BEST}\n\n{{{{text}}}}")),
        "inventing placeholders": proposing(as_json(f"{BEST}\n\nCompany: {{{{company}}}}")),
        "leaking": proposing(as_json(LEAKING), tagged(LEAKING), LEAKING),
        "copying an example": proposing(
            as_json("posting of Oxmoor Dairies, reference 40117 {{text}}")
        ),
        "empty": proposing("", "- ", as_json(""), as_json("- ")),
        "worsening": counting(lambda n: as_json(f"{WORSE}\nRule {n}: be brief.")),
        "worsening after a gain": counting(
            lambda n: as_json(HELPFUL if n == 0 else f"{WORSE}\nRule {n}: be brief.")
        ),
        "endless": endless,
        "never closing its thoughts": proposing(f"<think>{fenced(BEST)}"),
        "refusing": proposing(
            "I'm sorry, but I can't help with that.", as_json("I cannot do that.")
        ),
        "answering the task itself": proposing(as_json("alpha beta gamma delta")),
        "repeating the prompt": proposing(as_json(PROMPT)),
        "failing": proposing(BrokeOff("talked without end")),
        "talking of scores": proposing(as_json(f"{BEST}\nThe last iteration had a score of 0.25.")),
        "answering with junk": proposing(json.dumps([[["{{text}}"]]]), "\ud800\x00{{text}}" * 99),
    }


@pytest.mark.parametrize("name", vicious())
async def test_the_best_prompt_is_never_worse_and_holds_no_chatter_and_no_facts(name: str) -> None:
    case = case_with_facts()
    stage = Stage(case=case, interviewer_answer=vicious()[name])
    await stage.run()
    record = stage.session.record
    assert record.finished is not None
    assert record.finished.stop_reason in {
        "no_improvement_suggested",
        "plateau",
        "max_iterations",
        "target_reached",
    }
    assert record.best is not None
    assert (record.best_score or 0) >= (record.baseline_score or 0) > 0
    for iteration in record.iterations:
        assert placeholders_in(iteration.prompt) == placeholders_in(PROMPT)
        if iteration.prompt != PROMPT:
            assert check_suggestion(iteration.prompt, case.prompt, case, ()) == []
    prompts = [" ".join(iteration.prompt.split()) for iteration in record.iterations]
    assert len(set(prompts)) == len(prompts)


async def test_a_gain_between_bad_ideas_is_kept() -> None:
    stage = Stage(case=case_with_facts(), interviewer_answer=vicious()["worsening after a gain"])
    await stage.run()
    record = stage.session.record
    assert record.best is not None
    assert record.best.prompt == HELPFUL
    assert len(record.iterations) > 2


async def test_a_good_prompt_is_found_among_chatter_and_bad_ones() -> None:
    reply = f"Sure, here you go!\n{fenced(LEAKING)}\nOr rather:\n{fenced(BEST)}\nHope that helps!"
    stage = Stage(case=case_with_facts(), interviewer_answer=proposing(reply))
    await stage.run()
    record = stage.session.record
    assert record.finished is not None
    assert record.finished.stop_reason == "target_reached"
    assert record.best is not None
    assert record.best.prompt == BEST


async def test_a_session_says_why_suggestions_could_not_be_used() -> None:
    stage = Stage(case=case_with_facts(), interviewer_answer=vicious()["losing placeholders"])
    await stage.run()
    problems = stage.session.record.interviews[0].problems
    assert problems == ["The placeholder {{text}} is missing."] * 2


async def test_a_prompt_from_talk_is_checked_like_any_other() -> None:
    stage = Stage(
        case=case_with_facts(),
        settings=LoopSettings(mode="manual"),
        interviewer_answer=lambda request: as_json(HELPFUL) if request.format else tagged(LEAKING),
    )
    talks: list[asyncio.Task[None]] = []

    async def talk(proposal: SuggestionProposed) -> None:
        async for said in stage.session.chat("Name the company."):
            fold(stage.session.record, said)
        assert not proposal.pending.resolved
        stage.control.stop()

    await stage.run(on_proposal(lambda proposal: talks.append(asyncio.create_task(talk(proposal)))))
    await asyncio.gather(*talks)
    record = stage.session.record
    assert record.interviews[0].suggestion is not None
    assert record.interviews[0].suggestion.prompt == HELPFUL
    assert "facts of single examples" in record.interviews[0].problems[-1]


def test_the_prompts_of_these_tests_are_what_they_are_called() -> None:
    case = case_with_facts()
    for good in (HELPFUL, BEST, WORSE):
        assert check_suggestion(good, case.prompt, case, ()) == []
    assert check_suggestion(LEAKING, case.prompt, case, ())
