"""A chat as Ollama's own protocol asks for it. Pure."""

from __future__ import annotations

import math
from typing import Any

from llmopt_tui.core.ports import ChatRequest
from llmopt_tui.llm.formats import sendable


def chat_body(request: ChatRequest, model: str, think: bool | None) -> dict[str, Any]:
    """The body of /api/chat. `model` is the name as the server lists it; without `think` the field
    is left out. Raises FormatRefused.
    """
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        # The default of the field is true here and false elsewhere: never left to chance.
        "stream": True,
        # A server that shortens prompts in silence makes scores lie. `shift` stays unset:
        # a value that differs from the runner's reloads the model.
        "truncate": False,
        "options": dict(request.options),
    }
    if request.format is not None:
        body["format"] = sendable(request.format)
    if think is not None:
        body["think"] = think
    if request.keep_alive is not None:
        body["keep_alive"] = _keep_alive(request.keep_alive)
    return body


def think_field(request: ChatRequest, *, thinks: bool, refused: bool) -> bool | None:
    """What to send as `think`; None leaves the field out.

    "auto" lets a model think that `thinks`, as far as is known. Left out, current servers let such
    models think as well, and older ones leave the thoughts in the text. `refused`: the server does
    not take the field for this model.
    """
    if request.think == "on":
        return True
    if refused:
        return None
    if request.think == "off":
        return False
    return True if thinks else None


def _keep_alive(value: str | float) -> str | float:
    """A string without a unit is refused by the server; as a number it means seconds."""
    try:
        number = float(value)
    except ValueError:
        return value
    if not math.isfinite(number):
        return -1  # for ever, which JSON has no number for
    return int(number) if number.is_integer() else number
