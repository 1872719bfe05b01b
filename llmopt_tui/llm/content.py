"""Texts as servers send them: a string, or a list of parts of which some are thoughts. Pure."""

from __future__ import annotations

from collections.abc import Mapping

_THOUGHTS = ("thinking", "reasoning")


def clean_text(value: object) -> str:
    """A string, "" for anything else. Lone surrogates, which no file can hold, go."""
    if not isinstance(value, str):
        return ""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def parts_of(content: object) -> tuple[str, str]:
    """The answer and the thoughts of a message's content."""
    if not isinstance(content, list):
        return clean_text(content), ""
    text = thinking = ""
    for part in content:
        if isinstance(part, Mapping) and part.get("type") in _THOUGHTS:
            found = next((part[key] for key in (*_THOUGHTS, "text") if key in part), "")
            thinking += "".join(parts_of(found))
        elif isinstance(part, Mapping):
            text += clean_text(part.get("text"))
        else:
            text += clean_text(part)
    return text, thinking
