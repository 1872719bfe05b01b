"""Every action once: its id, key, title and help.

Bindings, the keys at the foot, the palette, the help screen and the check of `[keymap]` all come
from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding, BindingType

Scope = Literal[
    "app",
    "run",
    "workbench",
    "list",
    "session",
    "sessions",
    "past",
    "page",
    "recorded",
    "compare",
    "leaderboard",
]
Group = Literal["Run", "Decide", "Look", "Go", "Past sessions", "Replay", "Compare", "Leaderboard"]

SCREENS: Mapping[str, tuple[Scope, ...]] = {
    "Workbench": ("app", "run", "workbench", "list", "session"),
    "Sessions": ("app", "sessions", "past"),
    "Recorded": ("app", "page", "past", "recorded", "session"),
    "Compare": ("app", "page", "compare"),
    "Report": ("app", "page"),
    "Leaderboard": ("app", "run", "leaderboard"),
}
"""Which scopes are on a screen together: among them a key has one meaning."""


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
    Command("transfer", "T", "Transfer on or off", "transfer",
            "Have the next run end by trying each model's best prompt on its other models, or not.",
            "Run", "workbench", "transfer"),
    Command("pull", "u", "Pull models", "pull",
            "Download what is picked in Models and not there yet. After an error: try again.",
            "Run", "workbench", "pull"),
    Command("cancel_pull", "x", "Cancel the download", "cancel",
            "Stop pulling models. What has come is kept, and pulling again goes on from there.",
            "Run", "workbench", "cancel_pull"),
    Command("pause", "p", "Pause or go on", "pause",
            "Hold before the next call, or go on. After a lost server: try again at once.",
            "Run", "run", "pause"),
    Command("stop", "s", "Stop", "stop",
            "End the run. Everything that is finished is kept.",
            "Run", "run", "stop"),
    Command("mode", "m", "Manual or auto", "mode",
            "Manual: you decide about every suggestion. Auto: usable suggestions are accepted.",
            "Run", "run", "mode"),
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
    Command("next_suggestion", "n", "Next suggestion", "next",
            "Show the next session whose suggestion waits, or else the one that is at work.",
            "Decide", "run", "show_next"),
    Command("inbox", "N", "Suggestions that wait", "inbox",
            "List the suggestions that wait for a decision, the oldest first, and go to one.",
            "Decide", "run", "inbox"),
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
    Command("read", "enter", "Read the session", "read",
            "Open the selected session as it was, read only; show a suite on the Leaderboard.",
            "Past sessions", "sessions", "read", in_palette=False),
    Command("filter", "slash", "Filter", "filter",
            "Show the sessions whose names or texts hold every word.",
            "Past sessions", "sessions", "filter"),
    Command("unfilter", "escape", "Clear the filter", "all",
            "Show every session again.",
            "Past sessions", "sessions", "clear_filter", in_palette=False),
    Command("suite_sessions", "f", "Sessions of the suite", "its sessions",
            "Filter by the suite that is selected, or that the selected session belongs to.",
            "Past sessions", "sessions", "suite_sessions"),
    Command("sort", "o", "Sort by the next column", "sort",
            "From left to right, then again.",
            "Past sessions", "sessions", "sort_next"),
    Command("reverse", "O", "Reverse the order", "reverse",
            "Last first, or first last.",
            "Past sessions", "sessions", "sort_reverse"),
    Command("compare", "c", "Mark to compare", "compare",
            "Mark the session, or unmark it. The second that is marked is compared with the first.",
            "Past sessions", "sessions", "compare"),
    Command("resume", "g", "Go on with it", "resume",
            "Resume the session or suite where it broke off, in the Workbench.",
            "Past sessions", "sessions", "resume"),
    Command("report", "v", "View the report", "report",
            "The session's report, to read and to copy.",
            "Past sessions", "past", "report"),
    Command("delete", "delete,x", "Delete the session", "delete",
            "Move the session's folder to the trash. Asks twice.",
            "Past sessions", "sessions", "delete"),
    Command("back", "escape", "Back", "back",
            "Back to the list of sessions, or to what was shown before.",
            "Past sessions", "page", "back", in_palette=False),
    Command("talk_or_log", "i", "Log or interviewer", "interviewer",
            "Go to the other pane.",
            "Past sessions", "recorded", "other_pane", in_palette=False),
    Command("replay", "space", "Replay or pause", "replay",
            "Let the session happen again, from where it stands or from its beginning; or hold it.",
            "Replay", "recorded", "replay"),
    Command("faster", "plus", "Faster", "faster",
            "Replay at the next higher speed.",
            "Replay", "recorded", "faster"),
    Command("slower", "minus", "Slower", "slower",
            "Replay at the next lower speed.",
            "Replay", "recorded", "slower"),
    Command("event_back", "comma", "One event back", "back one",
            "Hold the replay and take back what happened last.",
            "Replay", "recorded", "event_back"),
    Command("event_on", "full_stop", "One event on", "one on",
            "Hold the replay and let the next thing happen.",
            "Replay", "recorded", "event_on"),
    Command("whole", "a", "All of the session", "all",
            "End the replay: show the whole session.",
            "Replay", "recorded", "whole"),
    Command("summary", "1", "Go to the Summary", "summary",
            "Focus the figures of both sessions.",
            "Compare", "compare", "pane('summary')", in_palette=False),
    Command("prompts", "2", "Go to the Prompts", "prompts",
            "Focus the best prompts, shown as a difference.",
            "Compare", "compare", "pane('prompts')", in_palette=False),
    Command("examples", "3", "Go to the Examples", "examples",
            "Focus the examples with their scores and answers.",
            "Compare", "compare", "pane('examples')", in_palette=False),
    Command("previous", "left", "Example before", "before",
            "Select the example before, wherever the focus is.",
            "Compare", "compare", "move(-1)", in_palette=False),
    Command("next", "right", "Example after", "after",
            "Select the example after, wherever the focus is.",
            "Compare", "compare", "move(1)", in_palette=False),
    Command("order", "o", "Order of the examples", "order",
            "By the difference of their scores, largest first, or as in the case.",
            "Compare", "compare", "order"),
    Command("board_open", "enter", "Open the session", "open",
            "The session under the cursor: in the Workbench while it runs, else as recorded.",
            "Leaderboard", "leaderboard", "open", in_palette=False),
    Command("view_before", "left,comma", "Case before", "before",
            "Show the case before, or all cases together.",
            "Leaderboard", "leaderboard", "view(-1)", in_palette=False),
    Command("view_after", "right,full_stop", "Case after", "after",
            "Show the next case.",
            "Leaderboard", "leaderboard", "view(1)", in_palette=False),
    Command("suites", "o", "Another suite", "other suite",
            "Choose among the suites of the results folder, newest first.",
            "Leaderboard", "leaderboard", "suites"),
    Command("board_ranking", "1", "Go to the Ranking", "ranking",
            "Focus the ranking.",
            "Leaderboard", "leaderboard", "pane('ranking')", in_palette=False),
    Command("board_matrix", "2", "Go to the Matrix", "matrix",
            "Focus the matrix of models and cases.",
            "Leaderboard", "leaderboard", "pane('matrix')", in_palette=False),
    Command("board_plots", "3", "Go to the Plots", "plots",
            "Focus the plots.",
            "Leaderboard", "leaderboard", "pane('plots')", in_palette=False),
    Command("board_insights", "4", "Go to the Insights", "insights",
            "Focus the insights; enter opens the numbers behind one.",
            "Leaderboard", "leaderboard", "pane('insights')", in_palette=False),
    Command("board_advice", "5", "Go to the Recommendation", "recommendation",
            "Focus the recommendation.",
            "Leaderboard", "leaderboard", "pane('advice')", in_palette=False),
    Command("board_transfer", "6", "Go to Prompts on other models", "transfer",
            "Focus the matrix of each model's best prompt on the others, in the place of 2.",
            "Leaderboard", "leaderboard", "pane('transfer')", in_palette=False),
    Command("workbench", "w", "Workbench", "workbench",
            "Models, cases, the live log and the interviewer.",
            "Go", "app", "workbench"),
    Command("sessions", "b", "Sessions", "sessions",
            "Browse and read past sessions. Needs no server.",
            "Go", "app", "sessions"),
    Command("leaderboard", "l", "Leaderboard", "leaderboard",
            "Models compared over a suite: that of the session selected, or the one that runs, "
            "or the newest.",
            "Go", "app", "leaderboard"),
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
    "delete": "del",
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
    """The key of a command as people write it, the first where it has several."""
    return keys_of(command_id, keymap)[0]


def keys_of(command_id: str, keymap: Mapping[str, str]) -> list[str]:
    """The keys of a command as people write them: "^r" for ctrl+r, "?" for question_mark."""
    written = keymap.get(command_id, BY_ID[command_id].key)
    return [_shown(key.strip()) for key in written.split(",")]


def _shown(written: str) -> str:
    *modifiers, key = written.split("+") if written != "+" else ["+"]
    return "".join("^" if m == "ctrl" else f"{m}+" for m in modifiers) + _DISPLAY.get(key, key)


def scopes_of(command_ids: Iterable[str]) -> set[Scope]:
    """The parts of the app that these commands belong to. What is no command is passed over."""
    return {BY_ID[name].scope for name in command_ids if name in BY_ID}


def check_keymap(keymap: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a `[keymap]` table, one sentence each: unknown commands, shared keys."""
    from llmopt_tui.core.text.names import near_names

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
    """The keys of a command by the names that they are known by, however they are written."""
    written_as = {shown: key for key, shown in _DISPLAY.items()}
    for written in keymap.get(command.id, command.key).split(","):
        yield written_as.get(written.strip(), written.strip())
