"""What a person can do about an error, in words that fit the kind of server it came from.

The kinds of error carry the advice for an Ollama server; this is where other servers differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from llmopt_tui.llm.errors.base import LlmError
from llmopt_tui.llm.errors.model import ThoughtsOnly
from llmopt_tui.llm.errors.request import (
    ContextOverflow,
    EndpointMissing,
    HostRefused,
    LoadFailed,
    ModelIncompatible,
    ModelMissing,
    OutOfMemoryLoading,
    Unauthorized,
)
from llmopt_tui.llm.errors.server import LoadStalled, OutOfMemory, RunnerCrashed

ServerKind = Literal["ollama", "openai"]

_ADVICE: Mapping[ServerKind, Mapping[type[LlmError], str]] = {
    "ollama": {},
    "openai": {
        ContextOverflow: (
            "Shorten the prompt or ask for fewer tokens; "
            "the window is set where the server is started"
        ),
        EndpointMissing: 'Is the address right? An Ollama server needs kind = "ollama"',
        HostRefused: "Check the endpoint's key, and what answers at its address",
        LoadFailed: "Look into the server's log",
        LoadStalled: "Look into the server's log",
        ModelIncompatible: "Pick a model that chats",
        ModelMissing: "Pick a model that the server lists",
        OutOfMemory: "Start the server with a smaller model or window, or close other programs",
        OutOfMemoryLoading: "Start the server with a smaller model or window",
        RunnerCrashed: "If it dies again, look into the server's log",
        ThoughtsOnly: (
            "Raise think_tokens or max_tokens; a model that the server does not say thinks "
            "gets think_tokens once it is named in thinks at its endpoint"
        ),
        Unauthorized: "Set api_key_env for the endpoint to the variable that holds its key",
    },
}


def advise(error: LlmError, kind: ServerKind) -> None:
    """Have the error advise what helps with this kind of server, unless it says more already."""
    advice = _ADVICE[kind].get(type(error))
    if advice and error.hint == error.advice:
        error.hint = advice
