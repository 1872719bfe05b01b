"""How a fake Ollama server may misbehave: every switch that tests have."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass
class Quirks:
    """Ways in which the server departs from a recent Ollama at its best.

    How bytes travel
    - `cut`: how the bytes of one event become chunks (all events in one: `together`).
    - `hold_headers`: the status line waits for this event.
    - `hold_load`, `hold_answer`: a load, or an answer after its first chunk, waits for this event.
    - `sse_prefix`: every event line starts with `data: `.
    - `ignores_stream`: one whole object comes, whatever `stream` says.

    What an answer is like
    - `content_in_done`: the last chunk still carries text.
    - `raw_thinking`: thoughts stay in the content, inside `<think>` tags.
    - `error_after`: after so many chunks, this error line, then the end.
    - `stop_after`, `stop`: after so many chunks the stream ends without `done`: in good order,
      with the connection closed inside the body, or reset in the middle of a line. A reply
      without stream then says `done: false`.
    - `shortens_prompts`: too long a prompt is cut to half the window in silence.
    - `constant_times`: durations are all 1, as an imitation sends them.
    - `omits_metrics`: counts and durations that are zero are left out; here, all of them are.
    - `openai_shape`: /api/chat answers as /v1/chat/completions does.

    What the server has
    - `old`: no capabilities in listings, only in /api/show (before 0.30).
    - `missing`: paths that do not exist.
    - `unexpected_endpoint`: unknown paths get status 200 and an error, as in LM Studio.
    - `rejects_think`: `think`, even false, is refused for models that do not think (0.12.4).
    - `pull_goes_back`: the completed bytes of a pull step back once.
    - `sse_without_done`, `sse_data_null`: /v1 streams end without `[DONE]`; `data` is null in
      an empty /v1/models.
    """

    cut: Callable[[bytes], Iterable[bytes]] = lambda data: (data,)
    together: bool = False
    hold_headers: asyncio.Event | None = None
    hold_load: asyncio.Event | None = None
    hold_answer: asyncio.Event | None = None
    sse_prefix: bool = False
    ignores_stream: bool = False

    content_in_done: bool = False
    raw_thinking: bool = False
    error_after: tuple[int, str] | None = None
    stop_after: int | None = None
    stop: Literal["end", "cut", "reset"] = "end"
    shortens_prompts: bool = False
    constant_times: bool = False
    omits_metrics: bool = False
    openai_shape: bool = False

    old: bool = False
    missing: frozenset[str] = frozenset()
    unexpected_endpoint: bool = False
    rejects_think: bool = False
    pull_goes_back: bool = False
    sse_without_done: bool = False
    sse_data_null: bool = False
