"""The pages of the site that are made of the code's own declarations, while the site is built.

mkdocs calls `on_files`. The command line is read from its parsers, the settings from their class,
the keys from the table of commands; what the library's names mean comes from their docstrings,
which mkdocstrings reads. Files beside docs/ (CHANGELOG.md and others) become pages too.
"""

from __future__ import annotations

import argparse
import inspect
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import griffe
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

import llmopt_tui
from llmopt_tui.cli import main
from llmopt_tui.config import options, settings
from llmopt_tui.tui.command_tables import COMMANDS

_ROOT = Path(__file__).parents[1]
_USAGE_COLUMNS = "90"
_TOP_FILES = {
    "project/contributing.md": "CONTRIBUTING.md",
    "project/security.md": "SECURITY.md",
    "project/changes.md": "CHANGELOG.md",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made here."""
    pages = {
        "reference/command-line.md": command_line(),
        "reference/settings.md": settings_page(),
        "reference/keys.md": keys_page(),
        "reference/library.md": library_page(),
    }
    for place, name in _TOP_FILES.items():
        pages[place] = (_ROOT / name).read_text("utf-8").replace("](docs/", "](../")
    for place, text in pages.items():
        files.append(File.generated(config, place, content=text))
    return files


def command_line() -> str:
    """Every command with its usage, flags and examples, as its parser has them."""
    os.environ["COLUMNS"] = _USAGE_COLUMNS  # argparse breaks lines at the terminal's width
    parser = main._parser(list(main._COMMANDS))
    lines = [
        "# Command line",
        "",
        "Common flags may come before a command or after it. `llmopt-tui COMMAND --help` says the "
        "same in the terminal.",
        "",
        *_command(parser, common=True),
    ]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                lines += ["", f"## {name}", "", *_command(command, common=False)]
    return "\n".join(lines)


def _command(parser: argparse.ArgumentParser, *, common: bool) -> Iterator[str]:
    """A command's section. The flags that all have in common are said once."""
    yield from (parser.description or "", "", "```", parser.format_usage().strip(), "```", "")
    rows = []
    for group in parser._action_groups:
        if common or group.title != "common flags":
            for action in group._group_actions:
                if not isinstance(action, argparse._SubParsersAction | argparse._HelpAction):
                    rows.append((_shown(action), action.help or ""))
    if rows:
        yield from _table(("argument", "meaning"), rows)
    if parser.epilog:
        yield from ("", "```", parser.epilog.strip(), "```")


def _shown(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
    names = action.option_strings or [value]
    value = value if action.option_strings else ""
    return ", ".join(f"`{f'{name} {value}'.strip()}`" for name in names)


def settings_page() -> str:
    """Every key of llmopt.toml, its values and default, and the options of a call."""
    lines = [
        "# Settings, key by key",
        "",
        "The keys of `llmopt.toml`. [Settings](../settings.md) says where the file is, and how "
        "it, the environment and flags go together.",
        "",
        *_table(("key", "values", "default", "meaning"), _fields(settings.Settings)),
        "",
        "## `[[endpoints]]`",
        "",
        inspect.cleandoc(settings.Endpoint.__doc__ or ""),
        "",
        *_table(("key", "values", "default"), (row[:3] for row in _fields(settings.Endpoint))),
        "",
        "## `[options]`",
        "",
        "Options of every call, in Ollama's names. An endpoint of another kind gets those that it "
        "knows.",
        "",
        *_table(
            ("option", "value", "least"),
            (
                (f"`{name}`", options._WORDS[kind], _plain(options._LEAST.get(name, "")))
                for name, kind in options._KINDS.items()
            ),
        ),
    ]
    return "\n".join(lines)


def _fields(kind: Any) -> Iterator[tuple[str, str, str, str]]:
    """Each field of a class of settings: its name, values, default and meaning."""
    module = griffe.load("llmopt_tui.config.settings", docstring_parser=None)
    hints = get_type_hints(kind)
    for name, member in module[kind.__name__].members.items():
        if name in hints and not name.startswith("_"):
            meaning = member.docstring.value if member.docstring else ""
            default = _plain(kind.__dataclass_fields__[name].default)
            yield f"`{name}`", _values(name, hints[name]), default, meaning


def _values(name: str, hint: Any) -> str:
    """What a key may hold, for people."""
    if name in settings._RANGES:
        least, most = settings._RANGES[name]
        whole = "whole number, " if int in (hint, *get_args(hint)) else ""
        return whole + settings._range_text(least, most)
    if get_origin(hint) is Literal:
        return ", ".join(f'`"{value}"`' for value in get_args(hint))
    words = {str: "text", bool: "true, false", int: "whole number", float: "number"}
    if hint in words:
        return words[hint]
    if get_origin(hint) is tuple:
        return "list"
    if get_origin(hint) is Mapping:
        return "table"
    return " or ".join(words[part] for part in get_args(hint) if part in words)


def keys_page() -> str:
    """Every key of the app, by what it is for, as the help screen has them."""
    lines = [
        "# Keys",
        "",
        "The keys of the app, as they are before you change them. `[keymap]` in "
        "[llmopt.toml](../settings.md) gives a command another key, by its name here. "
        "Letter keys do nothing while you type in a field.",
    ]
    for group in dict.fromkeys(command.group for command in COMMANDS):
        rows = (
            (f"`{command.key}`", f"`{command.id}`", command.help)
            for command in COMMANDS
            if command.group == group
        )
        lines += ["", f"## {group}", "", *_table(("key", "name", "what it does"), rows)]
    return "\n".join(lines)


def library_page() -> str:
    """Everything that `import llmopt_tui` has: functions first, then what they take and return."""
    lines = ["# Library", "", inspect.getdoc(llmopt_tui) or ""]
    names = [name for name in llmopt_tui.__all__ if not name.startswith("_")]
    for name in sorted(names, key=lambda name: (name[0].isupper(), name)):
        lines += ["", f"::: {getattr(llmopt_tui, name).__module__}.{name}"]
    return "\n".join(lines)


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for row in rows:
        cells = (" ".join(cell.replace("|", "\\|").split()) for cell in row)
        yield f"| {' | '.join(cells)} |"


def _plain(value: object) -> str:
    """A value as llmopt.toml has it; nothing for one that is empty."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f'`"{value}"`' if value else ""
    return f"`{value}`" if isinstance(value, int | float) else ""
