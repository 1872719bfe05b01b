"""The models of a world behind the program's own port: a candidate and an interviewer.

The interviewer knows what would help and says it as often as its world allows. It answers in
the form that is asked for: by a JSON Schema, in the fields of DSPy, or in a fenced block.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.optimizers.prompt_features import asked_about, read_features
from benchmarks.optimizers.worlds import LABELS, PROMPT, TOPICS, World
from llmopt_tui.core.ports import (
    ChatRequest,
    Metrics,
    ModelInfo,
    OptionValue,
    Reply,
    Tell,
)

CANDIDATE = "candidate"
INTERVIEWER = "interviewer"

_INSTRUCTION = re.compile(r"Instruction:\n(.*?)\n\nInput:\n", re.DOTALL)
_PROMPT = re.compile(r"<prompt>\s*(.*?)\s*</prompt>", re.DOTALL)
_FENCED = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)
_IN_FIELD = re.compile(
    r"\[\[ ## (?:basic|current)_instruction ## \]\]\s*(.*?)\s*(?=\[\[ ##|\Z)", re.DOTALL
)
_FIELDS = re.compile(r"\[\[ ## (\w+) ## \]\]")
_KEYS = re.compile(r"Respond with a JSON object in the following order of fields: (.*)")

_JUNK = (
    "Think about how the sender must be feeling.",
    "Consider every part of the text with great care.",
    "Remember that quality matters in all your work.",
    "Try to be as helpful as possible to the team.",
    "Take the wider context into account.",
    "Use a structured and consistent approach.",
    "Weigh all relevant factors before you decide.",
    "Be thoughtful and do not rush your judgement.",
)
_FORM = f"Answer with exactly one word: {', '.join(LABELS[:-1])} or {LABELS[-1]}."


class SimulatedModels:
    """A `ModelClient` that answers as the candidate and the interviewer of one world."""

    endpoint = "simulated"
    parallel = 1

    def __init__(self, world: World) -> None:
        self.world = world
        self._drawn = 0

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat. Above temperature 0, each answer is a new draw."""
        if request.options.get("temperature"):
            self._drawn += 1
        draw = self._drawn if request.options.get("temperature") else 0
        if request.model == INTERVIEWER:
            text = interview(self.world, request, draw)
        else:
            text = self._answer(request, draw)
        words = len(text.split())
        return Reply(text, metrics=Metrics(output_tokens=words, output_seconds=words / 50))

    def _answer(self, request: ChatRequest, draw: int) -> str:
        message = asked_about(self.world, request.messages)
        if message is None:
            return "What is this about?"
        answer = self.world.answer(read_features(self.world, request.messages), message, draw)
        return framed(request, answer)

    def dropped(self, options: Mapping[str, OptionValue]) -> tuple[str, ...]:
        """Nothing: every option is taken."""
        return ()

    async def slots(self) -> int | None:
        """One call at a time, so that the order of calls is the same in every run."""
        return 1

    async def models(self) -> Sequence[ModelInfo]:
        """The candidate and the interviewer."""
        return [ModelInfo(name, self.endpoint, name) for name in (CANDIDATE, INTERVIEWER)]

    async def version(self) -> str:
        """The version of nothing in particular."""
        return "simulated"

    async def aclose(self) -> None:
        """Do nothing: nothing is open."""


def framed(request: ChatRequest, answer: str) -> str:
    """The answer in the fields or as the JSON of DSPy where a chat asks for them, else as it is."""
    if asked := _KEYS.search(request.messages[-1].content):
        return json.dumps(dict.fromkeys(re.findall(r"`(\w+)`", asked.group(1)), answer))
    fields = _asked_fields(request)
    if not fields:
        return answer
    parts = [f"[[ ## {name} ## ]]\n{answer}" for name in fields]
    return "\n\n".join([*parts, "[[ ## completed ## ]]"])


def _asked_fields(request: ChatRequest) -> list[str]:
    asked = request.messages[-1].content.rpartition("Respond with the corresponding output fields")
    return [name for name in _FIELDS.findall(asked[2]) if name != "completed"] if asked[1] else []


def interview(world: World, request: ChatRequest, draw: int) -> str:
    """The interviewer's reply to one question, in the form that is asked for."""
    asked = "\n".join(message.content for message in request.messages)
    if one := _INSTRUCTION.search(request.messages[-1].content):
        # One failure is asked about; the turns before it show the interviewer its own job.
        asked, current = request.messages[-1].content, one.group(1)
    else:
        current = _current_prompt(asked)
    key = (asked, draw)
    sentence = _sentence(world, asked, current, key)
    if isinstance(request.format, Mapping):
        if world.chance("broken", *key) < world.broken:
            return '{"change": "better wording", "improved_prompt": "Improve the {'
        longer = f"{current.rstrip()}\n{sentence}"
        known = {"text": sentence, "rule": sentence, "improved_prompt": longer}
        return json.dumps(_fitting(request.format, known, world, key))
    if world.chance("broken", *key) < world.broken:
        return "You're right, let's refine this together! What matters most to you?"
    instruction = f"{current.replace('{{text}}', '').strip()}\n{sentence}"
    if (in_fields := framed(request, instruction)) != instruction:
        return in_fields
    if "```" in asked:
        return f"```\n{instruction}\n```"
    return f"Some answers are wrong. {sentence}"


def _current_prompt(asked: str) -> str:
    """The whole prompt that a question is about: it is marked in one of three ways."""
    if marked := [text for text in _PROMPT.findall(asked) if "{{" in text]:
        return str(marked[-1])
    if in_field := _IN_FIELD.findall(asked):
        return str(in_field[-1])  # the first only shows the form of a question
    if fenced := _FENCED.search(asked):
        return fenced.group(1).strip()
    return PROMPT.partition("\n")[0]


def _sentence(world: World, asked: str, current: str, key: tuple[object, ...]) -> str:
    """The sentence to add: the most helpful one that is missing, or one that says nothing."""
    if world.chance("insight", *key) < world.insight:
        if not all(label in current for label in LABELS):
            return _FORM
        topics = [
            topic
            for topic in TOPICS
            if topic in world.conventions
            and topic in asked
            and f"about the {topic} are" not in current
        ]
        if topics:
            topic = topics[int(world.chance("topic", *key) * len(topics))]
            return f"Messages about the {topic} are {world.conventions[topic]}."
    return _JUNK[int(world.chance("junk", *key) * len(_JUNK))]


def _fitting(
    schema: Mapping[str, Any], known: Mapping[str, str], world: World, key: tuple[object, ...]
) -> Any:
    """A value that a JSON Schema accepts; strings with a name in `known` are taken from there."""

    def build(part: Mapping[str, Any], name: str) -> Any:
        if "$ref" in part:
            target: Any = schema
            for step in str(part["$ref"]).removeprefix("#/").split("/"):
                target = target[step]
            return build(target, name)
        if "const" in part:
            return part["const"]
        if choices := part.get("enum"):
            return choices[int(world.chance("enum", name, *key) * len(choices))]
        if options := part.get("anyOf") or part.get("oneOf"):
            return build(options[0], name)
        match part.get("type", "object"):
            case "object":
                return {inner: build(of, inner) for inner, of in part["properties"].items()}
            case "array":
                return [build(part["items"], name)] * max(1, part.get("minItems", 1))
            case "integer" | "number":
                return part.get("minimum", 1)
            case "boolean":
                return True
            case _:
                text = known.get(name, "The answers did not meet what was asked for.")
                text = text.ljust(part.get("minLength", 0), ".")
                return text[: part.get("maxLength", len(text))]

    return build(schema, "")
