"""Reading a small model's answer: a ladder from strict to lenient that never takes it whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from llmopt_tui.core.scoring.reading_json import read_json

Rung = Literal["json", "lenient json", "fence", "tags"]

SUGGESTION_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "reasoning": {"type": "string", "minLength": 20, "maxLength": 600},
        "improved_prompt": {"type": "string", "minLength": 20, "maxLength": 6000},
    },
    "required": ["reasoning", "improved_prompt"],
    "additionalProperties": False,
}
"""minLength matters: without it, constrained decoding gives valid but empty answers."""

_THOUGHTS = re.compile(r"^\s*(?:<think>)?.*?</think>\s*", re.DOTALL)
_UNCLOSED_THOUGHTS = re.compile(r"^\s*<think>(?!.*</think>).*", re.DOTALL)
_FENCE = re.compile(r"^(`{3,}|~{3,})[^\n]*\n(.*?)^\1[`~]*\s*$", re.DOTALL | re.MULTILINE)
_TAGS = re.compile(r"<(improved_prompt|prompt)>\s*(.*?)\s*</\1>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply holds: the prompt it proposes, its reason, and on which rung it was found."""

    prompt: str
    reasoning: str
    rung: Rung


def read_suggestions(reply: str) -> list[Reading]:
    """The prompts that a reply may propose, the most trustworthy first.

    Whoever asks takes the first that passes the checks: a fence around an example of the output
    must not hide the fence around the prompt.
    """
    text = _UNCLOSED_THOUGHTS.sub("", _THOUGHTS.sub("", reply, count=1))
    return [*_from_json(text), *_from_fences(text), *_from_tags(text)]


def _from_json(text: str) -> Iterator[Reading]:
    whole = read_json(text)
    for value in (whole.value, *_fenced_values(text)):
        if isinstance(value, dict) and isinstance(value.get("improved_prompt"), str):
            strict = whole.state == "whole" and value is whole.value
            reasoning = value.get("reasoning")
            yield Reading(
                value["improved_prompt"].strip(),
                reasoning.strip() if isinstance(reasoning, str) else "",
                "json" if strict else "lenient json",
            )


def _fenced_values(text: str) -> Iterator[Any]:
    for match in _FENCE.finditer(text):
        yield read_json(match.group(2)).value


def _from_fences(text: str) -> Iterator[Reading]:
    for block in reversed([match for match in _FENCE.finditer(text) if match.group(2).strip()]):
        yield Reading(block.group(2).strip(), _around(text, block), "fence")


def _from_tags(text: str) -> Iterator[Reading]:
    for block in reversed([match for match in _TAGS.finditer(text) if match.group(2)]):
        yield Reading(block.group(2), _around(text, block), "tags")


def _around(text: str, block: re.Match[str]) -> str:
    """What a reply says before and after the prompt: its reasoning, as far as it gives any."""
    return "\n".join(part.strip() for part in (text[: block.start()], text[block.end() :])).strip()
