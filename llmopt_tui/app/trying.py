"""Trying a prompt: one call to one model, scored where an example says what is expected.

Nothing is kept. A session of one example would be the obvious way, but a session needs a case, and
a text of one's own has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.sessions import as_sent
from llmopt_tui.config.strict import UnreadableError, parse_json
from llmopt_tui.core.case import Case, Example, OutputSpec
from llmopt_tui.core.ports import (
    ChatRequest,
    ModelClient,
    ModelError,
    ModelInfo,
    Piece,
    Reply,
    Retrying,
    Tell,
)
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.scoring import CriterionScore, score_answer
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.text.near import did_you_mean, listed


class InputsMissing(Exception):
    """What is put in does not fill the prompt; the message says what is expected."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is to be tried: a prompt and its inputs; with `case` and `example`, scored by them."""

    prompt: Prompt
    inputs: Mapping[str, str]
    case: Case | None = None
    example: Example | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """How an attempt went.

    `seconds` is how long the last attempt at the call took. `error` is empty where an answer came;
    else `reply` holds what had come by then. `score` is None where nothing says how to score, or
    no answer came.
    """

    attempt: Attempt
    model: ModelInfo
    request: ChatRequest
    reply: Reply
    seconds: float
    error: str = ""
    score: float | None = None
    criteria: tuple[CriterionScore, ...] = ()


def attempt_on_example(case: Case, example_id: str = "", prompt: Prompt | None = None) -> Attempt:
    """A prompt, else the case's own, on one of its examples, else the first.

    Raises InputsMissing where there is no such example, or it lacks an input of the prompt.
    """
    if example_id:
        example = next((e for e in case.examples if e.id == example_id), None)
    else:
        example = case.examples[0]
    if example is None:
        known = [e.id for e in case.examples]
        hint = did_you_mean(example_id, known) or f"; there is {listed(known[:10])}"
        raise InputsMissing(f'{case.id} has no example "{example_id}"{hint}')
    chosen = prompt or case.prompt
    _check(chosen, example.inputs, f"the example {example.id}")
    return Attempt(chosen, example.inputs, case, example)


def attempt_on_text(prompt: Prompt, text: str) -> Attempt:
    """A prompt on a text: the one input, or a JSON object of all inputs where there are several.

    Raises InputsMissing where it is no such object.
    """
    names = list(prompt.placeholders)
    if len(names) < 2:
        if names and not text.strip():
            raise InputsMissing(f"the text for {{{{{names[0]}}}}} is empty")
        return Attempt(prompt, dict.fromkeys(names, text))
    shape = "{" + ", ".join(f'"{name}": "..."' for name in names) + "}"
    expected = f"the prompt has {len(names)} inputs, so a JSON object is expected: {shape}"
    try:
        given = parse_json(text)
    except UnreadableError as error:
        raise InputsMissing(f"{expected}. What was given {error}") from error
    if wrong := [name for name, value in given.items() if not isinstance(value, str)]:
        raise InputsMissing(f"{expected}. {listed(wrong)} must be text")
    _check(prompt, given, "the object")
    return Attempt(prompt, given)


async def carry_out(endpoints: Endpoints, model: str, attempt: Attempt, tell: Tell) -> Tried:
    """Make the call, telling of the answer as it comes, and score it.

    Raises `WrongRequest` where no endpoint has the model, and `ModelError` where the server or the
    request is to blame; a failure of the model itself is an outcome.
    """
    from llmopt_tui.llm.caching import fresh

    found, info, _ = await endpoints.find(model)
    client = fresh(found)  # who tries something wants an answer, not a memory of one
    request = _request(client, info, attempt, endpoints.settings.loop())
    now = endpoints.clock.monotonic
    began = now()

    def hear(piece: Piece) -> None:
        nonlocal began
        if isinstance(piece, Retrying):
            began = now()
        tell(piece)

    try:
        reply = await client.chat(request, hear)
    except ModelError as error:
        if error.blame != "model" and not error.of_one_request:
            raise
        return Tried(attempt, info, request, error.partial or Reply(""), now() - began, str(error))
    seconds = now() - began
    if attempt.case is None or attempt.example is None:
        return Tried(attempt, info, request, reply, seconds)
    score, criteria = await score_answer(
        attempt.case.criteria,
        reply.text,
        attempt.example.expected,
        attempt.inputs,
        client=client,
    )
    return Tried(attempt, info, request, reply, seconds, "", score, criteria)


def _request(
    client: ModelClient, info: ModelInfo, attempt: Attempt, loop: LoopSettings
) -> ChatRequest:
    """The request that a session would make for the same example."""
    settings = as_sent(client, loop)
    output = OutputSpec() if attempt.case is None else attempt.case.output
    thinks = info.thinks and settings.think != "off"
    budget = output.max_tokens + (settings.think_tokens if thinks else 0)
    return ChatRequest(
        model=info.name,
        messages=attempt.prompt.messages(attempt.inputs),
        options={"num_predict": budget, **settings.options},
        format=output.constraint,
        think=settings.think,
        keep_alive=settings.keep_alive,
    )


def _check(prompt: Prompt, inputs: Mapping[str, str], called: str) -> None:
    if lacking := [name for name in prompt.placeholders if name not in inputs]:
        unused = [name for name in inputs if name not in prompt.placeholders]
        hint = did_you_mean(lacking[0], unused)
        raise InputsMissing(f"{called} has no {listed(lacking)} for the prompt {prompt.name}{hint}")
