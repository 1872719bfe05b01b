"""Reading a prompt out of a small model's reply, by strict ways first and lenient ones later."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from textwrap import dedent
from typing import Any, Literal

from llmopt_tui.core.prompt import PLACEHOLDER
from llmopt_tui.core.proposals.kinds import LONGEST_NAME, SHORTEST_NAME, kind_named
from llmopt_tui.core.text.plain import visible

Rung = Literal["json", "lenient json", "tags", "fence"]

SUGGESTION_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "change": {"type": "string", "minLength": SHORTEST_NAME, "maxLength": LONGEST_NAME},
        "reasoning": {"type": "string", "minLength": 20, "maxLength": 600},
        "improved_prompt": {"type": "string", "minLength": 20},
    },
    "required": ["change", "reasoning", "improved_prompt"],
    "additionalProperties": False,
}
"""The JSON Schema that constrains the answer of a model that is asked for a prompt.

Without minLength, constrained decoding gives valid but empty answers. The prompt has no maxLength:
many versions of llama.cpp, and of servers built on it, refuse a grammar that repeats anything 2,000
times or more.

The change has no enum, though a grammar could enforce one: where none of its names fits, a model
would have to name a wrong one, and the playbook's kinds would be blamed or praised for changes of
another kind. An enum beside free text constrains nothing. So the question offers the playbook's
names, and `kind_named` unifies different spellings. The change comes first, even where a server
sorts the keys: it is then chosen before the prompt is written, and is there when the reply is cut
off.
"""

LONGEST_REPLY = 50_000
"""How many characters of a reply are read: several times what a call may write."""

REASONING_LENGTH = 1_000
MOST_READINGS = 12
_SHORTEST = 20
_TRIES = 50
_DEPTH = 4

_THOUGHT = re.compile(r"<(/?)(?:think|thinking|thought)>", re.IGNORECASE)
_OBJECT = re.compile(r'\{\s*+"')
# Up to the next tag of the same name: linear in the text, even with unclosed tags. The repeat is
# lazy, not possessive: Python 3.11.2 never matches a back reference in a possessive group.
_TAGS = re.compile(r"<(improved_prompt|prompt)>((?:(?!</?\1>).)*?)</\1>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"[ \t]*+(`{3,}|~{3,})[ \t]*+([^`\n]*)$")
_KEY = re.compile(
    r"""(["'])improved[_ ]?prompt\1\s*+:\s*+(?P<quote>\"{3}|'{3}|["'`])""", re.IGNORECASE
)
_REASONING = re.compile(r'"reasoning"\s*+:\s*+"((?:[^"\\]|\\.)*+)"', re.DOTALL)
# A quote inside a name would cut it short, so what follows must look like the value's end.
_CHANGE = re.compile(r"""(["'])change\1\s*+:\s*+(["'])([^"'\\\n]*+)\2\s*+[,}]""", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED_TWICE = re.compile(r'\\[n"]')
_QUOTES = (('"""', '"""'), ("'''", "'''"), ('"', '"'), ("“", "”"), ("„", "“"))


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a reply: its prompt, its reason, and the way (`rung`) in which it was found.

    `kind` is the reply's name for the change, as `kind_named` returns it.
    """

    prompt: str
    reasoning: str
    rung: Rung
    kind: str = ""


def read_suggestions(reply: str) -> list[Reading]:
    """The prompts that a reply may propose, the most trustworthy first.

    The caller takes the first that passes the checks: a fence around an example of the output must
    not hide the fence around the prompt. Tags come before fences, because a prompt between tags
    may hold fences itself. Never raises.
    """
    whole, value = _parsed(reply) if len(reply) <= LONGEST_REPLY else (False, None)
    text = reply if whole else without_thoughts(reply)[:LONGEST_REPLY]
    found: dict[str, Reading] = {}
    ladder = _proposals(value, "json") if whole else _lenient(text)
    for reading in ladder:
        found.setdefault(reading.prompt, reading)
        if len(found) == MOST_READINGS:
            break
    return list(found.values())


def without_thoughts(reply: str) -> str:
    """The reply without the text in <think> tags, even where one of the two tags is missing."""
    kept: list[str] = []
    start, thinking = 0, False
    for tag in _THOUGHT.finditer(reply):
        if tag.group(1):
            if not thinking:  # never opened: all the text before the closing tag is thought
                kept.clear()
            start, thinking = tag.end(), False
        elif not thinking:
            kept.append(reply[start : tag.start()])
            thinking = True
    if not thinking:
        kept.append(reply[start:])
    return "".join(kept).strip()


def objects_in(reply: str) -> list[dict[str, Any]]:
    """The JSON objects of a reply, the whole reply first, then those between other words."""
    whole, value = _parsed(reply) if len(reply) <= LONGEST_REPLY else (False, None)
    if whole and isinstance(value, dict):
        return [value]
    found = list(_objects(without_thoughts(reply)[:LONGEST_REPLY]))
    return [value for value in reversed(found) if isinstance(value, dict)]


def _lenient(text: str) -> Iterator[Reading]:
    """The readings of each rung, its last first: a later prompt is better than a draft."""
    for value in reversed(list(_objects(text))):
        yield from _proposals(value, "lenient json")
    yield from _from_broken_json(text)
    yield from _from_tags(text)
    yield from _from_fences(text)


def _parsed(text: str) -> tuple[bool, Any]:
    """Whether the whole text is JSON, and its value. JSON inside a JSON string is read too."""
    try:
        value = json.loads(text, strict=False)
        if isinstance(value, str):
            value = json.loads(value, strict=False)
    except (ValueError, RecursionError):
        return False, None
    return isinstance(value, dict | list), value


def _objects(text: str) -> Iterator[Any]:
    """The JSON objects between other words."""
    decoder, position = json.JSONDecoder(strict=False), 0
    for _ in range(_TRIES):
        opening = _OBJECT.search(text, position)
        if opening is None:
            return
        try:
            value, position = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            position = opening.end()
        else:
            yield value


def _proposals(value: Any, rung: Rung, depth: int = 0) -> Iterator[Reading]:
    """Every object in a value that has an improved prompt, the value itself first."""
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        prompt = _valued(value, "improvedprompt")
        if isinstance(prompt, str):
            inner, inner_value = _parsed(prompt)
            if inner:
                yield from _proposals(inner_value, rung, depth + 1)
            else:
                reasoning = _valued(value, "reasoning")
                reason = reasoning if isinstance(reasoning, str) else ""
                yield _reading(prompt, reason, rung, _valued(value, "change"))
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _proposals(item, rung, depth + 1)


def _valued(value: dict[str, Any], name: str) -> Any:
    """The value under a key, in any spelling of its name."""
    return next((value[key] for key in value if _spelt(key) == name), None)


def _spelt(key: str) -> str:
    return key.casefold().replace("_", "").replace(" ", "")


def _from_broken_json(text: str) -> Iterator[Reading]:
    """The value after the key, where quotes or line ends inside it are not escaped.

    A general repair would guess where the value ends; a prompt cut short is worse than none.
    """
    keys = list(islice(_KEY.finditer(text), _TRIES))
    starts = [0, *(key.end() for key in keys)]
    ends = [*(key.start() for key in keys[1:]), len(text)]
    for key, start, end in reversed(list(zip(keys, starts, ends, strict=False))):
        value, quote = text[key.end() : end], re.escape(key.group("quote"))
        closings = list(re.finditer(rf"{quote}\s*+,?\s*+\}}[ \t]*+(?:$|\n|`)", value))
        if before_more := re.search(rf"{quote}\s*+,\s*+[\"'](?:reasoning|change)[\"']", value):
            closings = [before_more]
        if closings:
            reasoning = _REASONING.search(text)
            reason = _unescaped(reasoning.group(1)) if reasoning else ""
            prompt, rest = value[: closings[-1].start()], value[closings[-1].start() :]
            changes = _CHANGE.findall(text, start, key.start()) or _CHANGE.findall(rest)
            change = changes[-1][-1] if changes else ""
            yield _reading(_unescaped(prompt), reason, "lenient json", change)


def _from_tags(text: str) -> Iterator[Reading]:
    for block in reversed(list(_TAGS.finditer(text))[-_TRIES:]):
        if _likely(block.group(2)):
            around = text[: block.start()], text[block.end() :]
            yield _reading(block.group(2), "\n".join(around), "tags")


def _from_fences(text: str) -> Iterator[Reading]:
    lines = text.split("\n")
    for first, last in reversed(list(_fences(lines))[-_TRIES:]):
        block = "\n".join(lines[first + 1 : last])
        # JSON between fences is an answer to the task, shown as an example.
        if _likely(block) and not _parsed(block)[0]:
            around = [*lines[:first], *lines[last + 1 :]]
            yield _reading(dedent(block), "\n".join(around), "fence")


def _fences(lines: list[str]) -> Iterator[tuple[int, int]]:
    """First and last line of each fenced block; a fence inside another is a part of it."""
    opened: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        if (match := _FENCE.match(line)) is None:
            continue
        mark, info = match.groups()
        if opened and not info.strip() and mark.startswith(opened[-1][1]):
            first, _ = opened.pop()
            if not opened:
                yield first, number
        else:
            opened.append((number, mark))


def _likely(block: str) -> bool:
    """Whether a block is a real block and not a tag or a fence that the text only mentions."""
    return len(block.strip()) >= _SHORTEST or PLACEHOLDER.search(block) is not None


def _reading(prompt: str, reasoning: str, rung: Rung, change: object = "") -> Reading:
    reason = visible(reasoning[: REASONING_LENGTH * 2]).strip()
    return Reading(_unwrapped(prompt), reason[:REASONING_LENGTH], rung, kind_named(change))


def _unwrapped(prompt: str) -> str:
    """The prompt without a fence, tags or quotes around all of it, and without double escapes."""
    text = prompt.replace("\r\n", "\n").strip()
    if (tags := _TAGS.fullmatch(text)) is not None:
        text = tags.group(2).strip()
    lines = text.split("\n")
    if list(_fences(lines)) == [(0, len(lines) - 1)]:
        text = "\n".join(lines[1:-1]).strip()
    text = _unquoted(text)
    if "\n" not in text and len(_ESCAPED_TWICE.findall(text)) > 1:
        text = _unescaped(text)
    return text


def _unquoted(text: str) -> str:
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, str):
        return value.strip()
    for opening, closing in _QUOTES:
        inner = text[len(opening) : -len(closing)]
        quoted = len(text) > len(opening) and text.startswith(opening) and text.endswith(closing)
        if quoted and opening not in inner and closing not in inner:
            return inner.strip()
    return text


def _unescaped(text: str) -> str:
    plain = {"n": "\n", "t": "\t", "r": ""}

    def meant(match: re.Match[str]) -> str:
        code = match.group(1)
        return chr(int(code[1:], 16)) if len(code) > 1 else plain.get(code, code)

    return _ESCAPE.sub(meant, text)
