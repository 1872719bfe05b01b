"""A scripted Ollama server that behaves as the real one does, and misbehaves on request.

Use it in a test:

    async with FakeOllama([SimulatedModel("gemma3n:latest", candidate())]) as server:
        client = OllamaClient(server.url)

or as a process of its own, which prints its URL as one JSON line and runs until it is killed:

    python -m tests.fakes.ollama --port 0

What a test can set: `quirks` (ways of misbehaving, see `Quirks`), `script(path, ...)` (the next
replies of a path, byte by byte), and gates: events that a load or an answer waits for. What it can
look at: `requests`, `loads`, `aborted_loads`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.quirks import Quirks
from tests.fakes.simulated import (
    Chat,
    SimulatedModel,
    Thought,
    candidate,
    interviewer,
    talkative,
    thoughtful,
)
from tests.fakes.wire import Exchange, Script, WireServer, json_line, reply

# What things take, in nanoseconds: nothing waits for it, it is only said.
LOAD_COLD = 1_812_345_678
LOAD_WARM = 21_000_000
PER_PROMPT_TOKEN = 1_000_000
PER_OUTPUT_TOKEN = 20_000_000
QUICKER = 20
"""How many times quicker than it says a server with `slots` works."""

_FLOATS = frozenset(
    [
        "temperature",
        "top_p",
        "min_p",
        "typical_p",
        "repeat_penalty",
        "presence_penalty",
        "frequency_penalty",
    ]
)
_INTEGERS = frozenset(
    ["num_ctx", "num_batch", "num_predict", "num_keep", "seed", "top_k", "repeat_last_n"]
)
_KILLING = re.compile(r'"pattern": "[^"]*(\\\\[dDwWsSbB]|\(\?)')
_NAME = re.compile(r"[A-Za-z0-9][\w.:/-]*")
_HOSTS = re.compile(r"(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.*\.local|.*\.internal)(:\d+)?")


@dataclass
class Runner:
    """A loaded model process: under which name it was loaded, and for which settings."""

    name: str
    blob: str
    num_ctx: int
    shift: bool
    expires_at: datetime
    busy: int = 0
    slots: asyncio.Semaphore | None = None


@dataclass
class Usage:
    """What the last chunk of an answer tells of its cost, in Ollama's fields."""

    done_reason: str
    load_duration: int
    prompt_eval_count: int
    eval_count: int
    queued: int = 0

    @property
    def work(self) -> int:
        """Nanoseconds of reading and writing."""
        return self.prompt_eval_count * PER_PROMPT_TOKEN + self.eval_count * PER_OUTPUT_TOKEN

    @property
    def fields(self) -> dict[str, int]:
        """The counts, and the durations in nanoseconds. Only the total tells of the queue."""
        prompt = self.prompt_eval_count * PER_PROMPT_TOKEN
        output = self.eval_count * PER_OUTPUT_TOKEN
        return {
            "total_duration": self.load_duration + self.queued + prompt + output,
            "load_duration": self.load_duration,
            "prompt_eval_count": self.prompt_eval_count,
            "prompt_eval_duration": prompt,
            "eval_count": self.eval_count,
            "eval_duration": output,
        }


class RefusedError(Exception):
    """A request that gets an error status and Ollama's error body."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


class FakeOllama(WireServer):
    """The server. `loads` counts loads by (weights, num_ctx, shift).

    With `slots`, a loaded model takes so many requests at once, the others queue, and answers take
    time; `busy` is, for every request, how many there were then, the queue among them.
    """

    def __init__(
        self,
        models: Sequence[SimulatedModel] = (),
        *,
        quirks: Quirks | None = None,
        version: str = "0.32.15",
        max_loaded: int = 3,
        pullable: Sequence[SimulatedModel] = (),
        delay: float = 0.0,
        load_seconds: float = 0.0,
        slots: int = 0,
    ) -> None:
        super().__init__()
        self.models = list(models)
        self.quirks = quirks or Quirks()
        self.version = version
        self.max_loaded = max_loaded
        self.pullable = list(pullable)
        self.delay = delay
        self.load_seconds = load_seconds
        self.slots = slots
        self.busy: list[int] = []
        self.loads: Counter[tuple[str, int, bool]] = Counter()
        self.aborted_loads = 0
        self.runners: list[Runner] = []
        self._loading = asyncio.Lock()
        self._routes: dict[tuple[str, str], Script] = {
            ("GET", "/"): reply(200, "Ollama is running"),
            ("HEAD", "/"): reply(200, "Ollama is running"),
            ("GET", "/api/version"): self._version,
            ("GET", "/api/tags"): self._tags,
            ("GET", "/api/ps"): self._ps,
            ("POST", "/api/show"): self._show,
            ("POST", "/api/chat"): self._chat,
            ("POST", "/api/pull"): self._pull,
            ("POST", "/api/create"): self._create,
            ("GET", "/v1/models"): self._openai_models,
            ("POST", "/v1/chat/completions"): self._openai_chat,
        }

    async def answer(self, exchange: Exchange) -> None:
        """Answer as Ollama does."""
        method, path = exchange.received.method, exchange.received.path
        known = {route for _, route in self._routes} - self.quirks.missing
        if not _HOSTS.fullmatch(exchange.received.headers.get("host", "")) or (
            exchange.received.headers.get("origin")
        ):
            await exchange.respond(403)
        elif path in known and (method, path) in self._routes:
            try:
                await self._routes[method, path](exchange)
            except RefusedError as refused:
                await exchange.respond(refused.status, _compact({"error": refused.error}))
        elif self.quirks.unexpected_endpoint:
            text = f"Unexpected endpoint or method. ({method} {path})"
            await exchange.respond(200, _compact({"error": text}))
        elif path in known:
            await exchange.respond(405, b"405 method not allowed", "text/plain")
        else:
            await exchange.respond(404, b"404 page not found", "text/plain")

    # Listings

    async def _version(self, exchange: Exchange) -> None:
        await exchange.respond(200, _compact({"version": self.version}))

    async def _tags(self, exchange: Exchange) -> None:
        await exchange.respond(200, _compact({"models": [self._tag(m) for m in self.models]}))

    async def _ps(self, exchange: Exchange) -> None:
        by_name = {model.name: model for model in self.models}
        listed = [
            {
                "name": runner.name,
                "model": runner.name,
                "size": by_name[runner.name].size,
                "digest": by_name[runner.name].digest,
                "details": _details(by_name[runner.name]),
                # Only set anew once the runner is idle: while busy, it lies in the past.
                "expires_at": runner.expires_at.isoformat(),
                "size_vram": by_name[runner.name].size,
                **({} if self.quirks.old else {"context_length": runner.num_ctx}),
            }
            for runner in sorted(self.runners, key=lambda runner: runner.expires_at, reverse=True)
        ]
        await exchange.respond(200, _compact({"models": listed}))

    async def _show(self, exchange: Exchange) -> None:
        model = self._find(_parsed(exchange))
        reply = {
            "parameters": f'{"temperature":30} 1\n{"stop":30} "<end>"',
            "template": "{{ .Prompt }}",
            "details": _details(model),
            "model_info": {
                "general.architecture": model.family,
                f"{model.family}.context_length": model.trained_context,
                "tokenizer.ggml.tokens": [],
            },
            "capabilities": list(model.capabilities),
            "modified_at": "2026-08-01T09:12:33.1234567+02:00",
        }
        await exchange.respond(200, _compact(reply))

    def _tag(self, model: SimulatedModel) -> dict[str, Any]:
        recent = {} if self.quirks.old else {"capabilities": list(model.capabilities)}
        remote = {"remote_host": model.remote_host} if model.remote_host else {}
        window = {} if self.quirks.old else {"context_length": model.trained_context}
        return {
            "name": model.name,
            "model": model.name,
            **remote,
            "modified_at": "2026-08-01T09:12:33.1234567+02:00",
            "size": model.size,
            "digest": model.digest,
            "details": _details(model) | window,
            **recent,
        }

    def _find(self, body: Mapping[str, Any]) -> SimulatedModel:
        name = body.get("model")
        if not isinstance(name, str) or not name:
            raise RefusedError(400, "model is required")
        for model in self.models:
            if model.name.casefold() == _full(name).casefold():
                return model
        raise RefusedError(404, f"model '{name}' not found")

    # Answers

    async def _chat(self, exchange: Exchange) -> None:
        body = _parsed(exchange)
        model = self._find(body)
        self._check(body, model)
        if self.quirks.openai_shape:
            await self._openai_chat(exchange)
            return
        if not body.get("messages"):
            await self._load_only(exchange, body, model)
            return
        if self.quirks.hold_headers is not None:
            await self.quirks.hold_headers.wait()
        runner, load_duration = await self._runner(body, model)
        runner.busy += 1
        self.busy.append(runner.busy)
        try:
            await self._answer(exchange, body, model, runner, load_duration)
        finally:
            runner.busy -= 1
            runner.expires_at = datetime.now(UTC) + _kept(body)
            if _kept(body) == timedelta(0) and not runner.busy and runner in self.runners:
                self.runners.remove(runner)

    async def _answer(
        self,
        exchange: Exchange,
        body: Mapping[str, Any],
        model: SimulatedModel,
        runner: Runner,
        load_duration: int,
    ) -> None:
        pieces, usage = self._written(body, model, runner, load_duration)
        await self._work(runner, usage)
        stem = {"model": body["model"], "created_at": datetime.now(UTC).isoformat()}
        messages = [{"role": "assistant", **piece} for piece in pieces]
        last: dict[str, Any] = {"role": "assistant", "content": ""}
        if self.quirks.content_in_done and messages:
            last = messages.pop()
        done = {"done": True, "done_reason": usage.done_reason, **self._costs(usage)}
        events = [{**stem, "message": message, "done": False} for message in messages]
        final = {**stem, "message": last, **done}
        if body.get("stream") is False or self.quirks.ignores_stream:
            await self._whole(exchange, pieces, stem, done)
        else:
            await self._stream(exchange, [json_line(event) for event in events], json_line(final))

    async def _work(self, runner: Runner, usage: Usage) -> None:
        """Wait for a slot, and take as long as the answer is said to take, but quicker."""
        if runner.slots is None:
            return
        came = time.perf_counter()
        async with runner.slots:
            usage.queued = int((time.perf_counter() - came) * QUICKER * 1e9)
            await asyncio.sleep(usage.work / 1e9 / QUICKER)

    async def _whole(
        self,
        exchange: Exchange,
        pieces: Sequence[Mapping[str, str]],
        stem: Mapping[str, Any],
        done: Mapping[str, Any],
    ) -> None:
        if self.quirks.error_after is not None:
            raise RefusedError(500, self.quirks.error_after[1])
        stopped = self.quirks.stop_after
        message = {"role": "assistant", "content": ""}
        for piece in pieces[:stopped]:
            for key, text in piece.items():
                message[key] = message.get(key, "") + text
        ending = done if stopped is None else {"done": False}
        await exchange.respond(200, _compact({**stem, "message": message, **ending}))

    async def _stream(self, exchange: Exchange, events: list[bytes], final: bytes) -> None:
        quirks = self.quirks
        error = stop = None
        if quirks.error_after is not None:
            count, error = quirks.error_after
            if count == 0:
                raise RefusedError(500, error)
            events, final = events[:count], json_line({"error": error})
        elif quirks.stop_after is not None:
            stop = quirks.stop
            rest = events[quirks.stop_after] if quirks.stop_after < len(events) else final
            events, final = events[: quirks.stop_after], b""
            if stop == "reset":
                final = rest[: len(rest) // 2]
        await exchange.head(200)
        lines = [*events, final]
        if quirks.sse_prefix:
            lines = [b"data: " + line + b"\n" for line in lines if line]
        for number, line in enumerate([b"".join(lines)] if quirks.together else lines):
            if number == 1 and quirks.hold_answer is not None:
                await quirks.hold_answer.wait()
            for piece in quirks.cut(line):
                await exchange.send(piece)
            if self.delay:
                await asyncio.sleep(self.delay)
        match stop:
            case "cut":
                exchange.cut()
            case "reset":
                exchange.reset()
            case _:
                await exchange.end()

    def _written(
        self,
        body: Mapping[str, Any],
        model: SimulatedModel,
        runner: Runner,
        load_duration: int,
    ) -> tuple[list[dict[str, str]], Usage]:
        """The pieces of the answer, and what they cost."""
        options = body.get("options") or {}
        prompt_tokens = sum(len(_tokens(str(m.get("content")))) + 4 for m in body["messages"])
        if prompt_tokens > runner.num_ctx:
            if body.get("truncate") is False and not self.quirks.shortens_prompts:
                raise RefusedError(400, _overflow(prompt_tokens, runner.num_ctx))
            prompt_tokens = runner.num_ctx // 2 + 2
        chat = Chat(model.name, body["messages"], options, body.get("format"))
        answer = model.respond(chat)
        thinks = "thinking" in model.capabilities and body.get("think") is not False
        text = answer.text if isinstance(answer, Thought) else answer
        thinking = answer.thinking if isinstance(answer, Thought) and thinks else ""
        if thinking and self.quirks.raw_thinking:
            text, thinking = f"<think>\n{thinking}\n</think>\n\n{text}", ""
        pieces = [{"content": "", "thinking": token} for token in _tokens(thinking)]
        pieces += [{"content": token} for token in _tokens(text)]
        room = runner.num_ctx - prompt_tokens
        limit = options.get("num_predict", -1)
        limit = min(room, limit) if limit > 0 else room
        reason = "length" if len(pieces) > limit else "stop"
        pieces = pieces[: max(0, limit)]
        return pieces, Usage(reason, load_duration, prompt_tokens, len(pieces))

    def _costs(self, usage: Usage) -> dict[str, Any]:
        if self.quirks.omits_metrics:
            return {}
        fields = {key: value for key, value in usage.fields.items() if value}
        if self.quirks.constant_times:
            fields |= {key: 1 for key in fields if key.endswith("_duration")}
        return fields

    def _check(self, body: Mapping[str, Any], model: SimulatedModel) -> None:
        for key, value in (body.get("options") or {}).items():
            kind = "float32" if key in _FLOATS else "integer" if key in _INTEGERS else None
            if kind and (isinstance(value, bool) or not isinstance(value, int | float)):
                raise RefusedError(500, f'option "{key}" must be of type {kind}')
            if key == "stop" and not isinstance(value, list):
                raise RefusedError(500, 'option "stop" must be of type array')
        wanted = body.get("format")
        if wanted not in (None, "", "json") and not isinstance(wanted, Mapping):
            raise RefusedError(500, f"invalid format: {wanted!r}; expected json or a JSON schema")
        if isinstance(wanted, Mapping) and _KILLING.search(json.dumps(wanted)):
            # Seen on 0.24: the grammar of such a pattern ends the process, at every call.
            self.runners = [runner for runner in self.runners if runner.blob != model.blob]
            raise RefusedError(500, "model runner has unexpectedly stopped")
        if "completion" not in model.capabilities:
            raise RefusedError(400, f'"{body["model"]}" does not support chat')
        refused = body.get("think") or (self.quirks.rejects_think and "think" in body)
        if refused and "thinking" not in model.capabilities:
            raise RefusedError(400, f'"{body["model"]}" does not support thinking')
        _kept(body)

    # Loading

    async def _load_only(
        self, exchange: Exchange, body: Mapping[str, Any], model: SimulatedModel
    ) -> None:
        """Empty messages load or unload, with one plain object as the reply and no metrics."""
        reason = "load"
        if _kept(body) == timedelta(0):
            reason = "unload"
            self.runners = [r for r in self.runners if r.blob != model.blob or r.busy]
        else:
            runner, _ = await self._runner(body, model)
            runner.expires_at = datetime.now(UTC) + _kept(body)
        message = {"role": "assistant", "content": ""}
        stem = {"model": body["model"], "created_at": datetime.now(UTC).isoformat()}
        ending = {"done": True, "done_reason": reason}
        await exchange.respond(200, _compact({**stem, "message": message, **ending}))

    async def load(self, body: Mapping[str, Any]) -> None:
        """Have the model of a request in memory."""
        await self._runner(body, self._find(body))

    async def _runner(self, body: Mapping[str, Any], model: SimulatedModel) -> tuple[Runner, int]:
        """The runner for a request, loaded where need be, and how long that took."""
        asked = (body.get("options") or {}).get("num_ctx") or 4096
        num_ctx = min(int(asked), model.trained_context)
        shift = body.get("shift") is not False
        async with self._loading:
            for runner in self.runners:
                if (runner.blob, runner.num_ctx, runner.shift) == (model.blob, num_ctx, shift):
                    return runner, LOAD_WARM
            self.loads[model.blob, num_ctx, shift] += 1
            await self.changed()
            try:
                if self.quirks.hold_load is not None:
                    await self.quirks.hold_load.wait()
                if self.load_seconds:
                    await asyncio.sleep(self.load_seconds)
            except asyncio.CancelledError:
                self.aborted_loads += 1
                raise
            self.runners = [runner for runner in self.runners if runner.blob != model.blob]
            while len(self.runners) >= self.max_loaded:
                self.runners.remove(min(self.runners, key=lambda r: (r.busy, r.expires_at)))
            # A runner that has not been idle yet has an expiry in the past.
            runner = Runner(model.name, model.blob, num_ctx, shift, datetime.now(UTC))
            runner.slots = asyncio.Semaphore(self.slots) if self.slots else None
            self.runners.append(runner)
            return runner, int(self.load_seconds * 1e9) or LOAD_COLD

    # Downloading

    async def _pull(self, exchange: Exchange) -> None:
        name = _parsed(exchange).get("model", "")
        found = [model for model in self.pullable if model.name in (name, f"{name}:latest")]
        events: list[dict[str, Any]] = [{"status": "pulling manifest"}]
        if found:
            digest = f"sha256:{found[0].digest}"
            layer = {"status": f"pulling {found[0].digest[:12]}", "digest": digest, "total": 1000}
            steps = [0, 400, 300, 1000] if self.quirks.pull_goes_back else [0, 400, 1000]
            events += [layer | ({"completed": done} if done else {}) for done in steps]
            ends = ("verifying sha256 digest", "writing manifest", "success")
            events += [{"status": status} for status in ends]
        else:
            # The first line is out before the registry is asked: the error follows in the stream.
            events.append({"error": "pull model manifest: file does not exist"})
        await exchange.head(200)
        for number, event in enumerate(events):
            if number == 2 and self.quirks.hold_answer is not None:
                await self.quirks.hold_answer.wait()
            if event.get("status") == "success":
                self.models = [*(m for m in self.models if m.name != found[0].name), found[0]]
            await exchange.send(json_line(event))
            if self.delay:
                await asyncio.sleep(self.delay)
        await exchange.end()

    # Making models

    async def _create(self, exchange: Exchange) -> None:
        """A model under another name; what is there already is overwritten."""
        body = _parsed(exchange)
        name = str(body.get("model") or "")
        if not _NAME.fullmatch(name):
            raise RefusedError(400, "invalid model name")
        for key, value in (body.get("parameters") or {}).items():
            if key not in _FLOATS | _INTEGERS | {"stop", "use_mmap"}:
                raise RefusedError(400, f"unknown parameter '{key}'")
            if key == "stop" and not isinstance(value, list):
                raise RefusedError(400, 'option "stop" must be of type array')
        base = _full(str(body.get("from") or "")).casefold()
        found = [model for model in self.models if model.name.casefold() == base]
        events: list[dict[str, Any]] = [{"status": "gathering model components"}]
        if found:
            made = replace(found[0], name=_full(name), weights=found[0].blob)
            self.models = [*(m for m in self.models if m.name != made.name), made]
            events += [{"status": "writing manifest"}, {"status": "success"}]
        else:
            events.append({"error": f"model '{body.get('from')}' not found"})
        await exchange.head(200)
        for event in events:
            await exchange.send(json_line(event))
        await exchange.end()

    # The OpenAI-compatible routes, as far as tests need them

    async def _openai_models(self, exchange: Exchange) -> None:
        data = [
            {"id": model.name, "object": "model", "created": 1754032353, "owned_by": "library"}
            for model in self.models
        ]
        shown = None if self.quirks.sse_data_null or not data else data
        await exchange.respond(200, _compact({"object": "list", "data": shown}))

    async def _openai_chat(self, exchange: Exchange) -> None:
        body = _parsed(exchange)
        model = self._find(body)
        asked = body.get("response_format") or {}
        schema = asked.get("json_schema", {}).get("schema")
        wanted = schema or ("json" if asked.get("type") == "json_object" else None)
        answer = model.respond(Chat(model.name, body["messages"], body, wanted))
        text = answer.text if isinstance(answer, Thought) else answer
        stem = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": body["model"]}
        deltas: list[tuple[dict[str, str], str | None]] = [
            ({"content": token}, None) for token in _tokens(text)
        ]
        await exchange.head(200, "text/event-stream")
        for delta, reason in [*deltas, ({}, "stop")]:
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            line = _compact({**stem, "choices": [choice]})
            for piece in self.quirks.cut(b"data: " + line + b"\n\n"):
                await exchange.send(piece)
            if self.delay:
                await asyncio.sleep(self.delay)
        if not self.quirks.sse_without_done:
            await exchange.send(b"data: [DONE]\n\n")
        await exchange.end()


def default_models() -> list[SimulatedModel]:
    """Two candidates, one of which thinks, and an interviewer."""
    return [
        SimulatedModel("gemma3n:latest", candidate(), parameter_size="6.9B", size=7_500_000_000),
        SimulatedModel(
            "qwen3:latest",
            thoughtful(candidate(sentences=4)),
            ("completion", "tools", "thinking"),
            parameter_size="8.2B",
            size=5_200_000_000,
        ),
        SimulatedModel("llama3.2:latest", interviewer, parameter_size="3.2B", size=2_000_000_000),
    ]


def _parsed(exchange: Exchange) -> dict[str, Any]:
    if not exchange.received.body:
        raise RefusedError(400, "missing request body")
    try:
        body = exchange.received.json
    except ValueError:
        raise RefusedError(400, "invalid character 'x' looking for beginning of value") from None
    if not isinstance(body, dict):
        raise RefusedError(
            400, "json: cannot unmarshal array into Go value of type api.ChatRequest"
        )
    return body


def _full(name: str) -> str:
    """The name with its tag."""
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _kept(body: Mapping[str, Any]) -> timedelta:
    """How long the model stays loaded after the request; five minutes where nothing is said."""
    value = body.get("keep_alive")
    if value is None:
        return timedelta(minutes=5)
    if isinstance(value, str):
        if value == "0":
            return timedelta(0)
        units = {"s": 1, "m": 60, "h": 3600}
        parts = re.findall(r"(-?\d+(?:\.\d+)?)([smh])", value)
        if not parts or "".join(number + unit for number, unit in parts) != value:
            raise RefusedError(400, f'time: missing unit in duration "{value}"')
        value = sum(float(number) * units[unit] for number, unit in parts)
    return timedelta(days=100_000) if value < 0 else timedelta(seconds=value)


def _overflow(prompt_tokens: int, num_ctx: int) -> str:
    """llama.cpp's refusal, which Ollama passes on as a string that holds JSON."""
    message = (
        f"the request exceeds the available context size ({num_ctx} tokens), try increasing it"
    )
    error = {
        "code": 400,
        "message": message,
        "type": "exceed_context_size_error",
        "n_prompt_tokens": prompt_tokens,
        "n_ctx": num_ctx,
    }
    return json.dumps({"error": error})


def _details(model: SimulatedModel) -> dict[str, Any]:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": model.family,
        "families": [model.family],
        "parameter_size": model.parameter_size,
        "quantization_level": "Q4_K_M",
    }


def _tokens(text: str) -> list[str]:
    """Words with the white space before them: joined, they are the text again."""
    return re.findall(r"\s*\S+|\s+$", text)


def _compact(value: Mapping[str, Any]) -> bytes:
    return json_line(value).removesuffix(b"\n")


async def _serve(port: int, server: FakeOllama) -> None:
    await server.start(port)
    print(json.dumps({"url": server.url}), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Run as a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds between events")
    parser.add_argument("--load", type=float, default=0.0, help="seconds that a load takes")
    parser.add_argument("--room", type=int, default=3, help="models held at once")
    parser.add_argument("--slots", type=int, default=0, help="requests at once; 0: any number")
    parser.add_argument("--words", type=int, default=0, help="candidates answer with so many")
    parser.add_argument("--without", action="append", default=[], help="a model to be pulled")
    arguments = parser.parse_args()
    models = [model for model in default_models() if model.name not in arguments.without]
    if arguments.words:
        models = [
            replace(model, respond=talkative(arguments.words))
            if model.respond is not interviewer
            else model
            for model in models
        ]
    pullable = [model for model in default_models() if model.name in arguments.without]
    with contextlib.suppress(KeyboardInterrupt):
        server = FakeOllama(
            models,
            pullable=pullable,
            delay=arguments.delay,
            load_seconds=arguments.load,
            max_loaded=arguments.room,
            slots=arguments.slots,
        )
        asyncio.run(_serve(arguments.port, server))


if __name__ == "__main__":
    main()
