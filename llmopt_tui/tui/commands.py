"""Every action once: its id, key, title and help.

Bindings, the keys at the foot, the palette, the help screen and the check of `[keymap]` all come
from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding, BindingType

Scope = Literal["app", "workbench", "session", "list"]
Group = Literal["Run", "Decide", "Look", "Go"]


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can do.

    `scope` names the part of the app that carries it out; `short` is its name among the keys at
    the foot.
    """

    id: str
    key: str
    title: str
    short: str
    help: str
    group: Group
    scope: Scope
    action: str
    in_palette: bool = True


# fmt: off
COMMANDS: tuple[Command, ...] = (
    Command("pick", "space", "Pick or unpick", "pick",
            "Pick the model or case that is highlighted, or unpick it.",
            "Run", "list", "pick", in_palette=False),
    Command("run", "ctrl+r", "Run", "run",
            "Start optimizing: every picked model on every picked case, one after another.",
            "Run", "workbench", "start_run"),
    Command("pause", "p", "Pause or go on", "pause",
            "Hold before the next call, or go on. After a lost server: try again at once.",
            "Run", "workbench", "pause"),
    Command("stop", "s", "Stop", "stop",
            "End the run. Everything that is finished is kept.",
            "Run", "workbench", "stop"),
    Command("mode", "m", "Manual or auto", "mode",
            "Manual: you decide about every suggestion. Auto: usable suggestions are accepted.",
            "Run", "workbench", "mode"),
    Command("accept", "a", "Accept the suggestion", "accept",
            "Test the suggested prompt next.",
            "Decide", "workbench", "accept"),
    Command("edit", "e", "Edit the suggestion", "edit",
            "Change the suggested prompt, here or in $EDITOR, and test it next.",
            "Decide", "workbench", "edit"),
    Command("reject", "r", "Reject the suggestion", "reject",
            "Refuse the suggestion, with a reason if you like. The interviewer reads it.",
            "Decide", "workbench", "reject"),
    Command("interviewer", "i", "Ask the interviewer", "ask",
            "Talk with the interviewer about the prompt, the outputs and the scores.",
            "Decide", "workbench", "ask"),
    Command("follow", "f", "Follow the log", "follow",
            "Keep what is being written in view again after scrolling away.",
            "Look", "session", "follow"),
    Command("older", "left", "Older iteration", "older",
            "Select the iteration before.",
            "Look", "session", "older", in_palette=False),
    Command("newer", "right", "Newer iteration", "newer",
            "Select the iteration after.",
            "Look", "session", "newer", in_palette=False),
    Command("open", "enter", "Open or close an iteration", "open",
            "Show the selected iteration in full, or as one line.",
            "Look", "session", "open", in_palette=False),
    Command("prompt", "d", "Prompt as difference or whole", "prompt",
            "Show an iteration's prompt as what changed, or from first to last line.",
            "Look", "session", "prompt"),
    Command("outputs", "o", "Outputs", "outputs",
            "Show or fold what the model answered to each example.",
            "Look", "session", "outputs"),
    Command("thoughts", "t", "Thoughts", "thoughts",
            "Show or fold what a thinking model thought before it answered.",
            "Look", "session", "thoughts"),
    Command("copy", "y", "Copy", "copy",
            "Copy what has the focus.",
            "Look", "app", "copy"),
    Command("dismiss", "escape", "Dismiss a message", "dismiss",
            "Take away the message that was shown last.",
            "Look", "workbench", "dismiss_notice"),
    Command("workbench", "w", "Workbench", "workbench",
            "Models, cases, the live log and the interviewer.",
            "Go", "app", "workbench"),
    Command("sessions", "b", "Sessions", "sessions",
            "Browse and read past sessions. Needs no server.",
            "Go", "app", "sessions"),
    Command("leaderboard", "l", "Leaderboard", "leaderboard",
            "Models compared over a suite. Comes with suites.",
            "Go", "app", "leaderboard", in_palette=False),
    Command("models", "1", "Go to Models", "models",
            "Focus the Models pane.",
            "Go", "workbench", "pane('models')", in_palette=False),
    Command("cases", "2", "Go to Cases", "cases",
            "Focus the Cases pane.",
            "Go", "workbench", "pane('cases')", in_palette=False),
    Command("log", "3", "Go to the Live log", "log",
            "Focus the Live log.",
            "Go", "workbench", "pane('log')", in_palette=False),
    Command("talk", "4", "Go to the Interviewer", "interviewer",
            "Focus the Interviewer pane.",
            "Go", "workbench", "pane('talk')", in_palette=False),
    Command("reload", "ctrl+l", "Look again", "look again",
            "Ask the servers for their models and read the cases again.",
            "Go", "workbench", "reload"),
    Command("help", "question_mark", "Help", "help",
            "Every key and what it does.",
            "Go", "app", "help"),
    Command("palette", "ctrl+p", "Command palette", "palette",
            "Find any command by its name.",
            "Go", "app", "command_palette", in_palette=False),
    Command("quit", "q", "Quit", "quit",
            "Leave. What is running can be resumed.",
            "Go", "app", "quit"),
)
# fmt: on

BY_ID: Mapping[str, Command] = {command.id: command for command in COMMANDS}

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
}


def bindings(scope: Scope, *, everywhere: bool = False) -> list[BindingType]:
    """The key bindings of one part of the app, with ids, so that a keymap can change them.

    With `everywhere` only those that make sense wherever the focus is: the palette's.
    """
    return [
        Binding(command.key, command.action, command.title, id=command.id, tooltip=command.help)
        for command in COMMANDS
        if command.scope == scope and (command.in_palette or not everywhere)
    ]


def key_of(command_id: str, keymap: Mapping[str, str]) -> str:
    """The key of a command as people write it: "^r" for ctrl+r, "?" for question_mark."""
    first = keymap.get(command_id, BY_ID[command_id].key).split(",")[0].strip()
    *modifiers, key = first.split("+") if first != "+" else ["+"]
    shown = _DISPLAY.get(key, key)
    return "".join("^" if m == "ctrl" else f"{m}+" for m in modifiers) + shown


def check_keymap(keymap: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a `[keymap]` table, one sentence each: unknown commands, shared keys."""
    from llmopt_tui.core.names import near_names

    for name in keymap:
        if name not in BY_ID:
            near = near_names(name, BY_ID)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            yield f'[keymap] has no command "{name}".{hint}'
    yield from _shared_keys(keymap)


def known_keys(keymap: Mapping[str, str]) -> dict[str, str]:
    """The part of a `[keymap]` table that can be used."""
    return {name: key for name, key in keymap.items() if name in BY_ID and key.strip()}


def grouped(commands: Iterable[Command] = COMMANDS) -> dict[Group, list[Command]]:
    """Commands by group, in the order in which they are declared."""
    groups: dict[Group, list[Command]] = {}
    for command in commands:
        groups.setdefault(command.group, []).append(command)
    return groups


def _shared_keys(keymap: Mapping[str, str]) -> Iterator[str]:
    taken: dict[str, str] = {}
    for command in COMMANDS:
        for written in keymap.get(command.id, command.key).split(","):
            key = {"?": "question_mark"}.get(written.strip(), written.strip())
            if other := taken.get(key):
                yield f'[keymap] gives the key "{key}" to both "{other}" and "{command.id}".'
            taken.setdefault(key, command.id)
