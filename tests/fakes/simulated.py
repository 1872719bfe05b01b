"""Models that are plain functions of what they are asked.

The candidate does better when its prompt holds a rule; the interviewer proposes that rule. So a
whole optimization can be played through, with the same outcome every time.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

RULE = "Answer in at most two sentences."

_PROMPT_TAGS = re.compile(r"<prompt>\s*(.*?)\s*</prompt>", re.DOTALL)
_POINTS = re.compile(r"^\s*[-*] +(.+?)[.;]?\s*$", re.MULTILINE)
_TITLE = re.compile(r"^Job title: *(\S.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Chat:
    """What a model is asked."""

    model: str
    messages: Sequence[Mapping[str, Any]]
    options: Mapping[str, Any] = field(default_factory=dict)
    format: Any = None

    @property
    def prompt(self) -> str:
        """The last message."""
        return str(self.messages[-1].get("content") or "") if self.messages else ""


@dataclass(frozen=True)
class Thought:
    """An answer with the thoughts before it."""

    thinking: str
    text: str


Respond = Callable[[Chat], "str | Thought"]


@dataclass(frozen=True)
class SimulatedModel:
    """A model as installed. Models with the same `weights` share one runner, as tags do."""

    name: str
    respond: Respond
    capabilities: tuple[str, ...] = ("completion",)
    weights: str = ""
    family: str = "simulated"
    parameter_size: str = "1.0B"
    size: int = 1_000_000_000
    trained_context: int = 131_072
    remote_host: str = ""

    @property
    def blob(self) -> str:
        """Identity of the weights."""
        return self.weights or self.name

    @property
    def digest(self) -> str:
        """Identity of the manifest, as the listing shows it."""
        return hashlib.sha256(self.name.encode()).hexdigest()


def candidate(*, sentences: int = 5) -> Respond:
    """A model that chats around what it is asked for, unless the prompt holds `RULE`.

    Asked for JSON, it wraps it in prose and a fence; asked for text, it writes a preamble and
    `sentences` sentences. With the rule it gives the JSON alone, or two sentences.
    """

    def respond(chat: Chat) -> str:
        prompt = chat.prompt
        obeys = RULE.casefold() in prompt.casefold()
        points = _POINTS.findall(prompt) or ["the work at hand", "the people around it"]
        if chat.format is not None or "JSON" in prompt:
            skills = json.dumps({"skills": points if obeys else points[::2]})
            return skills if obeys or chat.format else f"Sure! Here it is:\n```json\n{skills}\n```"
        written = _sentences(prompt, points, _variant(chat.options))
        if obeys:
            return " ".join(written[:2])
        chatter = ["It is a great place, and you will totally love it!"] * sentences
        whole = " ".join((written + chatter)[:sentences])
        return f"Here is the description you asked for:\n\n{whole}"

    return respond


def talkative(words: int) -> Respond:
    """A model that answers with so many words in paragraphs, whatever it is asked."""
    sentence = "The trade asks for steady hands and a head for heights, in all weathers.".split()
    written = []
    for n in range(words):
        place, length = n % len(sentence), len(sentence)
        paragraph = n and n % (length * 6) == 0
        written.append(("\n\n" if paragraph else " " if n else "") + sentence[place])
    text = "".join(written)
    return lambda chat: text


def thoughtful(respond: Respond) -> Respond:
    """The same model, thinking aloud before it answers."""

    def think(chat: Chat) -> Thought:
        answer = respond(chat)
        text = answer.text if isinstance(answer, Thought) else answer
        return Thought(f"The user wrote {len(chat.prompt.split())} words.\nI answer now.", text)

    return think


def interviewer(chat: Chat) -> str:
    """A model that explains in prose, and proposes `RULE` where a schema asks for a proposal."""
    contents = "\n".join(str(message.get("content") or "") for message in chat.messages)
    # Instructions may mention the tags; the prompt itself is the longest thing between any.
    prompt = max(_PROMPT_TAGS.findall(contents), key=len, default="")
    improved = improve(prompt) if prompt else RULE
    if isinstance(chat.format, Mapping):
        known = {"change": "exact length", "improved_prompt": improved, "text": RULE}
        return json.dumps(from_schema(chat.format, known))
    if chat.format == "json":
        return json.dumps({"reasoning": _REASON, "improved_prompt": improved})
    return f"The answers run long and open with a preamble. {_REASON}"


def improve(prompt: str) -> str:
    """The prompt with `RULE` as its last line, if it does not hold it yet."""
    return prompt if RULE in prompt else f"{prompt.rstrip()}\n{RULE}"


def from_schema(schema: Any, known: Mapping[str, str], name: str = "") -> Any:
    """A value that a JSON Schema accepts; strings named in `known` are taken from there.

    Knows what schemas for model output use: const, enum, anyOf, oneOf, local references, types,
    lengths, item counts and bounds. The first alternative is always the one taken.
    """
    return _build(schema, schema, known, name)


_REASON = "A limit on the length keeps the answer to what was asked for."


def _build(schema: Any, root: Any, known: Mapping[str, str], name: str) -> Any:
    if not isinstance(schema, Mapping):
        return None
    if "$ref" in schema:
        target = root
        for step in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = target[step]
        return _build(target, root, known, name)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return _build(schema[key][0], root, known, name)
    kind = schema.get("type", "object")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            properties = schema.get("properties", {})
            return {key: _build(value, root, known, key) for key, value in properties.items()}
        case "array":
            item = _build(schema.get("items", {"type": "string"}), root, known, name)
            return [item] * max(1, schema.get("minItems", 1))
        case "string":
            text = known.get(name, _REASON)
            text += " " * max(0, schema.get("minLength", 0) - len(text))
            return text[: schema.get("maxLength", len(text))]
        case "integer" | "number":
            return schema.get("minimum", schema.get("maximum", 0))
        case "boolean":
            return True
        case _:
            return None


def _sentences(prompt: str, points: list[str], variant: int) -> list[str]:
    title = _TITLE.search(prompt)
    role = title.group(1) if title else "person in this role"
    listed = [", ".join(points[start : start + 4]) for start in (0, 4, 8)]
    return [
        (f"The {role} is responsible for {listed[0]}.", f"The work of the {role} is {listed[0]}.")[
            variant
        ],
        f"The position asks for {listed[1] or 'care'}, reliability and clear communication.",
        f"Further points are {listed[2] or 'many'}.",
    ]


def _variant(options: Mapping[str, Any]) -> int:
    """Sampling changes the words by seed alone; at temperature 0 nothing changes."""
    return int(options.get("seed") or 0) % 2 if options.get("temperature") else 0
