"""What an interviewer wrote, in words: its JSON replies are read out, never shown as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from llmopt_tui.core.proposals.reading import objects_in

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
