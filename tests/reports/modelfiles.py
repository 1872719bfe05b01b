"""Ollama's reader of Modelfiles, as far as tests need it: its states, and what it drops."""

from __future__ import annotations

import unicodedata


def read_modelfile(text: str) -> list[tuple[str, str]]:
    """Commands and arguments. Raises ValueError where Ollama refuses the file."""
    commands: list[tuple[str, str]] = []
    state, name, buffer = "nil", "", ""
    for char in text:
        after = _next(state, char)
        if after != state:
            if state == "value":
                argument, whole = _unquoted(buffer.strip())
                if not whole or char in " \t":
                    buffer += char
                    continue
                commands.append((name, argument))
            elif state == "name":
                if buffer.lower() not in ("from", "parameter", "system", "message"):
                    raise ValueError(f"no command: {buffer!r}")
                name = buffer.lower()
                after = "parameter" if name in ("parameter", "message") else after
            elif state == "parameter":
                if name == "message" and buffer not in ("system", "user", "assistant"):
                    raise ValueError(f"no role: {buffer!r}")
                name = buffer if name == "parameter" else f"message {buffer}"
            buffer, state = "", after
            if char in " \t" or (char == "#" and state == "comment"):
                continue  # what parts a name from its value belongs to neither
        if _is_print(char):
            buffer += char
    if state == "value":
        argument, whole = _unquoted(buffer.strip())
        if not whole:
            raise ValueError("unexpected end")
        commands.append((name, argument))
    elif state not in ("nil", "comment"):
        raise ValueError("unexpected end")
    return commands


def _next(state: str, char: str) -> str:
    blank, line_end = char in " \t", char in "\r\n"
    match state:
        case "nil":
            return "comment" if char == "#" else "nil" if blank or line_end else "name"
        case "comment":
            return "nil" if line_end else "comment"
        case "name" | "parameter":
            if blank:
                return "value"
            if not (char.isalnum() or char == "_"):
                raise ValueError(f"no command: {char!r}")
            return state
    return "nil" if blank or line_end else "value"


def _unquoted(text: str) -> tuple[str, bool]:
    if text.startswith('"""'):
        return text[3:-3], len(text) >= 6 and text.endswith('"""')
    if text.startswith('"'):
        return text[1:-1], len(text) >= 2 and text.endswith('"')
    return text, True


def _is_print(char: str) -> bool:
    return char == " " or unicodedata.category(char)[0] in "LMNPS"
