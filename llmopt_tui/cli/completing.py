"""What may follow on a command line that is being typed, for the shell that asks.

A shell asks at every press of tab, so this reads names of files and what the index of sessions
has kept, and asks no server.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import argcomplete
from argcomplete.completers import FilesCompleter

from llmopt_tui.app.workspace import Workspace, WorkspaceError
from llmopt_tui.config.settings import DEFAULT_CANDIDATES, DEFAULT_INTERVIEWER

VARIABLE = "_ARGCOMPLETE"
"""Set in the environment where a shell asks what may follow."""

_SESSION = "session_"
_SUITE = "optimization_suite_"
_ID_CHARS = 8

Completer = Callable[..., Iterable[str]]


def complete(make_parser: Callable[[list[str]], argparse.ArgumentParser]) -> None:
    """Tell the shell what may follow, and end the process.

    `make_parser` gets the words that are typed so far.
    """
    words = os.environ.get("COMP_LINE", "").split()
    parser = make_parser(words)
    for command in _parsers(parser):
        for action in command._actions:
            if action.choices is None:
                action.completer = _completer(command, action)  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser, always_complete_options=False)


def case_names(workspace: Workspace) -> list[str]:
    """The ids of the workspace's cases, by the names of their files."""
    return _stems(workspace.cases)


def prompt_names(workspace: Workspace) -> list[str]:
    """The names of the workspace's prompts, by the names of their files."""
    return _stems(workspace.prompts)


def stored_ids(workspace: Workspace) -> Mapping[str, str]:
    """The ids of the sessions and suites in the results, each with what it is in a few words."""
    found: dict[str, str] = {}
    for path in _entries(workspace.results):
        if path.name.startswith(_SESSION):
            shortened = path.name.removeprefix(_SESSION)
            found[shortened[:_ID_CHARS]] = shortened[_ID_CHARS + 1 :]
        elif path.name.startswith(_SUITE) and path.suffix == ".json":
            found[path.stem.removeprefix(_SUITE)] = "suite"
    return found


def session_ids(workspace: Workspace) -> Mapping[str, str]:
    """The ids of the sessions alone, each with its model's name as the folder has it."""
    return {key: words for key, words in stored_ids(workspace).items() if words != "suite"}


def model_names(workspace: Workspace) -> list[str]:
    """The models that the workspace's sessions were run on, and those that a new one may name."""
    from llmopt_tui.store.index import INDEX_FILE, SessionIndex

    seen: set[str] = set()
    if (workspace.results / INDEX_FILE).is_file():  # to look is not to make one
        index = SessionIndex(workspace.results)
        seen = {summary.model for summary in index.listing() if summary.kind == "session"}
        index.close()
    return sorted(seen | {*DEFAULT_CANDIDATES, DEFAULT_INTERVIEWER})


def interviewer_names(workspace: Workspace) -> list[str]:
    """The models, and the interviewer that is none."""
    return ["playbook", *model_names(workspace)]


_BY_NAME: Mapping[str, Callable[[Workspace], Iterable[str]]] = {
    "case": case_names,
    "prompt": prompt_names,
    "id": stored_ids,
    "model": model_names,
    "baseline": model_names,
    "interviewer": interviewer_names,
}


def _completer(command: argparse.ArgumentParser, action: argparse.Action) -> Completer:
    """What completes the value of a flag or an argument: names, files, or nothing."""
    if command.prog.endswith(" import") and action.dest == "case":
        return _nothing  # the name of a case that is to be made
    if action.metavar == "SESSION":
        return _in_workspace(session_ids)
    if names := _BY_NAME.get(action.dest):
        return _in_workspace(names)
    return FilesCompleter() if action.type is Path else _nothing


def _nothing(**_: object) -> Iterable[str]:
    """Completes nothing. Argcomplete's own completer for that would hide the flag itself."""
    return ()


def _in_workspace(names: Callable[[Workspace], Iterable[str]]) -> Completer:
    def completer(parsed_args: argparse.Namespace, **_: object) -> Iterable[str]:
        try:
            return names(Workspace.find(getattr(parsed_args, "workspace", None)))
        except WorkspaceError:
            return ()

    return completer


def _parsers(parser: argparse.ArgumentParser) -> Iterable[argparse.ArgumentParser]:
    """The parser and those of its commands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def _stems(folder: Path) -> list[str]:
    return sorted(path.stem for path in _entries(folder) if path.suffix == ".toml")


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
