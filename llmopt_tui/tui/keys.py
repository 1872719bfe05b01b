"""Keys as people write them: how a key is shown, and what is wrong with a `[keymap]` table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from llmopt_tui.tui.commands import BY_ID, COMMANDS, SCREENS, Command

_DISPLAY = {
    "question_mark": "?",
    "escape": "esc",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "full_stop": ".",
    "comma": ",",
    "slash": "/",
    "minus": "-",
    "plus": "+",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "equals_sign": "=",
    "delete": "del",
}


def key_of(command_id: str, keymap: Mapping[str, str]) -> str:
    """The key of a command as people write it; the first one if it has several."""
    return keys_of(command_id, keymap)[0]


def keys_of(command_id: str, keymap: Mapping[str, str]) -> list[str]:
    """The keys of a command as people write them: "^r" for ctrl+r, "?" for question_mark."""
    written = keymap.get(command_id, BY_ID[command_id].key)
    return [_shown(key.strip()) for key in written.split(",")]


def _shown(written: str) -> str:
    *modifiers, key = written.split("+") if written != "+" else ["+"]
    return "".join("^" if m == "ctrl" else f"{m}+" for m in modifiers) + _DISPLAY.get(key, key)


def check_keymap(keymap: Mapping[str, str]) -> Iterator[str]:
    """The problems of a `[keymap]` table, a sentence each: unknown commands, shared keys."""
    from llmopt_tui.core.text.names import near_names

    for name in keymap:
        if name not in BY_ID:
            near = near_names(name, BY_ID)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            yield f'[keymap] has no command "{name}".{hint}'
    yield from _shared_keys(keymap)


def known_keys(keymap: Mapping[str, str]) -> dict[str, str]:
    """The usable part of a `[keymap]` table: known commands that have a key."""
    return {name: key for name, key in keymap.items() if name in BY_ID and key.strip()}


def taken_by(command_id: str, key: str, keymap: Mapping[str, str]) -> tuple[Command, str] | None:
    """Another command that has this key where the command works, and the screen; else None."""
    scope = BY_ID[command_id].scope
    for screen, scopes in SCREENS.items():
        for command in COMMANDS if scope in scopes else ():
            if (
                command.id != command_id
                and command.scope in scopes
                and key in _keys(command, keymap)
            ):
                return command, screen
    return None


def _shared_keys(keymap: Mapping[str, str]) -> Iterator[str]:
    said: set[tuple[str, str, str]] = set()
    for scopes in SCREENS.values():
        taken: dict[str, str] = {}
        for command in COMMANDS:
            for key in _keys(command, keymap) if command.scope in scopes else ():
                other = taken.setdefault(key, command.id)
                if other != command.id and (key, other, command.id) not in said:
                    said.add((key, other, command.id))
                    yield f'[keymap] gives the key "{key}" to both "{other}" and "{command.id}".'


def _keys(command: Command, keymap: Mapping[str, str]) -> Iterator[str]:
    """The keys of a command by Textual's names, whichever way the person wrote them."""
    written_as = {shown: key for key, shown in _DISPLAY.items()}
    for written in keymap.get(command.id, command.key).split(","):
        yield written_as.get(written.strip(), written.strip())
