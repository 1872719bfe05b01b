"""The calls that get one answer: a session makes them for a run, and `try` makes the same ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmopt_tui.core.case import OutputSpec
from llmopt_tui.core.loop.calls import Outcome
from llmopt_tui.core.ports import ChatFormat, ChatRequest, Message, ModelInfo
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.variant import Constrain

SAY_AS_JSON = "Now say the same as JSON alone, in the form that was asked for."
"""What asks for a free answer once more, in the output's format."""


def requests_for(
    messages: tuple[Message, ...],
    said: Sequence[Outcome],
    *,
    model: ModelInfo,
    output: OutputSpec,
    constrain: Constrain | None,
    settings: LoopSettings,
    repeat: int = 1,
) -> Iterator[ChatRequest]:
    """The calls for one answer: one, or a second that is about the answer to the first.

    `said` holds the outcomes of the calls so far: the caller appends each before it asks for the
    next request. `constrain` is the variant's; None means as the output says. `repeat` counts
    from 1.
    """

    def request(asked: tuple[Message, ...], format: ChatFormat) -> ChatRequest:
        return _request(asked, format, model, output, settings, repeat)

    wanted = constrain or output.constrain
    yield request(messages, output.constraint if wanted == "format" else None)
    if wanted == "late" and output.constraint is not None and not said[-1].error:
        again = (Message("assistant", said[-1].reply.text), Message("user", SAY_AS_JSON))
        yield request((*messages, *again), output.constraint)


def _request(
    messages: tuple[Message, ...],
    format: ChatFormat,
    model: ModelInfo,
    output: OutputSpec,
    settings: LoopSettings,
    repeat: int,
) -> ChatRequest:
    options = dict(settings.options)
    thinks = model.thinks and settings.think != "off"
    budget = output.max_tokens + (settings.think_tokens if thinks else 0)
    options.setdefault("num_predict", budget)
    if isinstance(seed := options.get("seed"), int):
        options["seed"] = seed + repeat - 1
    return ChatRequest(
        model=model.name,
        messages=messages,
        options=options,
        format=format,
        think=settings.think,
        keep_alive=settings.keep_alive,
    )
