"""A fleet of scripted endpoints: each as fast as it is told, and dead from a moment on if so told.

They fulfil the port that the program's own clients fulfil, in this process: a server that spoke
HTTP to hundreds of calls a second would take the processor time that is to be measured.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from llmopt_tui.app.endpoints import Endpoints, _Endpoint
from llmopt_tui.config.settings import Settings
from llmopt_tui.core.case import Case
from llmopt_tui.core.case_making import make_case
from llmopt_tui.core.ports import (
    ChatRequest,
    Delta,
    Metrics,
    ModelError,
    ModelInfo,
    OptionValue,
    Reply,
    Tell,
)

LABELS = ("urgent", "routine")
_CHATTER = "It is hard to say without more context, but let me think about it for a moment. "
_NOTE = re.compile(r"note \d+ of desk \d+", re.IGNORECASE)
_LOAD = 4.0
"""How many answers' time it takes a server that holds one model to load another."""
_SILENCE = 3.0
"""Seconds until a dead server's listing fails: nothing refuses the connection."""


class Gone(ModelError):
    """The server is dead."""


def desk(n: int, examples: int) -> Case:
    """A case: label notes, given a prompt that does not say how. A third of them are held out."""
    return make_case(
        "What kind of note is this?\n\n{{note}}",
        [{"kind": "choice", "labels": list(LABELS)}],
        [
            {
                "id": f"note-{k}",
                "split": "validation" if k % 3 == 2 else "train",
                "inputs": {"note": f"Note {k} of desk {n}. {_words(n, k)}"},
                "expected": {"answer": label_of(f"note {k} of desk {n}")},
            }
            for k in range(examples)
        ],
        id=f"desk_{n:02}",
        max_tokens=64,
    )


def label_of(note: str) -> str:
    """The right label of a note."""
    return LABELS[_chance("label", note) < 0.5]


def answer(model: str, prompt: str) -> str:
    """What a model says to a filled prompt: a function of both, so that it can be checked.

    Prompts that name the labels are answered better, some models are better than others, and
    without the labels half of the answers name none.
    """
    note = _NOTE.findall(prompt)[-1].lower()
    named = all(label in prompt.lower().replace(note, "") for label in LABELS)
    skill = 0.55 + 0.25 * _chance("skill", model) + 0.15 * named
    if not named and _chance("chatter", model, note) < 0.5:
        return _CHATTER
    right = label_of(note)
    wrong = next(label for label in LABELS if label != right)
    return right if _chance("answer", model, note) < skill else wrong


@dataclass(slots=True)
class Idle:
    """How long an endpoint had nothing to do between two of its calls, in seconds."""

    total: float = 0.0
    longest: float = 0.0


class ScriptedEndpoint:
    """One server. `seconds` is how long an answer takes, `parallel` how many it gives at once.

    Where it has `room` for one model only, another is loaded first. `delivered` counts the
    answers that reached the program, `lost` those that the server's death cut off.
    """

    def __init__(
        self,
        name: str,
        models: Sequence[str],
        seconds: float,
        *,
        parallel: int,
        one_model: bool,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.endpoint, self.parallel, self.seconds = name, parallel, seconds
        self.delivered = self.lost = self.loads = 0
        self.idle = Idle()
        self.first = self.last = 0.0
        self.dead = False
        self._models = tuple(models)
        self._held = set() if one_model else set(models)
        self._one_model = one_model
        self._loading = asyncio.Lock()
        self._calls: set[asyncio.Future[None]] = set()
        self._now = now

    def die(self) -> None:
        """Answer nobody from now on, and break off what is being answered."""
        self.dead = True
        for call in self._calls:
            if not call.done():
                call.set_exception(Gone(f"{self.endpoint} closed the connection"))
                self.lost += 1

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer after a while. Raises `Gone`."""
        if self.dead:
            raise Gone(f"{self.endpoint} cannot be reached")
        self._begin()
        try:
            if request.model not in self._held:
                async with self._loading:
                    if request.model not in self._held:
                        await self._pass(self.seconds * _LOAD)
                        self.loads += 1
                        self._held = {request.model}
            await self._pass(self.seconds)
            text = answer(request.model, request.messages[-1].content)
            tell(Delta(text))
            self.delivered += 1
            return Reply(text, metrics=_metrics(request, text, self.seconds))
        finally:
            self.last = self._now()

    def _begin(self) -> None:
        now = self._now()
        if not self.first:
            self.first = now
        elif not self._calls:
            self.idle.total += now - self.last
            self.idle.longest = max(self.idle.longest, now - self.last)

    async def _pass(self, seconds: float) -> None:
        call = asyncio.get_running_loop().create_future()
        timer = asyncio.get_running_loop().call_later(seconds, _finish, call)
        self._calls.add(call)
        try:
            await call
        finally:
            timer.cancel()
            self._calls.discard(call)

    def dropped(self, options: Mapping[str, OptionValue]) -> tuple[str, ...]:
        """Every option is taken."""
        return ()

    async def slots(self) -> int | None:
        """It does not say."""
        return None

    async def models(self) -> Sequence[ModelInfo]:
        """Its models. A dead server says nothing for a while, then the attempt fails."""
        if self.dead:
            await asyncio.sleep(_SILENCE)
            raise Gone(f"{self.endpoint} cannot be reached")
        return [
            ModelInfo(
                name,
                self.endpoint,
                digest=hashlib.sha256(name.encode()).hexdigest(),
                size=1_000_000_000,
                context_length=8192,
                loaded=name in self._held,
            )
            for name in self._models
        ]

    async def version(self) -> str:
        """A version for the record."""
        return "scripted"

    async def aclose(self) -> None:
        """Nothing is open."""


class Fleet(Endpoints):
    """Endpoints that are scripted servers instead of those of the settings."""

    def __init__(self, settings: Settings, servers: Sequence[ScriptedEndpoint], **given: object):
        super().__init__(settings, **given)  # type: ignore[arg-type]
        self.servers = tuple(servers)

    def _configured(self) -> Iterator[_Endpoint]:
        for server in self.servers:
            yield self._endpoint(server.endpoint, f"scripted://{server.endpoint}", server)


def fleet(models: Sequence[str], count: int, seconds: float, places: int) -> list[ScriptedEndpoint]:
    """Servers from twice as fast as `seconds` to twice as slow, each model on `places` of them.

    Every other one holds one model at a time, one in four answers two calls at once.
    """
    places = min(places, count)
    step = max(1, count // places)
    return [
        ScriptedEndpoint(
            f"host{n:02}",
            [m for k, m in enumerate(models) if (n - k) % count in range(0, places * step, step)],
            seconds * 2.0 ** (2.0 * n / max(1, count - 1) - 1.0),
            parallel=2 if n % 4 == 3 else 1,
            one_model=n % 2 == 0,
        )
        for n in range(count)
    ]


def _finish(call: asyncio.Future[None]) -> None:
    if not call.done():
        call.set_result(None)


def _metrics(request: ChatRequest, text: str, seconds: float) -> Metrics:
    read = sum(len(message.content) for message in request.messages) // 4
    written = len(text) // 4 + 1
    return Metrics(
        prompt_tokens=read,
        prompt_seconds=seconds / 2,
        output_tokens=written,
        output_seconds=seconds / 2,
        tokens_per_second=written / (seconds / 2),
        done_reason="stop",
    )


def _chance(*parts: object) -> float:
    """A number from 0 up to 1 that follows from the parts."""
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**32


def _words(n: int, k: int) -> str:
    """About 900 characters, as many as a short letter has."""
    words = ("pump", "meeting", "invoice", "leak", "holiday", "door", "report", "alarm", "desk")
    return " ".join(words[int(_chance("word", n, k, i) * len(words))] for i in range(150))
