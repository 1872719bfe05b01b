"""A ModelClient whose answers are a function of the request, written word by word."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence

from llmopt_tui.core.ports import (
    ChatRequest,
    Delta,
    Metrics,
    ModelError,
    ModelInfo,
    OptionValue,
    Reply,
    Retrying,
    Tell,
)

Answer = Callable[[ChatRequest], str | Reply | ModelError]

MODELS = (
    ModelInfo(
        "gemma3n:latest", "ollama", "d1", 7_500_000_000, "gemma3n", "6.9B", "Q4_K_M",
        ("completion",), 32768, True,
    ),
    ModelInfo(
        "qwen3:latest", "ollama", "d2", 5_200_000_000, "qwen3", "8.2B", "Q4_K_M",
        ("completion", "thinking"), 40960, False,
    ),
    ModelInfo(
        "deepseek-r1:8b", "ollama", "d3", 5_200_000_000, "qwen3", "8.2B", "Q4_K_M",
        ("completion", "thinking"), 131072, False,
    ),
    ModelInfo(
        "dolphin3:8b", "ollama", "d4", 4_900_000_000, "llama", "8.0B", "Q4_K_M",
        ("completion",), 131072, False,
    ),
)  # fmt: skip


class ScriptedClient:
    """Answers as told, and can be held at any word.

    `gate` is closed by `hold()`: the next word waits until `let_go()`. `retries` are announced
    before the first word of the next answer.
    """

    endpoint = "ollama"
    parallel = 1

    def __init__(self, answer: Answer, models: Sequence[ModelInfo] = MODELS) -> None:
        self.requests: list[ChatRequest] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.retries: list[Retrying] = []
        self._answer = answer
        self._models = tuple(models)

    def hold(self) -> None:
        """Let no further word through."""
        self.gate.clear()

    def let_go(self) -> None:
        """Let words through again."""
        self.gate.set()

    def install(self, name: str) -> None:
        """Have one model more."""
        self._models = (*self._models, ModelInfo(name, self.endpoint, size=5_200_000_000))

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        self.requests.append(request)
        answer = self._answer(request)
        while self.retries:
            tell(self.retries.pop(0))
            await self._pass()
        if isinstance(answer, ModelError):
            await self._pass()
            raise answer
        if isinstance(answer, str):
            metrics = Metrics(output_tokens=90, output_seconds=5.0, prompt_tokens=200)
            answer = Reply(answer, metrics=metrics)
        if answer.thinking:
            await self._pass()
            tell(Delta(thinking=answer.thinking))
        for word in answer.text.split(" "):
            await self._pass()
            tell(Delta(word + " "))
        return answer

    def dropped(self, options: Mapping[str, OptionValue]) -> tuple[str, ...]:
        return ()

    async def slots(self) -> int | None:
        return None

    async def _pass(self) -> None:
        await asyncio.sleep(0)
        await self.gate.wait()

    async def models(self) -> Sequence[ModelInfo]:
        return self._models

    async def version(self) -> str:
        return "0.13.0"

    async def aclose(self) -> None:
        return None


RULES = (
    "Stop after two sentences.",
    "Begin with the trade, without a preamble.",
    "Keep an even, factual tone.",
)
KINDS_OF_RULES = dict(zip(RULES, ("Stop after.", "trade first", "sober_tone"), strict=True))
"""What `interviewer` calls each change: the playbook's names, spelt as models do, and its own."""


def candidate(request: ChatRequest) -> str:
    """Does what the rules in its prompt ask for, and nothing that they do not."""
    prompt = request.messages[-1].content
    text = "An electrician is sought for industrial sites. Shift work is part of the job."
    if RULES[1] not in prompt:
        text = f"Here is the description: {text}"
    if RULES[0] not in prompt:
        text += " Tools are given. The site is large. Apply today."
    if RULES[2] not in prompt:
        text += " It is awesome!!!"
    return text


def interviewer(request: ChatRequest) -> str:
    """Explains in prose; asked for JSON, proposes the next of `RULES`, alone or in its prompt."""
    if request.format is None:
        return (
            "The answers run to five sentences and open with a preamble. The prompt names no "
            "limit; state it exactly, at the end."
        )
    asks = request.format.get("properties", {}) if isinstance(request.format, Mapping) else {}
    if "rule" in asks:
        causes = asks["cause"]["enum"]
        asked = request.messages[-1].content
        rule = next((rule for rule in RULES if rule not in asked), RULES[0])
        why = "A limit that stands at the end is read last and kept."
        return json.dumps(
            {"cause": causes[0], "why": why, "where": "after the input", "rule": rule}
        )
    prompts = [
        part.split("</prompt>")[0].strip()
        for message in request.messages
        for part in message.content.split("<prompt>")[1:]
    ]
    prompt = next(p for p in prompts if "{{" in p)
    rule = next((rule for rule in RULES if rule not in prompt), "")
    reasoning = "A limit that stands at the end is read last and kept."
    better = f"{prompt}\n{rule}".strip()
    change = KINDS_OF_RULES.get(rule, "")
    return json.dumps({"change": change, "reasoning": reasoning, "improved_prompt": better})
