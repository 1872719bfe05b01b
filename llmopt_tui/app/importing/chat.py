"""Chat fine-tuning data: `messages` that end with the answer that is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llmopt_tui.app.importing.material import Material, Note, Roles, Row
from llmopt_tui.app.importing.structured import Structure

INPUT, SYSTEM, ANSWER = "message", "system", "answer"
_ROLES = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user",
    "assistant": "assistant", "gpt": "assistant", "model": "assistant",
}  # fmt: skip
_KEYS = ("messages", "conversations")
_Turn = tuple[str, str]


def is_chats(structure: Structure) -> bool:
    """Whether any of the examples is a chat."""
    return any(key in item.value for item in structure.items for key in _KEYS)


def read_chats(structure: Structure) -> Material:
    """The last answer of each chat is expected; what comes before it is the input.

    A system message that all chats share becomes the prompt's own.
    """
    notes = list(structure.notes)
    chats: list[tuple[str, list[_Turn]]] = []
    for item in structure.items:
        given = next((item.value[key] for key in _KEYS if key in item.value), None)
        others = sorted(key for key in item.value if key not in _KEYS)
        notes += [Note("left", item.place, f'"{key}" is not taken over') for key in others]
        turns = turns_of(given)
        if isinstance(turns, str):
            notes.append(Note("left", item.place, turns))
        elif fault := _fault(turns):
            notes.append(Note("left", item.place, fault))
        else:
            chats.append((item.place, turns))
    systems = {_system(turns) for _, turns in chats}
    shared = next(iter(systems)) if len(systems) == 1 else ""
    varies = len(systems) > 1
    rows = []
    for place, turns in chats:
        asked = [turn for turn in turns[:-1] if turn[0] != "system"]
        if len(asked) > 1:
            message = "its earlier turns are written into the one input, each with who says it"
            notes.append(Note("warning", place, message))
        values = {INPUT: transcript(asked), ANSWER: turns[-1][1]}
        rows.append(Row(place, {SYSTEM: _system(turns), **values} if varies else values))
    inputs = (SYSTEM, INPUT) if varies else (INPUT,)
    return Material(
        "chat fine-tuning data",
        (*inputs, ANSWER),
        tuple(rows),
        Roles(inputs, ANSWER),
        system=shared,
        notes=tuple(notes),
    )


def turns_of(messages: Any) -> list[_Turn] | str:
    """The role and text of each message, or a sentence that says why there are none."""
    if not isinstance(messages, Sequence) or isinstance(messages, str) or not messages:
        return "holds no list of messages"
    turns = []
    for message in messages:
        if not isinstance(message, Mapping):
            return "holds a message that is no object"
        role = _ROLES.get(str(message.get("role", message.get("from"))))
        if role is None or message.get("tool_calls") or message.get("function_call"):
            return "holds calls of tools, or a role other than system, user and assistant"
        text = _text(message.get("content", message.get("value")))
        if text is None:
            return "holds a message that is not only text"
        turns.append((role, text))
    return turns


def transcript(turns: Sequence[_Turn]) -> str:
    """The turns as one text: a single one as it is, several with who says what."""
    if len(turns) == 1:
        return turns[0][1]
    return "\n\n".join(f"{role}: {text}" for role, text in turns)


def _text(content: Any) -> str | None:
    if isinstance(content, str):
        return content
    if isinstance(content, list) and content:
        parts = [part.get("text") if isinstance(part, Mapping) else None for part in content]
        if all(isinstance(part, str) for part in parts):
            return "".join(str(part) for part in parts)
    return None


def _fault(turns: Sequence[_Turn]) -> str:
    if turns[-1][0] != "assistant":
        return "does not end with an assistant's answer"
    if not any(role == "user" for role, _ in turns):
        return "holds no user's message"
    return ""


def _system(turns: Sequence[_Turn]) -> str:
    return "\n\n".join(text for role, text in turns if role == "system")
