"""What an interviewer wrote, in words: its JSON replies are read out, never shown as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from llmopt_tui.core.proposals.reading import objects_in, without_thoughts

_STREAMED: Mapping[str, str] = {
    "rule": "A rule: ",
    "why": "because: ",
    "reasoning": "",
    "improved_prompt": "A new prompt:\n",
    **dict.fromkeys(("analysis", "answer", "response", "message", "text"), ""),
}
"""What can be read of an object that is being written, with the words before it."""
_OBJECT = re.compile(r'(?:```\w*\s*)?(?:\{\s*"|\[\s*[{"]|[{\[]\s*\Z)')
_VALUE = re.compile(r'"(\w+)"\s*:\s*"((?:[^"\\]|\\.)*)', re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_UNREADABLE = "(a reply for the program that could not be read)"
_PROSE = ("analysis", "answer", "response", "message", "text", "reasoning")


def reply_words(reply: str) -> str:
    """A reply as a person reads it: prose stays, an object of JSON becomes sentences."""
    text = reply.strip()
    if "{" not in text:
        return text
    objects = [found for found in objects_in(text) if found]
    words = [sentence for found in objects if (sentence := _object_words(found))]
    if words:
        before = text.split("{", 1)[0].rstrip("`json \n\t") if not text.startswith("{") else ""
        return "\n".join([*([before] if before else []), *words])
    return _UNREADABLE if text.lstrip("`json \n\t").startswith(("{", "[")) else text


def streamed_words(text: str) -> str:
    """What can be read of a reply that is being written: never a piece of JSON."""
    said = _without_open_thoughts(text)
    found = _OBJECT.search(said)
    if found is None:
        return said
    parts = [said[: found.start()].rstrip()]
    for key, value in _VALUE.findall(said, found.start()):
        if key in _STREAMED and value:
            parts.append(_STREAMED[key] + _ESCAPE.sub(_meant, value))
    return "\n".join(part for part in parts if part)


def _without_open_thoughts(text: str) -> str:
    """The text without thoughts, those that are still being thought included."""
    return without_thoughts(text) if "<th" in text else text


def _meant(match: re.Match[str]) -> str:
    code = match.group(1)
    if len(code) > 1:
        return chr(int(code[1:], 16))
    return {"n": "\n", "t": "\t", "r": ""}.get(code, code)


def said_ideas(replies: list[str]) -> Iterator[str]:
    """The ideas that replies hold, in words; of a new prompt only what is said about it."""
    for reply in replies:
        for found in objects_in(reply):
            if _text(found, "rule") or _text(found, "improved_prompt"):
                yield _object_words(found, whole=False)


def _object_words(found: Mapping[str, Any], *, whole: bool = True) -> str:
    """An object as sentences; "" where it holds nothing to read. `whole` gives prompts too."""
    rule, prompt = _text(found, "rule"), _text(found, "improved_prompt")
    if rule:
        where, cause, why = (_text(found, key) for key in ("where", "cause", "why"))
        parts = [
            f"A rule: “{rule}”",
            where,
            cause and f"against {cause}",
            why and f"because: {why}",
        ]
        return ", ".join(part for part in parts if part)
    if prompt:
        kind, why = _text(found, "change"), _text(found, "reasoning")
        parts = ["A new prompt" + (f" ({kind})" if kind else ""), why]
        about = ": ".join(part for part in parts if part)
        return f"{about}\n{prompt}" if whole else about
    return "\n".join(text for key in _PROSE if (text := _text(found, key)))


def _text(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key)
    return value.strip() if isinstance(value, str) else ""
