"""Trying a prompt: one answer of one model, scored where an example says what is expected.

Nothing is kept. A session of one example would be the obvious way, but a session needs a case, and
a text of one's own has none. The calls are those of a session: the same requests, in the same
slots, so that a run under way on the same endpoint gets no more calls than it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.judging import judges_of
from llmopt_tui.app.sessions import as_sent
from llmopt_tui.app.wrong_request import WrongRequest
from llmopt_tui.config.strict import UnreadableError, parse_json
from llmopt_tui.core.case import Case, OutputSpec
from llmopt_tui.core.loop.calls import Calls, Outcome
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.judging import Judging, Score
from llmopt_tui.core.loop.requests import requests_for
from llmopt_tui.core.ports import ChatRequest, ModelClient, ModelError, Reply, Tell, summed
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.text.near import did_you_mean, listed
from llmopt_tui.core.wrapped_client import WrappedClient
from llmopt_tui.state.trying import Attempt, Tried


class InputsMissing(Exception):
    """What is put in does not fill the prompt; the message says what is expected."""


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
        return attempt_on_inputs(prompt, dict.fromkeys(names, text))
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


def attempt_on_inputs(prompt: Prompt, inputs: dict[str, str]) -> Attempt:
    """A prompt on inputs by their placeholders. Raises InputsMissing where all are empty."""
    if inputs and not any(text.strip() for text in inputs.values()):
        names = ", ".join(f"{{{{{name}}}}}" for name in inputs)
        raise InputsMissing(f"the text for {names} is empty")
    return Attempt(prompt, inputs)


def _nothing() -> None:
    """What is done when a call begins, where nobody asks: nothing."""


async def carry_out(
    endpoints: Endpoints,
    model: str,
    attempt: Attempt,
    tell: Tell,
    began: Callable[[], None] = _nothing,
) -> Tried:
    """Make the call in a slot of its endpoint, telling of the answer as it comes, and score it.

    `began` is called when the slot is free and the call is made. Raises `WrongRequest` where no
    endpoint has the model, and `ModelError` where the server or the request is to blame; a failure
    of the model itself is an outcome. Cancelling closes the connection.
    """
    from llmopt_tui.llm.caching import fresh

    found, info, _ = await endpoints.find(model)
    client = fresh(found)  # who tries something wants an answer, not a memory of one
    settings = as_sent(client, endpoints.settings.loop())
    # A person waits: a lost server is said at once, not waited for.
    calls = Calls(RunControl("auto"), endpoints.clock, await endpoints.slots(), server_wait=0.0)
    prompt, example = attempt.prompt, attempt.example
    messages = prompt.variant.messages(attempt.inputs, example.id if example else "")
    said: list[Outcome] = []
    first: ChatRequest | None = None
    for request in requests_for(
        messages,
        said,
        model=info,
        output=attempt.case.output if attempt.case else OutputSpec(),
        constrain=prompt.constrain,
        settings=settings,
    ):
        first = first or request
        said.append(await _outcome(calls, _Beginning(client, began), request, tell))
    assert first is not None
    reply = replace(
        said[-1].reply,
        thinking=said[0].reply.thinking,
        metrics=summed([outcome.reply.metrics for outcome in said]),
    )
    seconds = sum(outcome.seconds for outcome in said)
    tried = Tried(attempt, info, first, reply, seconds, said[-1].error)
    if tried.error or attempt.case is None:
        return tried
    return await _scored(endpoints, tried, client, calls, settings)


async def _outcome(calls: Calls, client: ModelClient, request: ChatRequest, tell: Tell) -> Outcome:
    outcome: Outcome | None = None
    async for item in calls.ask(client, request, tell):
        if isinstance(item, Outcome):
            outcome = item
    assert outcome is not None
    return outcome


async def _scored(
    endpoints: Endpoints, tried: Tried, client: ModelClient, calls: Calls, settings: LoopSettings
) -> Tried:
    """The outcome with its score. An answer whose judge fails is shown all the same."""
    case, example = tried.attempt.case, tried.attempt.example
    if case is None or example is None:
        return tried
    try:
        judges = await judges_of(endpoints, case, tried.model, endpoints.interviewer)
        judging = Judging(case, client, judges, calls, settings)
        async for step in judging.score(tried.reply.text, example):
            if isinstance(step, Score):
                return replace(tried, score=step.score, criteria=step.criteria)
    except (ModelError, WrongRequest) as error:
        return replace(tried, unscored=str(error))
    return tried


class _Beginning(WrappedClient):
    """A client that says when its call begins. It leaves the call itself alone."""

    def __init__(self, inner: ModelClient, began: Callable[[], None]) -> None:
        super().__init__(inner)
        self._began = began

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat. Raises `ModelError`."""
        self._began()
        return await self.inner.chat(request, tell)


def _check(prompt: Prompt, inputs: Mapping[str, str], called: str) -> None:
    if lacking := [name for name in prompt.placeholders if name not in inputs]:
        unused = [name for name in inputs if name not in prompt.placeholders]
        hint = did_you_mean(lacking[0], unused)
        raise InputsMissing(f"{called} has no {listed(lacking)} for the prompt {prompt.name}{hint}")
